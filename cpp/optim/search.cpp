#include "optim/search.hpp"

#include <cmath>

namespace ravine::optim {

namespace {

// A predicted decrease above this share of f is never looked at for rounding.
constexpr double plainly_large = 1e-2;

void step_to(const Point& at, double length, const double* p, Point& next) {
    for (std::size_t i = 0; i < at.x.size(); ++i) next.x[i] = at.x[i] + length * p[i];
}

}  // namespace

// The rounding error changes slowly: an estimate serves while f stays within a factor of two.
double GainRatio::rounding_error(Objective& f, const Point& at) {
    const double size = std::abs(at.value), known = std::abs(known_value_);
    if (known_floor_ < 0 || size > 2 * known || size < 0.5 * known) {
        known_floor_ = f.rounding_error(at.x.data(), at.value, at.gradient.data());
        known_value_ = at.value;
    }
    return known_floor_;
}

Trial GainRatio::run(Objective& f, const Point& at, const Proposal& proposal, const double* p, Point& next) {
    step_to(at, 1, p, next);
    const Trial trial = try_step(f, at, proposal, next);
    walled_ = trial.met_not_finite;
    return trial;
}

Trial GainRatio::try_step(Objective& f, const Point& at, const Proposal& proposal, Point& next) {
    if (proposal.predicted <= plainly_large * std::abs(at.value)) {
        const double floor = rounding_error(f, at);
        if (proposal.predicted <= floor) return judge_by_gradient(f, at, floor, next);
    }
    const bool at_once = f.gradient_comes_with_value();
    if (at_once) {
        next.evaluate(f);
    } else {
        next.value = f.value(next.x.data());
    }
    Trial trial{.met_not_finite = !next.has_value(), .ratio = (at.value - next.value) / proposal.predicted};
    if (trial.met_not_finite || !(trial.ratio > eta_)) return trial;
    if (!at_once) next.complete(f);
    trial.met_not_finite = !std::isfinite(next.gradient_norm) && std::isfinite(next.value);
    trial.accepted = !trial.met_not_finite;
    return trial;
}

Trial GainRatio::judge_by_gradient(Objective& f, const Point& at, double floor, Point& next) {
    next.evaluate(f);
    const bool finite = std::isfinite(next.value) && std::isfinite(next.gradient_norm);
    const bool trusted = finite && !walled_;
    Trial trial{.level = trusted, .floor = floor, .met_not_finite = !trusted, .ratio = finite ? 1.0 : 0.0};
    trial.accepted = finite && next.value <= at.value + floor && next.gradient_norm <= 0.5 * at.gradient_norm;
    return trial;
}

Trial Unconditional::run(Objective& f, const Point& at, const Proposal& proposal, const double* p, Point& next) {
    step_to(at, step_length_, p, next);
    next.evaluate(f);
    return {.accepted = true, .ratio = (at.value - next.value) / proposal.predicted, .length = step_length_};
}

}  // namespace ravine::optim
