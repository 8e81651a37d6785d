#include "optim/levenberg_marquardt.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/interrupt.hpp"
#include "linalg/vectors.hpp"

namespace ravine::optim {

namespace {

// What of the last D stays.
constexpr double memory_of_scale = 0.5;

// The square of a rounding: in units of J's columns no smaller damping is felt.
constexpr double least_damping = 1e-31;

// A step that promises less than this part of f is too short for differences of r to tell how r bends.
constexpr double too_short_to_bend = 1e-10;

// Nor is one that changes r by less than a thousand times its rounding error, which is floor / ‖r‖.
constexpr double lost_in_rounding = 1e6;

// What a step below the rounding error of f must leave of the reach, at most, to be worth another.
constexpr double worthwhile = 0.8;

// A slope that is no matter of rounding: steps that fail all the way down to the floor then mean that r and J disagree.
constexpr double plain_cosine = 1e-4;

// A step that changes no coordinate by more than a rounding or two.
bool is_rounding(const Point& at, const double* p) {
    for (std::size_t j = 0; j < at.x.size(); ++j) {
        if (std::abs(p[j]) > 2 * std::numeric_limits<double>::epsilon() * std::abs(at.x[j])) return false;
    }
    return true;
}

}  // namespace

LevenbergMarquardt::LevenbergMarquardt(Objective& f, const Options& options)
    : f_(f),
      options_(options),
      fit_(f.size()),
      scale_(static_cast<std::size_t>(f.size()), 0.0),
      last_scale_(scale_),
      damping_(scale_.size()),
      bend_(scale_.size()),
      lambda_(std::max(options.damping, least_damping)),
      factor_(options.damping_increase),
      acceleration_(options.acceleration),
      bends_(acceleration_ > 0 && f.abilities().path_bending) {
    if (const double* const sizes = f.parameter_scale()) {
        for (std::size_t j = 0; j < scale_.size(); ++j) scale_[j] = 1 / sizes[j];
    }
}

bool LevenbergMarquardt::load(const Point& at) {
    if (!fit_.load(f_, at.x.data())) return false;
    stale_ = false;
    last_scale_ = scale_;
    const bool told = f_.parameter_scale() != nullptr;
    for (std::size_t j = 0; !told && j < scale_.size(); ++j) {
        scale_[j] = std::max(memory_of_scale * scale_[j], fit_.column_norms()[j]);
    }
    // A scale that the user has told knows nothing of the size of r: λ is then relative to J's columns at the start.
    double first = 0;
    for (std::size_t j = 0; told && unit_ == 0 && j < scale_.size(); ++j) {
        const double size = fit_.column_norms()[j] / scale_[j];
        first = std::max(first, size * size);
    }
    if (unit_ == 0) unit_ = told ? first : 1;
    return true;
}

Proposal LevenbergMarquardt::propose(const Point& at, double* p) {
    if (stale_ && !load(at)) return {.possible = false, .not_finite = true};
    while (lambda_ <= options_.max_damping) {
        Proposal proposal = solve(at, p);
        if (promises_too_little(at, proposal)) {
            lambda_ = least_damping;
            proposal = solve(at, p);
        }
        if (proposal.possible && accelerate(at, proposal, p)) return proposal;
        raise();
        interrupt::poll();
    }
    return {.possible = false, .damping = lambda_};
}

// Whether the step is lost in the rounding error of f because of its damping: the whole step is then worth a trial,
// once at a point.
bool LevenbergMarquardt::promises_too_little(const Point& at, const Proposal& proposal) {
    if (tried_undamped_ || proposal.predicted > too_short_to_bend * std::abs(at.value)) return false;
    const double floor = f_.rounding_error(at.x.data(), at.value, at.gradient.data());
    tried_undamped_ = proposal.predicted <= floor && 0.5 * fit_.reach() > 2 * floor;
    return tried_undamped_;
}

Proposal LevenbergMarquardt::solve(const Point& at, double* p) {
    const Index n = at.size();
    for (std::size_t j = 0; j < scale_.size(); ++j) damping_[j] = std::sqrt(lambda_ * unit_) * scale_[j];
    fit_.damp(damping_.data());
    fit_.solve(p);
    double damped = 0;
    for (std::size_t j = 0; j < scale_.size(); ++j) damped += (damping_[j] * p[j]) * (damping_[j] * p[j]);
    const double square = fit_.model_square(p), length = linalg::norm(p, n);
    return {.possible = std::isfinite(square) && std::isfinite(damped),
            .slope = linalg::dot(at.gradient.data(), p, n),
            .predicted = 0.5 * square + damped,
            .curvature = length > 0 ? square / (length * length) : 0,
            .damping = lambda_};
}

double LevenbergMarquardt::scaled_norm(const double* v) const {
    double sum = 0;
    for (std::size_t j = 0; j < scale_.size(); ++j) sum += (scale_[j] * v[j]) * (scale_[j] * v[j]);
    return std::sqrt(sum);
}

// Adds ½a to v in p; false where a is too large for the model that both come from.
bool LevenbergMarquardt::accelerate(const Point& at, const Proposal& proposal, double* p) {
    if (!bends_ || proposal.predicted <= too_short_to_bend * std::abs(at.value)) return true;
    const double floor = f_.rounding_error(at.x.data(), at.value, at.gradient.data());
    const bool worth_it = proposal.predicted > lost_in_rounding * floor * floor / std::abs(at.value);
    const bool allowed = static_cast<double>(f_.counts().value) < options_.max_fun;
    if (!worth_it || !allowed) return true;
    f_.path_bending(at.x.data(), p, bend_.data());
    fit_.solve_normal(bend_.data());
    if (!(2 * scaled_norm(bend_.data()) <= acceleration_ * scaled_norm(p))) return false;
    linalg::add_scaled(-0.5, bend_.data(), p, at.size());
    return true;
}

void LevenbergMarquardt::raise() {
    lambda_ *= factor_;
    factor_ *= 2;
}

void LevenbergMarquardt::learn(const Trial& trial, const Point&, const Point&) {
    stale_ = trial.accepted;
    if (!trial.accepted) return raise();
    tried_undamped_ = false;
    const double surplus = 2 * std::min(trial.ratio, 1.0) - 1;
    lambda_ *= std::max(options_.damping_decrease, 1 - surplus * surplus * surplus);
    lambda_ = std::max(lambda_, least_damping);
    factor_ = options_.damping_increase;
}

std::vector<double> LevenbergMarquardt::memory() const {
    std::vector<double> numbers = {lambda_, factor_, unit_, tried_undamped_ ? 1.0 : 0.0};
    const std::vector<double>& scale = stale_ ? scale_ : last_scale_;
    numbers.insert(numbers.end(), scale.begin(), scale.end());
    return numbers;
}

void LevenbergMarquardt::recall(std::span<const double> memory) {
    require_numbers(memory, 4 + static_cast<Index>(scale_.size()));
    lambda_ = memory[0], factor_ = memory[1], unit_ = memory[2], tried_undamped_ = memory[3] != 0;
    std::copy(memory.begin() + 4, memory.end(), scale_.begin());
}

Trial FlatnessOfResiduals::run(Objective& f, const Point& at, const Proposal& proposal, const double* p, Point& next) {
    const double floor = f.rounding_error(at.x.data(), at.value, at.gradient.data());
    for (std::size_t i = 0; i < at.x.size(); ++i) next.x[i] = at.x[i] + p[i];
    if (proposal.predicted <= floor) return judge_by_reach(f, at, floor, p, next);
    next.value = f.value(next.x.data());
    Trial trial{.met_not_finite = !next.has_value(), .ratio = (at.value - next.value) / proposal.predicted};
    if (trial.met_not_finite || !(trial.ratio > eta_)) return trial;
    next.complete(f);
    trial.met_not_finite = !std::isfinite(next.gradient_norm) && std::isfinite(next.value);
    trial.accepted = !trial.met_not_finite;
    return trial;
}

Trial FlatnessOfResiduals::judge_by_reach(Objective& f, const Point& at, double floor, const double* p, Point& next) {
    here_.load(f, at.x.data());
    const double reach = here_.reach();
    if (here_.steepest_cosine() > plain_cosine && 0.5 * reach > 100 * floor) return {.ratio = 0};
    Trial trial{.level = true, .ratio = 1};
    if (is_rounding(at, p)) return trial;
    next.value = f.value(next.x.data());
    if (!(next.value <= at.value + floor)) return trial;
    next.complete(f);
    trial.accepted =
        std::isfinite(next.gradient_norm) && there_.load(f, next.x.data()) && there_.reach() < worthwhile * reach;
    return trial;
}

}  // namespace ravine::optim
