#include "linalg/upper_triangle.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linalg/vectors.hpp"

namespace ravine::linalg {

namespace {

double sum_of_sizes(const double* x, Index n) {
    double sum = 0;
    for (Index i = 0; i < n; ++i) sum += std::abs(x[i]);
    return sum;
}

// The largest sum of sizes of a column.
double one_norm(const double* r, Index n, Index stride, double* sums) {
    std::fill_n(sums, n, 0.0);
    for (Index i = 0; i < n; ++i) {
        for (Index j = i; j < n; ++j) sums[j] += std::abs(r[i * stride + j]);
    }
    return largest(sums, n);
}

// A lower bound of ‖R⁻¹‖₁: climbs from column to column of R⁻¹ as long as the subgradient of the norm says so.
double inverse_norm(const double* r, Index n, Index stride, double* x, double* signs) {
    constexpr int most_steps = 5;
    std::fill_n(x, n, 1 / static_cast<double>(n));
    double estimate = 0;
    for (int step = 0; step < most_steps; ++step) {
        solve_upper(r, n, stride, x);
        const double reached = sum_of_sizes(x, n);
        if (!(reached > estimate)) break;
        estimate = reached;
        for (Index i = 0; i < n; ++i) signs[i] = x[i] < 0 ? -1.0 : 1.0;
        solve_upper_transposed(r, n, stride, signs);
        const double* const best =
            std::max_element(signs, signs + n, [](double a, double b) { return std::abs(a) < std::abs(b); });
        const auto column = best - signs;
        std::fill_n(x, n, 0.0);
        x[column] = 1;
    }
    // A second vector, against matrices for which the first one stops too early.
    for (Index i = 0; i < n; ++i) {
        const double size = 1 + static_cast<double>(i) / static_cast<double>(std::max<Index>(n - 1, 1));
        x[i] = i % 2 == 0 ? size : -size;
    }
    solve_upper(r, n, stride, x);
    return std::max(estimate, 2 * sum_of_sizes(x, n) / (3 * static_cast<double>(n)));
}

}  // namespace

void solve_upper(const double* r, Index n, Index stride, double* x) {
    for (Index i = n - 1; i >= 0; --i) {
        const double* const row = r + i * stride;
        x[i] = (x[i] - dot(row + i + 1, x + i + 1, n - i - 1)) / row[i];
    }
}

void solve_upper_transposed(const double* r, Index n, Index stride, double* x) {
    for (Index i = 0; i < n; ++i) {
        const double* const row = r + i * stride;
        x[i] /= row[i];
        add_scaled(-x[i], row + i + 1, x + i + 1, n - i - 1);
    }
}

double estimate_condition(const double* r, Index n, Index stride, double* x, double* signs) {
    for (Index i = 0; i < n; ++i) {
        if (r[i * (stride + 1)] == 0) return std::numeric_limits<double>::infinity();
    }
    const double condition = n == 0 ? 1 : one_norm(r, n, stride, x) * inverse_norm(r, n, stride, x, signs);
    return std::isnan(condition) ? std::numeric_limits<double>::infinity() : condition;
}

}  // namespace ravine::linalg
