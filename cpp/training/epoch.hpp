#pragma once

// Mini-batch updates that run inside the core, an epoch or a part of it at a time.

#include <limits>
#include <span>

#include "training/risk.hpp"
#include "updates/optimizer.hpp"

namespace ravine::training {

// Which batches of an epoch to take, and how. Batch b has the rows order[b batch_size, (b + 1) batch_size), the last
// one as many as are left.
struct EpochOptions {
    Index batch_size;
    const Index* order = nullptr;     // of all rows, repeats allowed; null: as they lie
    Index first = 0;                  // batch to begin with
    const double* rates = nullptr;    // one for each update to make; null: leave the rule's own
    const double* momenta = nullptr;  // likewise
    // A gradient longer than clip_norm is shortened to it, then each entry is held within ±clip_value.
    double clip_norm = std::numeric_limits<double>::infinity(), clip_value = std::numeric_limits<double>::infinity();
    double pause_below = 0;  // make no update whose gradient is shorter, from update number pause_from of these on
    Index pause_from = 0;
    double seconds = std::numeric_limits<double>::infinity();  // make no update after so long
};

enum class EpochEnd {
    done,
    not_finite,  // the next update would have had a loss or gradient that is not; it was not made
    time,
    small_gradient,
};

struct EpochReport {
    Index updates = 0;  // made
    EpochEnd end = EpochEnd::done;
};

// Makes losses.size() updates with the unbiased gradients of batches in turn, and writes J_B and ‖∇J_B‖ of each, before
// the update, into `losses` and `norms`. theta always holds the last finished update, also when Ctrl-C ends the call
// by an exception. How an epoch is cut into calls changes no bit.
template <typename T>
EpochReport run_epoch(const Risk<T>& risk, updates::Optimizer& optimizer, T* theta, const EpochOptions& options,
                      std::span<double> losses, std::span<double> norms, Workspace& workspace);

}  // namespace ravine::training
