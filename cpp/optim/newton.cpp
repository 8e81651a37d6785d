#include "optim/newton.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linalg/vectors.hpp"

namespace ravine::optim {

namespace {

// In units of the largest diagonal element: the first α where the matrix is not definite without one; below the second
// α is as good as 0.
constexpr double first_damping = 1e-8, least_damping = 1e-16;

// Past the negative curvature that a failing pivot has shown.
constexpr double overshoot = 1.5;

// Gain ratios that call for more and for less damping.
constexpr double poor = 0.25, good = 0.75;

double unit_of(const ShiftedMatrix& matrix) { return matrix.largest_diagonal() > 0 ? matrix.largest_diagonal() : 1; }

}  // namespace

RegularisedNewton::RegularisedNewton(Objective& f, const Options& options, Curvature curvature)
    : f_(f),
      options_(options),
      curvature_(curvature),
      matrix_(f.size()),
      direction_(static_cast<std::size_t>(f.size())),
      correction_(direction_.size()),
      most_correction_(curvature == Curvature::gauss_newton && f.abilities().path_bending ? options.acceleration : 0),
      factor_(options.damping_increase) {}

bool RegularisedNewton::load(const Point& at) {
    if (!matrix_.load(f_, at, curvature_)) return false;
    stale_ = false;
    const bool relative = curvature_ == Curvature::gauss_newton;
    if (damping_ < 0) damping_ = options_.damping * (relative ? unit_of(matrix_) : 1);
    return true;
}

void RegularisedNewton::raise(double least) {
    damping_ = std::max(damping_ > 0 ? damping_ * factor_ : first_damping * unit_of(matrix_), least);
    if (curvature_ == Curvature::hessian) factor_ *= 2;
}

void RegularisedNewton::lower() {
    damping_ *= options_.damping_decrease;
    const double least = least_damping * unit_of(matrix_);
    if (damping_ < least) damping_ = curvature_ == Curvature::hessian ? 0 : least;
}

// -a for the step v in p; returns 2‖a‖ / ‖v‖.
double RegularisedNewton::find_correction(const Point& at, const double* p) {
    const Index n = at.size();
    f_.path_bending(at.x.data(), p, correction_.data());
    matrix_.solve(correction_.data());
    return 2 * linalg::norm(correction_.data(), n) / linalg::norm(p, n);
}

Proposal RegularisedNewton::propose(const Point& at, double* p) {
    if (stale_ && !load(at)) return {.possible = false, .not_finite = true};
    const double most = options_.max_damping * unit_of(matrix_);
    while (damping_ <= most) {
        if (matrix_.factor(damping_)) {
            const Proposal proposal = newton_step(matrix_, at, damping_, p);
            along_step_ = proposal.curvature;
            if (most_correction_ == 0) return proposal;
            const double share = find_correction(at, p);
            if (share <= most_correction_) {
                linalg::add_scaled(-0.5, correction_.data(), p, at.size());
                return proposal;
            }
            // Too large for the model that it comes from; a / v falls at least as 1 / α where α rules the matrix.
            raise(std::isfinite(share) ? damping_ * share / most_correction_ : 0);
            continue;
        }
        const double curvature = matrix_.negative_curvature(direction_.data());
        raise(std::isfinite(curvature) ? damping_ - overshoot * curvature : 0);
    }
    return {.possible = false, .damping = damping_};
}

void RegularisedNewton::learn(const Trial& trial, const Point&, const Point&) {
    if (!trial.accepted) {
        // From no damping to one that halves the step: the model's curvature along it.
        raise(damping_ == 0 ? along_step_ : 0);
    } else if (trial.ratio < poor) {
        raise();
    } else {
        factor_ = options_.damping_increase;
        if (trial.ratio > good) lower();
    }
    stale_ = trial.accepted;
}

Proposal DampedNewton::propose(const Point& at, double* p) {
    if (lost_) return {.possible = false};
    if (!matrix_.load(f_, at, Curvature::hessian)) return {.possible = false, .not_finite = true};
    const double unit = unit_of(matrix_);
    double shift = 0;
    while (!matrix_.factor(shift)) {
        const double curvature = matrix_.negative_curvature(direction_.data());
        if (!std::isfinite(curvature) || shift > unit / std::numeric_limits<double>::epsilon())
            return {.possible = false};
        shift = std::max({4 * shift, shift - overshoot * curvature, first_damping * unit});
    }
    return newton_step(matrix_, at, shift, p);
}

}  // namespace ravine::optim
