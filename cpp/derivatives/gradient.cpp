#include "derivatives/gradient.hpp"

#include <algorithm>

namespace ravine::derivatives {

using network::Architecture;
using network::ForwardSweep;
using network::Rows;

namespace {

constexpr double value_multiply_adds = 1, gradient_multiply_adds = 3;  // a row and parameter

template <typename T>
struct Sweeps {
    ForwardSweep<T> forward;
    BackwardSweep<T> backward;
    Sweeps(const Architecture& architecture, Index rows, int threads, Cutter& cutter)
        : forward(architecture, rows, network::Keep::slopes, threads, cutter), backward(forward, cutter) {}
};

}  // namespace

template <typename T>
struct RowSums<T>::Buffers {
    Index slot_stride, bytes;
    T* slots;
    double* values;
    std::vector<std::unique_ptr<Sweeps<T>>> sweeps;

    Buffers(const Architecture& architecture, Index most_rows, bool with_gradient, Cutter cutter)
        : slot_stride(round_up(architecture.parameters(), Cutter::alignment)) {
        const PlanBounds most = bound_plans<T>(architecture, most_rows);
        const int threads = threads_for(architecture, most_rows, gradient_multiply_adds, most.wide, most.slots);
        slots = cutter.take<T>(with_gradient ? checked_product(most.slots, slot_stride) : 0);
        values = cutter.take<double>(most.slots);
        for (int i = 0; i < (most.wide ? 1 : threads); ++i) {
            sweeps.push_back(
                std::make_unique<Sweeps<T>>(architecture, most.chunk_rows, most.wide ? threads : 1, cutter));
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

// Sweeps the chunks of every slot forward; body(sweeps, rows, chunk) goes on from there and returns Σ w L.
template <typename T>
template <typename Body>
double RowSums<T>::sweep(const Plan& plan, int threads, const network::Samples<T>& samples, const Rows& rows,
                         const T* theta, Body&& body) {
    threads = std::min(threads, buffers_->most_threads());
    return sum_chunks(plan, threads, buffers_->values, [&](const Chunk& chunk) {
        Sweeps<T>& sweeps = *buffers_->sweeps[static_cast<std::size_t>(chunk.worker)];
        const Rows part = plan.part(chunk.number, rows);
        sweeps.forward.load(samples.inputs, part, &samples.targets);
        sweeps.forward.run(theta);
        return body(sweeps, part, chunk);
    });
}

// What forward sweeps alone lead to.
template <typename T>
template <typename Evaluate>
double RowSums<T>::sum_forward(network::Loss loss, const network::Samples<T>& samples, const Rows& rows, const T* theta,
                               Evaluate&& evaluate) {
    const Plan plan = plan_gradient<T>(architecture_, rows.count);
    const int threads = threads_for(architecture_, rows.count, value_multiply_adds, plan.wide, plan.slots);
    const auto go_on = [&](Sweeps<T>& sweeps, const Rows& part, const Chunk&) {
        return evaluate(sweeps.backward, part);
    };
    return sweep(plan, threads_of_slots(loss, threads), samples, rows, theta, go_on);
}

template <typename T>
double RowSums<T>::value(network::Loss loss, const network::Samples<T>& samples, const Rows& rows, const T* theta) {
    return sum_forward(loss, samples, rows, theta, [&](BackwardSweep<T>& backward, const Rows& part) {
        return backward.value(loss, samples.targets, part);
    });
}

template <typename T>
double RowSums<T>::magnitude(network::Loss loss, const network::Samples<T>& samples, const Rows& rows, const T* theta) {
    return sum_forward(loss, samples, rows, theta, [&](BackwardSweep<T>& backward, const Rows& part) {
        return backward.magnitude(loss, samples.targets, part);
    });
}

template <typename T>
GradientSum<T> RowSums<T>::gradient(network::Loss loss, const network::Samples<T>& samples, const Rows& rows,
                                    const T* theta) {
    const Plan plan = plan_gradient<T>(architecture_, rows.count);
    const int threads = threads_for(architecture_, rows.count, gradient_multiply_adds, plan.wide, plan.slots);
    const auto go_back = [&](Sweeps<T>& sweeps, const Rows& part, const Chunk& chunk) {
        const double value = sweeps.backward.start(loss, samples.targets, part);
        sweeps.backward.run(theta, buffers_->slots + chunk.slot * buffers_->slot_stride, !chunk.opens_slot);
        return value;
    };
    const double value = sweep(plan, threads_of_slots(loss, threads), samples, rows, theta, go_back);
    return {{buffers_->slots, plan.slots, buffers_->slot_stride}, value};
}

template class RowSums<float>;
template class RowSums<double>;

}  // namespace ravine::derivatives
