#include "optim/stop.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "linalg/vectors.hpp"

namespace ravine::optim {

namespace {

constexpr std::array<StopInfo, 14> reasons = {{
    {"running", false},
    {"gradient_small", true},   // ‖∇f‖ <= gtol
    {"goal", true},             // f <= goal
    {"value_converged", true},  // the last step lowered f by at most ftol |f|
    {"step_small", true},       // the last step was at most xtol (xtol + ‖x‖) long
    {"rounding_floor", true},   // no step lowers f by more than its rounding error
    {"strict_saddle", false},
    {"iterations", false},
    {"evaluations", false},
    {"time", false},
    {"callback", false},
    {"not_finite", false},
    {"no_descent", false},
    {"unbounded", false},
}};

// Nothing that has a minimum is ever so low.
constexpr double bottom = -1e90;
constexpr double fall_for_ever = 1e12;  // in units of the value at the start, or of one

}  // namespace

const StopInfo& info_of(Stop stop) { return reasons[static_cast<std::size_t>(stop)]; }
std::vector<StopInfo> stop_reasons() { return {reasons.begin() + 1, reasons.end()}; }

std::vector<StopTest> stop_tests(const Options& options, const Point& at, const Progress& progress) {
    const double size = linalg::norm(at.x.data(), static_cast<Index>(at.x.size()));
    return {
        {"gradient norm", at.gradient_norm, options.gtol},
        {"decrease", progress.previous_value - at.value, options.ftol * std::abs(at.value)},
        {"step", progress.step_norm, options.xtol * (options.xtol + size)},
        {"value", at.value, options.goal},
        {"rounding error", progress.previous_value - at.value, progress.floor},
        {"iterations", static_cast<double>(progress.iterations), options.maxiter},
        {"evaluations", static_cast<double>(progress.evaluations), options.max_fun},
        {"seconds", progress.seconds, options.max_time},
    };
}

Stop limit_reached(const Options& options, const Progress& progress) {
    if (static_cast<double>(progress.iterations) >= options.maxiter) return Stop::iterations;
    if (static_cast<double>(progress.evaluations) >= options.max_fun) return Stop::evaluations;
    if (progress.seconds >= options.max_time) return Stop::time;
    return Stop::running;
}

Stop decide(const Options& options, const Point& at, const Proposal& proposal, const Trial& trial,
            const Progress& progress) {
    if (!std::isfinite(at.value) && !(at.value < 0)) return Stop::not_finite;
    if (at.value < bottom || trial.unbounded) return Stop::unbounded;
    if (!std::isfinite(at.gradient_norm)) return Stop::not_finite;
    if (at.value <= options.goal) return Stop::goal_reached;
    if (at.gradient_norm <= options.gtol) return Stop::gradient_small;
    if (trial.accepted) {
        const double size = linalg::norm(at.x.data(), static_cast<Index>(at.x.size()));
        if (options.ftol > 0 && progress.previous_value - at.value <= options.ftol * std::abs(at.value))
            return Stop::value_converged;
        if (options.xtol > 0 && progress.step_norm <= options.xtol * (options.xtol + size)) return Stop::step_small;
    }
    // So far below the start rounding hides every further fall.
    const bool bottomless = at.value < -fall_for_ever * (1 + std::abs(progress.first_value));
    if (trial.level && !trial.accepted) return bottomless ? Stop::unbounded : Stop::rounding_floor;
    if (!proposal.possible) return trial.met_not_finite || proposal.not_finite ? Stop::not_finite : Stop::no_descent;
    return limit_reached(options, progress);
}

}  // namespace ravine::optim
