#include "derivatives/gradient.hpp"

#include <algorithm>

#include "base/interrupt.hpp"
#include "base/no_allocation.hpp"
#include "base/threads.hpp"

namespace ravine::derivatives {

using network::Architecture;
using network::ForwardSweep;
using network::Rows;

namespace {

constexpr double value_multiply_adds = 1, gradient_multiply_adds = 3;  // a row and parameter

double work_of(const Architecture& architecture, Index rows, double multiply_adds) {
    return static_cast<double>(rows) * static_cast<double>(architecture.parameters()) * multiply_adds;
}

// Measured constants. They belong to the shape of the cut, not to the machine: other values would change bits.
constexpr Index wide_bytes = 1 << 20;  // of theta: from here on the threads share layers instead of rows
constexpr Index wide_chunk_rows = 256, most_chunk_rows = 128;
constexpr Index fewest_chunk_rows = 32;
constexpr Index few_chunks = 8;  // few rows are spread into so many: smaller chunks would cost more than they share
constexpr double chunk_work = 2.5e5;  // multiply-adds; less is not worth a chunk of its own
constexpr Index most_slots = 16, fewest_slots = 4;
constexpr Index slot_bytes = 4 << 20;  // of all slots together: they are read once more at the end

bool is_wide(const Architecture& architecture, Index scalar_bytes) {
    return architecture.parameters() * scalar_bytes > wide_bytes;
}

// Rows of a chunk that are aimed at.
Index chunk_rows(const Architecture& architecture, Index rows, bool wide) {
    if (wide) return wide_chunk_rows;
    const double worth = work_of(architecture, rows, gradient_multiply_adds) / chunk_work;
    const Index parts = worth >= few_chunks ? few_chunks : std::max<Index>(1, static_cast<Index>(worth));
    return std::clamp(ceil_divide(rows, parts), fewest_chunk_rows, most_chunk_rows);
}

Index slots_at_most(const Architecture& architecture, Index scalar_bytes, bool wide) {
    return wide ? 1 : std::clamp(slot_bytes / (architecture.parameters() * scalar_bytes), fewest_slots, most_slots);
}

// Bounds of the two over all selections of at most `rows` rows: what buffers are made for.
Index most_rows_of_chunk(Index rows, bool wide) { return std::min(rows, wide ? wide_chunk_rows : most_chunk_rows); }

template <typename T>
struct Sweeps {
    ForwardSweep<T> forward;
    BackwardSweep<T> backward;
    Sweeps(const Architecture& architecture, Index rows, int threads, Cutter& cutter)
        : forward(architecture, rows, network::Keep::slopes, threads, cutter), backward(forward, cutter) {}
};

int threads_for(const Architecture& architecture, Index rows, double multiply_adds, const Plan& plan) {
    const int threads = threads::worth(work_of(architecture, rows, multiply_adds));
    return plan.wide ? threads : static_cast<int>(std::min<Index>(threads, plan.slots));
}

// Threads that share the slots: a custom loss is computed by the caller's thread alone.
int threads_of_slots(network::Loss loss, int threads) { return loss.function == nullptr ? threads : 1; }

}  // namespace

template <typename T>
Plan plan_gradient(const Architecture& architecture, Index rows) {
    const bool wide = is_wide(architecture, sizeof(T));
    const Index chunks = std::max<Index>(1, ceil_divide(rows, chunk_rows(architecture, rows, wide)));
    return {.chunks = chunks, .slots = std::min(chunks, slots_at_most(architecture, sizeof(T), wide)), .wide = wide};
}

template <typename T>
struct RowSums<T>::Buffers {
    Index slot_stride, bytes;
    T* slots;
    double* values;
    std::vector<std::unique_ptr<Sweeps<T>>> sweeps;

