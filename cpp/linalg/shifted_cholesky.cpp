#include "linalg/shifted_cholesky.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/interrupt.hpp"
#include "linalg/cholesky.hpp"

namespace ravine::linalg {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
constexpr double growth = 4;      // from one α to the next, at least
constexpr double headroom = 1.1;  // above a bound that α has to reach, or H + αI is all but singular

// What is known of H before anything is factored.
struct Size {
    double smallest_diagonal = std::numeric_limits<double>::infinity();
    double scale = 0;          // ‖H‖_F / √n, the root mean square of the eigenvalues
    double surely_enough = 0;  // Gershgorin: the largest Σ_j≠i |h_ij| - h_ii
};

Size measure(const double* h, Index n, Index stride) {
    std::vector<double> radius(static_cast<std::size_t>(n), 0.0);
    Size size;
    double largest = 0;
    const auto number = [&](Index i, Index j) {
        const double x = h[i * stride + j];
        if (!std::isfinite(x)) {
            throw InvalidArgument("H must be finite, got " + std::to_string(x) + " at H[" + std::to_string(i) + ", " +
                                  std::to_string(j) + "]");
        }
        return std::abs(x);
    };
    for (Index i = 0; i < n; ++i) {
        interrupt::poll();
        for (Index j = 0; j < i; ++j) {
            const double x = number(i, j);
            largest = std::max(largest, x);
            radius[static_cast<std::size_t>(i)] += x;
            radius[static_cast<std::size_t>(j)] += x;
        }
        largest = std::max(largest, number(i, i));
        size.smallest_diagonal = std::min(size.smallest_diagonal, h[i * (stride + 1)]);
    }
    // Squares of H / largest neither overflow nor vanish.
    double squares = 0;
    for (Index i = 0; largest > 0 && i < n; ++i) {
        interrupt::poll();
        double row = 0;
        for (Index j = 0; j < i; ++j) row += (h[i * stride + j] / largest) * (h[i * stride + j] / largest);
        const double d = h[i * (stride + 1)] / largest;
        squares += 2 * row + d * d;
    }
    size.scale = largest * std::sqrt(squares / static_cast<double>(n));
    for (Index i = 0; i < n; ++i)
        size.surely_enough = std::max(size.surely_enough, radius[static_cast<std::size_t>(i)] - h[i * (stride + 1)]);
    return size;
}

void copy_shifted(const double* h, Index n, Index h_stride, double alpha, double* l, Index stride) {
    for (Index i = 0; i < n; ++i) {
        interrupt::poll();
        std::copy_n(h + i * h_stride, i + 1, l + i * stride);
        l[i * (stride + 1)] += alpha;
    }
}

}  // namespace

Shift shifted_cholesky(const double* h, Index n, Index h_stride, double* l, Index stride, Workspace& workspace) {
    if (n == 0) return {.alpha = 0, .tries = 1};
    const Size size = measure(h, n, h_stride);
    const double least = std::max(std::sqrt(eps) * size.scale, std::numeric_limits<double>::min());
    const double most = headroom * size.surely_enough + least;
    std::vector<double> x(static_cast<std::size_t>(n));
    double alpha = size.smallest_diagonal > 0 ? 0 : std::min(most, headroom * -size.smallest_diagonal + least);
    for (int tries = 1;; ++tries) {
        copy_shifted(h, n, h_stride, alpha, l, stride);
        const Index failed = cholesky(l, n, stride, workspace);
        if (failed < 0) return {.alpha = alpha, .tries = tries};
        const double bound = alpha - negative_curvature(l, n, stride, failed, x.data());
        const double wanted = std::max({growth * alpha, headroom * bound, least});
        if (!std::isfinite(wanted))
            throw InvalidArgument("H must not overflow, its norm is " + std::to_string(size.scale));
        // At the top of the range the last step is Gershgorin's, beyond it plain growth.
        alpha = alpha < most ? std::min(wanted, most) : growth * alpha;
    }
}

}  // namespace ravine::linalg
