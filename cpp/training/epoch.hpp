#pragma once

// Mini-batch epochs that run whole inside the core.

#include "training/risk.hpp"
#include "updates/optimizer.hpp"

namespace ravine::training {

struct EpochReport {
    double loss = 0;           // mean over the batches, each weighted by its rows
    double gradient_norm = 0;  // mean of ‖∇J_B‖ over the updates
    Index updates = 0;         // done
    bool finite = true;        // false: the next update would have had a loss or gradient that is not; it was not made
};

// One pass over the rows in the order given (null: as they lie), a batch after the other, the last one as long as it
// is: the gradient of each batch is the unbiased one. theta always holds the last finished update, also when Ctrl-C
// ends the epoch by an exception.
template <typename T>
EpochReport run_epoch(const Risk<T>& risk, updates::Optimizer& optimizer, T* theta, Index batch_size,
                      const Index* order, Workspace& workspace);

}  // namespace ravine::training
