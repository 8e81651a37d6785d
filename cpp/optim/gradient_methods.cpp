#include "optim/gradient_methods.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

#include "linalg/vectors.hpp"
#include "optim/line_search.hpp"

namespace ravine::optim {

namespace {

// Powell's test: successive gradients of a quadratic are orthogonal; where they are not, memory does harm (Nocedal &
// Wright, 5.52).
constexpr double orthogonal = 0.2;

// When gradient descent looks ahead, what of the gradient's norm is a good sign, and how far it looks.
constexpr Index first_look = 64;
constexpr double much_smaller = 0.7;
constexpr int steps_of_a_look = 10;

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
    if (time_to_look(at) && falls_for_ever(at, p)) return {.slope = linalg::dot(at.gradient.data(), p, at.size())};
    const double slope = steepest(at, p);
    return {.slope = slope, .first_length = first_length_.at(at, slope)};
}

// After 64, 128, 256, … steps, unless the gradient has become much smaller since the last of them.
bool GradientDescent::time_to_look(const Point& at) {
    if (steps_ < first_look || !std::has_single_bit(static_cast<std::uint64_t>(steps_))) return false;
    const bool suspicious = !(at.gradient_norm < much_smaller * marked_norm_);
    marked_norm_ = at.gradient_norm;
    return suspicious;
}

// Whether conjugate gradients from here find no bottom; p then leads to where they saw it.
bool GradientDescent::falls_for_ever(const Point& at, double* p) {
    NonlinearConjugateGradient scout(at.size(), Beta::hager_zhang);
    StrongWolfe search(1e-4, 0.1);
    Point here = at, next(at.size());
    for (int step = 0; step < steps_of_a_look; ++step) {
        const Proposal proposal = scout.propose(here, p);
        const Trial trial = search.run(f_, here, proposal, p, next);
        if (!trial.accepted) return false;
        scout.learn(trial, here, next);
        std::swap(here, next);
        if (!trial.unbounded) continue;
        for (std::size_t i = 0; i < at.x.size(); ++i) p[i] = here.x[i] - at.x[i];
        return true;
    }
    return false;
}

void GradientDescent::learn(const Trial& trial, const Point& at, const Point&) {
    lost_ = !trial.accepted;
    ++steps_;
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
