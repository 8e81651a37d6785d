#include "optim/saddle.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linalg/lanczos.hpp"
#include "linalg/vectors.hpp"
#include "optim/shifted_matrix.hpp"

namespace ravine::optim {

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

double tolerance(Index n, double norm) { return 10 * static_cast<double>(n) * epsilon * norm; }

}  // namespace

SaddleGuard::SaddleGuard(Objective& f, Method method)
    : f_(f), dense_(f.abilities().hessian && method != Method::newton_cg), u_(static_cast<std::size_t>(f.size())) {}

SecondOrder SaddleGuard::look(const Point& at) {
    const objective::Abilities can = f_.abilities();
    if (!can.hessian && !can.hessian_product) return {};
    const Index n = f_.size();
    ShiftedMatrix matrix(n);
    if (dense_) {
        if (!matrix.load(f_, at, Curvature::hessian)) return {};
        if (matrix.factor(tolerance(n, matrix.norm_bound()))) return {.checked = true};
    }
    // Only the ends of the spectrum tell how negative is too negative.
    const auto product = [&](const double* v, double* out) {
        if (dense_) return matrix.multiply(v, out);
        f_.hessian_product(at.x.data(), v, out);
    };
    const Index high = n > 1 ? 1 : 0;
    const linalg::LanczosOptions options{.lowest = 1, .highest = high, .tolerance = 1e-6};
    std::vector<double> values(2), residuals(2), vectors(static_cast<std::size_t>(2 * n));
    const auto found =
        linalg::lanczos(product, n, options, values.data(), vectors.data(), residuals.data(), workspace_);
    if (found.end == linalg::LanczosEnd::not_finite) return {};
    eigmin_ = values[0];
    std::copy_n(vectors.data(), n, u_.data());
    return {.checked = true, .strict_saddle = eigmin_ < -tolerance(n, found.scale), .eigmin = eigmin_};
}

// The model along u falls by ½ |λ| t²: f must fall by a tenth of that.
Trial SaddleGuard::leave(const Point& at, Point& next, double* p) {
    const Index n = f_.size();
    double length = std::max(1.0, linalg::norm(at.x.data(), n));
    const double floor = f_.rounding_error(at.x.data(), at.value, at.gradient.data());
    while (-0.5 * eigmin_ * length * length > floor) {
        for (const double sign : {1.0, -1.0}) {
            for (std::size_t i = 0; i < u_.size(); ++i) {
                p[i] = sign * length * u_[i];
                next.x[i] = at.x[i] + p[i];
            }
            next.value = f_.value(next.x.data());
            const double predicted = -0.5 * eigmin_ * length * length;
            if (!(at.value - next.value >= 0.1 * predicted)) continue;
            next.complete(f_);
            if (std::isfinite(next.gradient_norm)) {
                return {.accepted = true, .ratio = (at.value - next.value) / predicted};
            }
        }
        length *= 0.5;
    }
    return {};
}

}  // namespace ravine::optim
