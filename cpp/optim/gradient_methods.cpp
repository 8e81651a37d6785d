#include "optim/gradient_methods.hpp"

#include <algorithm>
#include <cmath>

#include "linalg/vectors.hpp"

namespace ravine::optim {

namespace {

// Powell's test: successive gradients of a quadratic are orthogonal; where they are not, memory does harm (Nocedal &
// Wright, 5.52).
constexpr double orthogonal = 0.2;

double steepest(const Point& at, double* p) {
    for (std::size_t i = 0; i < at.gradient.size(); ++i) p[i] = -at.gradient[i];
    return -at.gradient_norm * at.gradient_norm;
}

}  // namespace

double FirstLength::at(const Point& at, double slope) const {
    return last_change_ < 0 ? last_change_ / slope : at.first_length();
}

Proposal GradientDescent::propose(const Point& at, double* p) {
    if (lost_) return {.possible = false};
    const double slope = steepest(at, p);
    return {.slope = slope, .first_length = first_length_.at(at, slope)};
}

void GradientDescent::learn(const Trial& trial, const Point& at, const Point&) {
    lost_ = !trial.accepted;
    first_length_.learn(trial, -at.gradient_norm * at.gradient_norm);
}

Proposal NonlinearConjugateGradient::propose(const Point& at, double* p) {
    if (failures_ > 1) return {.possible = false};
    const Index n = at.size();
    double slope = fresh_ ? 0 : linalg::dot(at.gradient.data(), direction_.data(), n);
    const double size = at.gradient_norm * linalg::norm(direction_.data(), n);
    if (fresh_ || !(slope < -1e-10 * size)) {
        slope = steepest(at, direction_.data());
    }
    std::copy(direction_.begin(), direction_.end(), p);
    slope_ = slope;
    return {.slope = slope, .first_length = first_length_.at(at, slope)};
}

// With y = ∇f₊ - ∇f and the direction d that led from one to the other.
double NonlinearConjugateGradient::beta_of(const Point& at, const Point& next) const {
    double gy = 0, dy = 0, yy = 0;
    for (std::size_t i = 0; i < direction_.size(); ++i) {
        const double y = next.gradient[i] - at.gradient[i];
        gy += next.gradient[i] * y;
        dy += direction_[i] * y;
        yy += y * y;
    }
    const double square = at.gradient_norm * at.gradient_norm, next_square = next.gradient_norm * next.gradient_norm;
    switch (beta_) {
        case Beta::fletcher_reeves:
            return next_square / square;
        case Beta::polak_ribiere:
            return std::max(gy / square, 0.0);
        case Beta::hestenes_stiefel:
            return gy / dy;
        case Beta::dai_yuan:
            return next_square / dy;
        case Beta::hager_zhang:
            break;
    }
    // Hager & Zhang (2005), 1.3, bounded below as in their later code (ACM TOMS 39 (2013), CG_DESCENT 6).
    const Index n = at.size();
    const double next_slope = linalg::dot(next.gradient.data(), direction_.data(), n);
    const double slope = linalg::dot(at.gradient.data(), direction_.data(), n);
    const double least = 0.4 * slope / linalg::dot(direction_.data(), direction_.data(), n);
    return std::max((gy - 2 * yy * next_slope / dy) / dy, least);
}

void NonlinearConjugateGradient::learn(const Trial& trial, const Point& at, const Point& next) {
    failures_ = trial.accepted ? 0 : failures_ + (fresh_ ? 2 : 1);
    fresh_ = !trial.accepted;
    if (!trial.accepted) return;
    first_length_.learn(trial, slope_);
    const double overlap = std::abs(linalg::dot(next.gradient.data(), at.gradient.data(), at.size()));
    const bool restarts = overlap > orthogonal * next.gradient_norm * next.gradient_norm;
    const double beta = restarts ? 0 : beta_of(at, next);
    if (!std::isfinite(beta)) {
        fresh_ = true;
        return;
    }
    for (std::size_t i = 0; i < direction_.size(); ++i) direction_[i] = beta * direction_[i] - next.gradient[i];
}

std::vector<double> NonlinearConjugateGradient::memory() const {
    std::vector<double> memory = direction_;
    for (const double each : {first_length_.last_change(), static_cast<double>(failures_), fresh_ ? 1.0 : 0.0}) {
        memory.push_back(each);
    }
    return memory;
}

void NonlinearConjugateGradient::recall(std::span<const double> memory) {
    const std::size_t size = direction_.size();
    require_numbers(memory, static_cast<Index>(size) + 3);
    std::copy_n(memory.begin(), size, direction_.begin());
    first_length_.recall(memory[size]);
    failures_ = static_cast<int>(memory[size + 1]);
    fresh_ = memory[size + 2] != 0;
}

}  // namespace ravine::optim
