#pragma once

// Why a run ended: one list of reasons, one place that decides.

#include <string_view>
#include <vector>

#include "optim/method.hpp"

namespace ravine::optim {

enum class Stop {
    running,
    gradient_small,
    goal_reached,
    value_converged,
    step_small,
    rounding_floor,
    strict_saddle,
    iterations,
    evaluations,
    time,
    callback,
    not_finite,
    no_descent,
    unbounded,
};

// The name, and whether the run did what it was to do. The sentence that people read belongs to the Python face.
struct StopInfo {
    std::string_view name;
    bool success;
};

const StopInfo& info_of(Stop stop);
std::vector<StopInfo> stop_reasons();

// What the tests of an iteration look at.
struct Progress {
    Index iterations, evaluations;
    double seconds;
    double first_value;                // at the start
    double previous_value, step_norm;  // of the last accepted step
    double floor;                      // the rounding error of the value, NaN where no test asked for it
};

// A test as the result shows it: what was measured beside its threshold.
struct StopTest {
    std::string_view name;
    double measured, threshold;
};

std::vector<StopTest> stop_tests(const Options& options, const Point& at, const Progress& progress);

// Whether the run has had all that it was given: iterations, evaluations or time; else running.
Stop limit_reached(const Options& options, const Progress& progress);

// Decides after each iteration, and before the first (with an empty trial).
Stop decide(const Options& options, const Point& at, const Proposal& proposal, const Trial& trial,
            const Progress& progress);

}  // namespace ravine::optim
