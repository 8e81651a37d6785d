#include "linalg/vectors.hpp"

#include <algorithm>
#include <cmath>

#include "base/simd.hpp"

namespace ravine::linalg {

namespace {

using simd::Pack;

constexpr Index width = simd::lanes<double>;
constexpr Index chains = 4;  // as many as hide the latency of an addition
constexpr Index step = chains * width;

// Below, squares lose digits or vanish; above, they overflow.
constexpr double smallest_square = 1e-140, largest_square = 1e140;

double scaled_norm(const double* x, Index n, double size) {
    double sum = 0;
    for (Index i = 0; i < n; ++i) sum += (x[i] / size) * (x[i] / size);
    return size * std::sqrt(sum);
}

}  // namespace

double dot(const double* x, const double* y, Index n) {
    Pack<double> sums[chains] = {};
    const Index body = n / step * step;
    for (Index i = 0; i < body; i += step) {
        for (Index c = 0; c < chains; ++c) sums[c] += simd::load(x + i + c * width) * simd::load(y + i + c * width);
    }
    double sum = simd::sum<double>((sums[0] + sums[1]) + (sums[2] + sums[3]));
    for (Index i = body; i < n; ++i) sum += x[i] * y[i];
    return sum;
}

double largest(const double* x, Index n) {
    double most = 0;
    for (Index i = 0; i < n; ++i) {
        if (!(std::abs(x[i]) <= most)) most = std::abs(x[i]);
        if (std::isnan(most)) return most;
    }
    return most;
}

double norm(const double* x, Index n) {
    const double plain = std::sqrt(dot(x, x, n));
    if (plain >= smallest_square && plain <= largest_square) return plain;
    const double size = largest(x, n);
    if (size == 0 || !std::isfinite(size)) return size;
    return scaled_norm(x, n, size);
}

void add_scaled(double a, const double* x, double* y, Index n) {
    for (Index i = 0; i < n; ++i) y[i] += a * x[i];
}

void scale(double a, double* x, Index n) {
    for (Index i = 0; i < n; ++i) x[i] *= a;
}

bool all_finite(const double* x, Index n) {
    return std::all_of(x, x + n, [](double each) { return std::isfinite(each); });
}

}  // namespace ravine::linalg
