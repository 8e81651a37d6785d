#include "signals/signals.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "base/interrupt.hpp"
#include "base/no_allocation.hpp"
#include "base/threads.hpp"
#include "derivatives/gradient.hpp"

namespace ravine::signals {

using derivatives::Plan;
using network::Architecture;
using network::Rows;

namespace {

constexpr double multiply_adds = 4;  // a row and parameter

Index table_rows(const Architecture& architecture) {
    Index rows = architecture.inputs();
    for (const auto& layer : architecture.layers()) rows += layer.outputs;
    return rows;
}

// Everything that a run writes, cut from the workspace: one set of sums for each slot, one observer for each thread.
template <typename T>
struct Buffers {
    std::vector<Sums<T>> slots;
    std::vector<std::unique_ptr<Observer<T>>> observers;
    double* values;
    Index bytes;

    Buffers(const Architecture& architecture, Index rows, const Plan& plan, int threads, bool second, Cutter cutter) {
        const Index parameters = architecture.parameters();
        for (Index slot = 0; slot < plan.slots; ++slot) {
            slots.push_back({.units = cutter.take<double>(table_rows(architecture) * columns),
                             .layer_squares = cutter.take<double>(std::ssize(architecture.layers())),
                             .gradient = cutter.take<T>(parameters),
                             .second_moments = second ? cutter.take<double>(parameters) : nullptr,
                             .rows = 0});
        }
        values = cutter.take<double>(plan.slots);
        for (int i = 0; i < (plan.wide ? 1 : threads); ++i) {
            observers.push_back(std::make_unique<Observer<T>>(architecture, plan.most_chunk_rows(rows), second,
                                                              plan.wide ? threads : 1, cutter));
        }
        bytes = cutter.bytes();
    }
};

template <typename T>
int threads_for(const Architecture& architecture, Index rows, const Plan& plan) {
    const int threads =
        threads::worth(static_cast<double>(rows) * static_cast<double>(architecture.parameters()) * multiply_adds);
    return plan.wide ? threads : static_cast<int>(std::min<Index>(threads, plan.slots));
}

// Joins one table of units to another.
void join_units(const double* more, Index m, double* units, Index n, Index count) {
    for (Index row = 0; row < count; ++row, more += columns, units += columns) {
        for (const Index pair : {before_mean, after_mean, delta_mean}) {
            const Moments joined = join({units[pair], units[pair + 1]}, n, {more[pair], more[pair + 1]}, m);
            units[pair] = joined.mean;
            units[pair + 1] = joined.squares;
        }
        units[slope_mean] = join({units[slope_mean], 0}, n, {more[slope_mean], 0}, m).mean;
        units[saturated] += more[saturated];
    }
}

template <typename T>
void add_slot(const Architecture& architecture, const Sums<T>& slot, Sums<T>& out) {
    if (slot.rows == 0) return;  // its gradient has never been written
    join_units(slot.units, slot.rows, out.units, out.rows, table_rows(architecture));
    for (Index l = 0; l < std::ssize(architecture.layers()); ++l) out.layer_squares[l] += slot.layer_squares[l];
    for (Index p = 0; p < architecture.parameters(); ++p) out.gradient[p] += slot.gradient[p];
    if (out.second_moments != nullptr) {
        for (Index p = 0; p < architecture.parameters(); ++p) out.second_moments[p] += slot.second_moments[p];
    }
    out.rows += slot.rows;
}

template <typename T>
void set_zero(const Architecture& architecture, Sums<T>& sums) {
    std::fill_n(sums.units, table_rows(architecture) * columns, 0.0);
    std::fill_n(sums.layer_squares, architecture.layers().size(), 0.0);
    sums.rows = 0;
}

}  // namespace

template <typename T>
Totals gather(const Architecture& architecture, network::Loss loss, const network::Samples<T>& samples,
              const Rows& rows, const T* theta, std::span<const double> least_slopes, const Sums<T>& out,
              Workspace& workspace) {
    const Plan plan = derivatives::plan_gradient<T>(architecture, rows.count);
    const int threads = threads_for<T>(architecture, rows.count, plan);
    const bool second = out.second_moments != nullptr;
    const auto cut = [&](Cutter cutter) { return Buffers<T>(architecture, rows.count, plan, threads, second, cutter); };
    Buffers<T> buffers = cut(workspace.cutter(cut(Cutter()).bytes));
    const NoAllocation promise;
    const auto run_slot = [&](Index slot, int worker) {
        const NoAllocation promise_of_worker;
        Sums<T>& sums = buffers.slots[static_cast<std::size_t>(slot)];
        set_zero(architecture, sums);
        double value = 0;
        for (Index chunk = plan.slot_begin(slot); chunk < plan.slot_begin(slot + 1); ++chunk) {
            interrupt::poll();
            const Rows part = rows.part(plan.chunk_begin(chunk, rows.count), plan.chunk_begin(chunk + 1, rows.count));
            value += buffers.observers[static_cast<std::size_t>(worker)]->add(loss, samples, part, theta, least_slopes,
                                                                              sums);
        }
        buffers.values[slot] = value;
    };
    // A custom loss is computed by the caller's thread alone.
    threads::for_each(plan.slots, plan.wide || loss.function != nullptr ? 1 : threads, run_slot);
    Sums<T> total = out;
    set_zero(architecture, total);
    std::fill_n(total.gradient, architecture.parameters(), T(0));
    if (second) std::fill_n(total.second_moments, architecture.parameters(), 0.0);
    double value = 0;
    for (Index slot = 0; slot < plan.slots; ++slot) {
        add_slot(architecture, buffers.slots[static_cast<std::size_t>(slot)], total);
        value += buffers.values[slot];
    }
    return {.value = value, .rows = total.rows};
}

template <typename T>
Index gather_bytes(const Architecture& architecture, Index rows, bool with_second_moments) {
    const Plan plan = derivatives::plan_gradient<T>(architecture, rows);
    return Buffers<T>(architecture, rows, plan, threads_for<T>(architecture, rows, plan), with_second_moments, Cutter())
        .bytes;
}

template Totals gather(const Architecture&, network::Loss, const network::Samples<float>&, const Rows&, const float*,
                       std::span<const double>, const Sums<float>&, Workspace&);
template Totals gather(const Architecture&, network::Loss, const network::Samples<double>&, const Rows&, const double*,
                       std::span<const double>, const Sums<double>&, Workspace&);
template Index gather_bytes<float>(const Architecture&, Index, bool);
template Index gather_bytes<double>(const Architecture&, Index, bool);

}  // namespace ravine::signals
