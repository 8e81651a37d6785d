#include "derivatives/path_bending.hpp"

#include <algorithm>

#include "base/simd.hpp"
#include "derivatives/backward.hpp"
#include "linalg/product.hpp"

namespace ravine::derivatives {

using network::Architecture;
using network::Layer;

namespace {

constexpr double multiply_adds = 7;  // a row and parameter: two gradients and more

// The sweeps of one worker over one block.
template <typename T>
class BendingSweep {
  public:
    BendingSweep(const Architecture& architecture, network::Loss loss, Index rows, Cutter& cutter)
        : loss_(loss),
          forward_(architecture, rows, network::Keep::curvatures, 1, cutter),
          backward_(forward_, cutter),
          loss_hessian_(take_hessian(architecture, loss, rows, cutter)) {
        for (auto& list : velocity_) list = take(architecture, cutter);
        for (auto& list : bending_) list = take(architecture, cutter);
    }

    void run(const network::Samples<T>& samples, const network::Rows& rows, const T* theta, const T* v, T* sum,
             bool accumulate) {
        forward_.load(samples.inputs, rows, &samples.targets);
        forward_.run(theta);
        const std::size_t depth = forward_.architecture().layers().size();
        for (std::size_t l = 1; l <= depth; ++l) go_forward(l, theta, v);
        backward_.start_with(loss_, samples.targets, rows, bending_[depth % 2], loss_hessian_);
        backward_.run(theta, sum, accumulate);
    }

  private:
    static T* take_hessian(const Architecture& architecture, network::Loss loss, Index rows, Cutter& cutter) {
        const Index outputs = architecture.outputs();
        if (loss.function == nullptr) return nullptr;
        return cutter.take<T>(checked_product(checked_product(outputs, outputs), network::padded_rows<T>(rows)));
    }

    T* take(const Architecture& architecture, Cutter& cutter) const {
        return cutter.take<T>(checked_product(architecture.widest(), forward_.stride()));
    }

    // to (+)= factorᵀ from, for a part of the layer's weights (inputs, outputs).
    void multiply(const Layer& layer, const T* weights, Index inputs, const T* from, T* to, bool accumulate) {
        linalg::product<T>({.m = layer.outputs,
                            .n = forward_.rows(),
                            .k = inputs,
                            .a = weights + layer.offset,
                            .a_stride = layer.outputs,
                            .a_transposed = true,
                            .b = from,
                            .b_stride = forward_.stride(),
                            .c = to,
                            .c_stride = forward_.stride(),
                            .accumulate = accumulate},
                           forward_.scratch(0));
    }

    void go_forward(std::size_t l, const T* theta, const T* v) {
        const Layer& layer = forward_.architecture().layers()[l - 1];
        T *velocity = velocity_[l % 2], *bending = bending_[l % 2];
        const T *velocity_below = velocity_[(l - 1) % 2], *bending_below = bending_[(l - 1) % 2];
        multiply(layer, v, layer.rows(), forward_.activation(l - 1), velocity, false);
        if (l > 1) {
            multiply(layer, v, layer.inputs, velocity_below, bending, false);
            for (Index i = 0; i < layer.outputs; ++i) double_row(bending + i * forward_.stride());
            multiply(layer, theta, layer.inputs, bending_below, bending, true);
            multiply(layer, theta, layer.inputs, velocity_below, velocity, true);
        } else {
            for (Index i = 0; i < layer.outputs; ++i)
                std::fill_n(bending + i * forward_.stride(), forward_.rows(), T(0));
        }
        if (forward_.slope(l) == nullptr) return;
        for (Index i = 0; i < layer.outputs; ++i) activate_row(l, i * forward_.stride());
    }

    void double_row(T* row) const {
        for (Index n = 0; n < forward_.rows(); ++n) row[n] *= 2;
    }

    // From z′ and z″ to a′ and a″. Whole registers.
    void activate_row(std::size_t l, Index offset) {
        const T *slope = forward_.slope(l) + offset, *curvature = forward_.curvature(l) + offset;
        T *velocity = velocity_[l % 2] + offset, *bending = bending_[l % 2] + offset;
        for (Index n = 0; n < forward_.rows(); n += simd::lanes<T>) {
            const simd::Pack<T> first = simd::load(velocity + n), second = simd::load(bending + n);
            const simd::Pack<T> rise = simd::load(slope + n);
            simd::store(bending + n, simd::load(curvature + n) * first * first + rise * second);
            simd::store(velocity + n, rise * first);
        }
    }

    network::Loss loss_;
    network::ForwardSweep<T> forward_;
    BackwardSweep<T> backward_;
    T* loss_hessian_;               // of a custom loss
    T *velocity_[2], *bending_[2];  // a_l′ and a_l″ (outputs, rows), neighbouring layers by turns
};

}  // namespace

template <typename T>
struct PathBending<T>::Buffers {
    Index slot_stride;
    T* slots;
    double* values;
    std::vector<std::unique_ptr<BendingSweep<T>>> sweeps;

    Buffers(const Architecture& architecture, network::Loss loss, Index most_rows, Cutter& cutter)
        : slot_stride(round_up(architecture.parameters(), Cutter::alignment)) {
        const PlanBounds most = bound_plans<T>(architecture, most_rows);
        const int threads = threads_for(architecture, most_rows, multiply_adds, most.wide, most.slots);
        slots = cutter.take<T>(checked_product(most.slots, slot_stride));
        values = cutter.take<double>(most.slots);
        for (int i = 0; i < (most.wide ? 1 : threads); ++i) {
            sweeps.push_back(std::make_unique<BendingSweep<T>>(architecture, loss, most.chunk_rows, cutter));
        }
    }
};

template <typename T>
PathBending<T>::PathBending(const Architecture& architecture, network::Loss loss, Index most_rows, Workspace& workspace)
    : architecture_(architecture), loss_(loss) {
    Cutter counter;
    const Buffers measured(architecture, loss, most_rows, counter);
    Cutter cutter = workspace.cutter(counter.bytes());
    buffers_ = std::make_shared<Buffers>(architecture, loss, most_rows, cutter);
}

template <typename T>
SlotSum<T> PathBending<T>::run(const network::Samples<T>& samples, const network::Rows& rows, const T* theta,
                               const T* v) {
    const Plan plan = plan_gradient<T>(architecture_, rows.count);
    const int wanted = threads_for(architecture_, rows.count, multiply_adds, plan.wide, plan.slots);
    const int threads = threads_of_slots(loss_, std::min(wanted, static_cast<int>(buffers_->sweeps.size())));
    sum_chunks(plan, threads, buffers_->values, [&](const Chunk& chunk) {
        T* const sum = buffers_->slots + chunk.slot * buffers_->slot_stride;
        buffers_->sweeps[static_cast<std::size_t>(chunk.worker)]->run(samples, plan.part(chunk.number, rows), theta, v,
                                                                      sum, !chunk.opens_slot);
        return 0.0;
    });
    return {buffers_->slots, plan.slots, buffers_->slot_stride};
}

template class PathBending<float>;
template class PathBending<double>;

}  // namespace ravine::derivatives
