#pragma once

// How a sum over rows is cut into chunks, sums that are kept apart, and threads.

#include <algorithm>

#include "base/interrupt.hpp"
#include "base/no_allocation.hpp"
#include "base/threads.hpp"
#include "network/data.hpp"
#include "network/layer.hpp"
#include "network/loss.hpp"

namespace ravine::derivatives {

// How a selection of rows is cut: a function of its shape alone, so that nothing else can change a bit of the result.
struct Plan {
    Index chunks;  // chunks are swept one after the other into the sum of their slot
    Index slots;   // sums that are kept apart until the end: at most so many threads work on different chunks
    bool wide;     // one slot; the threads share the features of each layer
    Index unit;    // rows of a chunk come in multiples of it: whole registers, so that only the last chunk is padded

    Index chunk_begin(Index chunk, Index rows) const {
        return std::min(rows, chunk * ceil_divide(rows, unit) / chunks * unit);
    }
    Index most_chunk_rows(Index rows) const {
        return std::min(rows, ceil_divide(ceil_divide(rows, unit), chunks) * unit);
    }
    Index slot_begin(Index slot) const { return slot * chunks / slots; }
    network::Rows part(Index chunk, const network::Rows& rows) const {
        const Index first = chunk_begin(chunk, rows.count);
        return rows.part(first, chunk_begin(chunk + 1, rows.count));
    }
};

template <typename T>
Plan plan_gradient(const network::Architecture& architecture, Index rows);

// What holds for the plans of all selections of at most `most_rows` rows: what buffers are made for.
struct PlanBounds {
    Index slots, chunk_rows;
    bool wide;
};

template <typename T>
PlanBounds bound_plans(const network::Architecture& architecture, Index most_rows);

// Threads worth waking for so many multiply-adds a row and parameter.
int threads_for(const network::Architecture& architecture, Index rows, double multiply_adds, bool wide, Index slots);

// Threads that share the slots: a custom loss is computed by the caller's thread alone.
inline int threads_of_slots(network::Loss loss, int threads) { return loss.function == nullptr ? threads : 1; }

// The numbers of one chunk, its slot and the worker that treats it.
struct Chunk {
    Index number, slot;
    bool opens_slot;  // the first of its slot
    int worker;
};

// Calls body(chunk) for every chunk, in order within a slot, and adds up what it returns: by slot in `values`
// (slots,), in the order of chunks and slots whatever the threads.
template <typename Body>
double sum_chunks(const Plan& plan, int threads, double* values, Body&& body) {
    const NoAllocation promise;
    const auto run_slot = [&](Index slot, int worker) {
        const NoAllocation promise_of_worker;
        const Index first = plan.slot_begin(slot);
        double value = 0;
        for (Index chunk = first; chunk < plan.slot_begin(slot + 1); ++chunk) {
            interrupt::poll();
            value += body(Chunk{chunk, slot, chunk == first, worker});
        }
        values[slot] = value;
    };
    threads::for_each(plan.slots, plan.wide ? 1 : threads, run_slot);
    double total = 0;
    for (Index slot = 0; slot < plan.slots; ++slot) total += values[slot];
    return total;
}

}  // namespace ravine::derivatives
