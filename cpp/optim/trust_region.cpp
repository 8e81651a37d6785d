#include "optim/trust_region.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linalg/vectors.hpp"

namespace ravine::optim {

namespace {

// ‖p‖ may miss Δ by this share, and the model's decrease its optimum by about twice that.
constexpr double loose = 0.1;
constexpr int most_factors = 60;

}  // namespace

void Radius::learn(const Trial& trial, double step_norm) {
    if (trial.accepted && trial.level) return;
    if (!trial.accepted || trial.ratio < 0.25) {
        value_ = 0.25 * std::min(step_norm, value_);
    } else if (trial.ratio > 0.75 && step_norm >= 0.8 * value_) {
        value_ = std::min(2 * value_, most_);
    }
}

double TrustRegion::Bracket::inside() const { return std::max(std::sqrt(low * high), low + 0.01 * (high - low)); }

TrustRegion::TrustRegion(Objective& f, const Options& options)
    : f_(f),
      radius_(options.initial_trust_radius, options.max_trust_radius),
      matrix_(f.size()),
      direction_(static_cast<std::size_t>(f.size())),
      work_(direction_.size()) {}

// H + αI is not definite: α is too small, and by how much the failing pivot tells.
void TrustRegion::raise_low(Bracket& bracket, double alpha) {
    const double curvature = matrix_.negative_curvature(direction_.data());
    bracket.low = std::max(bracket.low, std::isfinite(curvature) ? alpha - curvature : alpha);
}

// A unit vector on which the factored matrix is small, by inverse iteration into direction_; returns dᵀ(H + αI)d.
double TrustRegion::lowest_direction() {
    const Index n = matrix_.size();
    for (Index i = 0; i < n; ++i) direction_[static_cast<std::size_t>(i)] = i % 2 == 0 ? 1.0 : -0.7;
    double length = 1;
    for (int sweep = 0; sweep < 4; ++sweep) {
        linalg::scale(1 / linalg::norm(direction_.data(), n), direction_.data(), n);
        matrix_.solve(direction_.data());
        length = linalg::norm(direction_.data(), n);
    }
    linalg::scale(1 / length, direction_.data(), n);
    return 1 / length;
}

// ‖p‖ < Δ although α > 0: the hard case if p + τd, on the sphere, is nearly as good as the optimum.
bool TrustRegion::close_hard_case(Bracket& bracket, double alpha, double step_norm, double* p) {
    const Index n = matrix_.size();
    const double radius = radius_.value(), quotient = lowest_direction();
    const double along = linalg::dot(p, direction_.data(), n);
    const double gap = radius * radius - step_norm * step_norm;
    const double root = std::sqrt(along * along + gap);
    const double tau = gap / (along < 0 ? along - root : along + root);
    // What is lost beside the optimum is τ² dᵀ(H + αI)d; what is won is at least α Δ² and pᵀ(H + αI)p.
    std::copy_n(p, n, work_.data());
    if (tau * tau * quotient <= loose * alpha * radius * radius) {
        linalg::add_scaled(tau, direction_.data(), p, n);
        return true;
    }
    bracket.low = std::max(bracket.low, alpha - quotient);
    return false;
}

// Finds p; alpha_ is left where it was found.
bool TrustRegion::solve(const Point& at, double* p) {
    const Index n = matrix_.size();
    const double radius = radius_.value(), norm = matrix_.norm_bound() * std::sqrt(static_cast<double>(n));
    Bracket bracket{0, at.gradient_norm / radius + norm};
    double alpha = std::min(alpha_, bracket.high);
    for (int factors = 0; factors < most_factors; ++factors) {
        if (!matrix_.factor(alpha)) {
            raise_low(bracket, alpha);
            bracket.high = std::max(bracket.high, 2 * bracket.low);
            alpha = std::max(bracket.inside(), bracket.low * (1 + 1e-10));
            continue;
        }
        newton_step(matrix_, at, alpha, p);
        const double length = linalg::norm(p, n);
        alpha_ = alpha;
        if (length <= (1 + loose) * radius && (alpha == 0 || length >= (1 - loose) * radius)) return true;
        if (length < radius) {
            bracket.high = std::min(bracket.high, alpha);
            if (close_hard_case(bracket, alpha, length, p)) return true;
        } else {
            bracket.low = std::max(bracket.low, alpha);
        }
        // Newton's method on 1/Δ - 1/‖p(α)‖, which is nearly linear in α.
        std::copy_n(p, n, work_.data());
        matrix_.solve_lower(work_.data());
        const double ratio = length / linalg::norm(work_.data(), n);
        alpha += ratio * ratio * (length - radius) / radius;
        if (!(alpha > bracket.low && alpha < bracket.high))
            alpha = bracket.low > 0 ? bracket.inside() : std::max(alpha, 0.0);
        if (bracket.high - bracket.low <= 1e-14 * bracket.high && length <= radius) return true;
    }
    return false;
}

Proposal TrustRegion::propose(const Point& at, double* p) {
    const Index n = matrix_.size();
    if (stale_ && !matrix_.load(f_, at, Curvature::hessian)) return {.possible = false, .not_finite = true};
    stale_ = false;
    const double size = linalg::norm(at.x.data(), n);
    if (radius_.value() <= std::numeric_limits<double>::epsilon() * 1e-3 * (1 + size)) return {.possible = false};
    if (!solve(at, p)) return {.possible = false, .damping = radius_.value()};
    step_norm_ = linalg::norm(p, n);
    matrix_.multiply(p, work_.data());
    const double slope = linalg::dot(at.gradient.data(), p, n), form = linalg::dot(p, work_.data(), n);
    return {.possible = std::isfinite(slope) && std::isfinite(form),
            .slope = slope,
            .predicted = -slope - 0.5 * form,
            .curvature = form / (step_norm_ * step_norm_),
            .damping = radius_.value()};
}

void TrustRegion::learn(const Trial& trial, const Point&, const Point&) {
    radius_.learn(trial, step_norm_);
    stale_ = trial.accepted;
}

}  // namespace ravine::optim