    Buffers(const Architecture& architecture, Index most_rows, bool with_gradient, Cutter cutter)
        : slot_stride(round_up(architecture.parameters(), Cutter::alignment)) {
        Plan plan = plan_gradient<T>(architecture, most_rows);
        plan.slots =
            std::min(slots_at_most(architecture, sizeof(T), plan.wide), ceil_divide(most_rows, fewest_chunk_rows));
        const int threads = threads_for(architecture, most_rows, gradient_multiply_adds, plan);
        const Index capacity = most_rows_of_chunk(most_rows, plan.wide);
        slots = cutter.take<T>(with_gradient ? checked_product(plan.slots, slot_stride) : 0);
        values = cutter.take<double>(plan.slots);
        for (int i = 0; i < (plan.wide ? 1 : threads); ++i) {
            sweeps.push_back(std::make_unique<Sweeps<T>>(architecture, capacity, plan.wide ? threads : 1, cutter));
        }
        bytes = cutter.bytes();
    }

    int most_threads() const {
        return sweeps.size() > 1 ? static_cast<int>(sweeps.size()) : sweeps.front()->forward.threads();
    }
};

template <typename T>
RowSums<T>::RowSums(const Architecture& architecture, Index most_rows, bool with_gradient, Workspace& workspace)
    : architecture_(architecture),
      buffers_(std::make_shared<Buffers>(architecture, most_rows, with_gradient,
                                         workspace.cutter(bytes(architecture, most_rows, with_gradient)))) {}

template <typename T>
Index RowSums<T>::bytes(const Architecture& architecture, Index most_rows, bool with_gradient) {
    return Buffers(architecture, most_rows, with_gradient, Cutter()).bytes;
}

// Sweeps the chunks of every slot forward; body(sweeps, rows, slot, first) goes on from there and returns Σ w L.
template <typename T>
template <typename Body>
double RowSums<T>::sweep(const Plan& plan, int threads, const network::Samples<T>& samples, const Rows& rows,
                         const T* theta, Body&& body) {
    const NoAllocation promise;
    const auto run_slot = [&](Index slot, int worker) {
        const NoAllocation promise_of_worker;
        Sweeps<T>& sweeps = *buffers_->sweeps[static_cast<std::size_t>(worker)];
        const Index first = plan.slot_begin(slot);
        double value = 0;
        for (Index chunk = first; chunk < plan.slot_begin(slot + 1); ++chunk) {
            interrupt::poll();
            const Rows part = rows.part(plan.chunk_begin(chunk, rows.count), plan.chunk_begin(chunk + 1, rows.count));
            sweeps.forward.load(samples.inputs, part, &samples.targets);
            sweeps.forward.run(theta);
            value += body(sweeps, part, slot, chunk == first);
        }
        buffers_->values[slot] = value;
    };
    threads::for_each(plan.slots, plan.wide ? 1 : std::min(threads, buffers_->most_threads()), run_slot);
    double total = 0;
    for (Index slot = 0; slot < plan.slots; ++slot) total += buffers_->values[slot];
    return total;
}

template <typename T>
double RowSums<T>::value(network::Loss loss, const network::Samples<T>& samples, const Rows& rows, const T* theta) {
    const Plan plan = plan_gradient<T>(architecture_, rows.count);
    const int threads = threads_of_slots(loss, threads_for(architecture_, rows.count, value_multiply_adds, plan));
    return sweep(plan, threads, samples, rows, theta, [&](Sweeps<T>& sweeps, const Rows& part, Index, bool) {
        return sweeps.backward.value(loss, samples.targets, part);
    });
}

template <typename T>
GradientSum<T> RowSums<T>::gradient(network::Loss loss, const network::Samples<T>& samples, const Rows& rows,
                                    const T* theta) {
    const Plan plan = plan_gradient<T>(architecture_, rows.count);
    const int threads = threads_of_slots(loss, threads_for(architecture_, rows.count, gradient_multiply_adds, plan));
    const auto go_back = [&](Sweeps<T>& sweeps, const Rows& part, Index slot, bool first) {
        const double value = sweeps.backward.start(loss, samples.targets, part);
        sweeps.backward.run(theta, buffers_->slots + slot * buffers_->slot_stride, !first);
        return value;
    };
    const double value = sweep(plan, threads, samples, rows, theta, go_back);
    return {.value = value, .slots = buffers_->slots, .count = plan.slots, .stride = buffers_->slot_stride};
}

template Plan plan_gradient<float>(const Architecture&, Index);
template Plan plan_gradient<double>(const Architecture&, Index);
template class RowSums<float>;
template class RowSums<double>;

}  // namespace ravine::derivatives
