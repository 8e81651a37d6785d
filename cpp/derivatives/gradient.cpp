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

constexpr Index most_chunk_rows = 128, wide_chunk_rows = 256, fewest_chunk_rows = 32;
constexpr Index wide_bytes = 1 << 20;  // of theta: from here on the threads share layers instead of rows
constexpr Index most_slots = 16, fewest_slots = 4;
constexpr Index few_chunks = 8;  // into which few rows are spread: smaller chunks would cost more than they share
constexpr Index slot_bytes = 4 << 20;  // of all slots together: they are read once more at the end

template <typename T>
struct Sweeps {
    ForwardSweep<T> forward;
    BackwardSweep<T> backward;
    Sweeps(const Architecture& architecture, Index rows, int threads, Cutter& cutter)
        : forward(architecture, rows, true, threads, cutter), backward(forward, cutter) {}
};

int threads_for(const Architecture& architecture, Index rows, double multiply_adds, const Plan& plan) {
    const double work = static_cast<double>(rows) * static_cast<double>(architecture.parameters()) * multiply_adds;
    const int threads = threads::worth(work);
    return plan.wide ? threads : static_cast<int>(std::min<Index>(threads, plan.slots));
}

constexpr double value_multiply_adds = 1, gradient_multiply_adds = 3;  // a row and parameter

// What a plan takes from the network alone.
struct Cuts {
    bool wide;
    Index slots;

    Cuts(const Architecture& architecture, std::size_t scalar_bytes) {
        const Index theta_bytes = architecture.parameters() * static_cast<Index>(scalar_bytes);
        wide = theta_bytes > wide_bytes;
        slots = wide ? 1 : std::clamp(slot_bytes / theta_bytes, fewest_slots, most_slots);
    }

    // Grows with the rows.
    Index chunk_rows(Index rows) const {
        return wide ? wide_chunk_rows : std::clamp(ceil_divide(rows, few_chunks), fewest_chunk_rows, most_chunk_rows);
    }
};

}  // namespace

template <typename T>
Plan plan_gradient(const Architecture& architecture, Index rows) {
    const Cuts cuts(architecture, sizeof(T));
    const Index chunks = std::max<Index>(1, ceil_divide(rows, cuts.chunk_rows(rows)));
    return {.chunks = chunks, .slots = std::min(chunks, cuts.slots), .wide = cuts.wide};
}

template <typename T>
struct RowSums<T>::Buffers {
    Index slot_stride, bytes;
    T* slots;
    double* values;
    std::vector<std::unique_ptr<Sweeps<T>>> sweeps;

    Buffers(const Architecture& architecture, Index most_rows, bool with_gradient, Cutter cutter)
        : slot_stride(round_up(architecture.parameters(), Cutter::alignment)) {
        const Plan plan = plan_gradient<T>(architecture, most_rows);
        const int threads = threads_for(architecture, most_rows, gradient_multiply_adds, plan);
        const Index capacity = std::min(most_rows, Cuts(architecture, sizeof(T)).chunk_rows(most_rows));
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
            sweeps.forward.load(samples.inputs, part);
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
    const int threads = threads_for(architecture_, rows.count, value_multiply_adds, plan);
    return sweep(plan, threads, samples, rows, theta, [&](Sweeps<T>& sweeps, const Rows& part, Index, bool) {
        return sweeps.backward.value(loss, samples.targets, part);
    });
}

template <typename T>
GradientSum<T> RowSums<T>::gradient(network::Loss loss, const network::Samples<T>& samples, const Rows& rows,
                                    const T* theta) {
    const Plan plan = plan_gradient<T>(architecture_, rows.count);
    const int threads = threads_for(architecture_, rows.count, gradient_multiply_adds, plan);
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
