#pragma once

// Many runs at once, each on one thread, and the best of them. What a run walks on is the caller's affair.

#include <functional>
#include <vector>

#include "optim/minimize.hpp"

namespace ravine::optim {

// Where one run ended, without the way that led there.
struct End {
    double value, gradient_norm;
    Stop stop;
    Index iterations, evaluations;  // of f
    double seconds;
};

// A run, and what it asked of its function.
struct Outcome {
    Result result;
    objective::Counts counts;
};

struct ManyStarts {
    std::vector<End> ends;  // of each start
    Index best;             // the start that ended lowest; the first of several
    Outcome outcome;        // its run
};

// Runs run(start) for every start in [0, count), count >= 1. Each must write only what belongs to it, and keep a
// function of its own. Nothing depends on the number of threads.
ManyStarts run_starts(Index count, int threads, const std::function<Outcome(Index start)>& run);

}  // namespace ravine::optim
