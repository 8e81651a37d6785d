#include "derivatives/sample_chunk.hpp"

#include <algorithm>
#include <memory>

#include "base/interrupt.hpp"
#include "base/threads.hpp"
#include "linalg/transpose.hpp"

namespace ravine::derivatives {

using network::Architecture;
using network::Layer;
using network::Rows;

namespace {

// Samples of one sweep.
constexpr Index part_rows = 64;

}  // namespace

template <typename T>
struct SampleChunk<T>::Sweeps {
    network::ForwardSweep<T> forward;
    BackwardSweep<T> backward;
    T* loss_hessian;  // (outputs, outputs, rows)

    Sweeps(const Architecture& architecture, Index rows, Cutter& cutter)
        : forward(architecture, rows, network::Keep::curvatures, 1, cutter), backward(forward, cutter) {
        const Index outputs = architecture.outputs();
        loss_hessian =
            cutter.take<T>(checked_product(checked_product(outputs, outputs), network::padded_rows<T>(rows)));
    }
};

template <typename T>
SampleChunk<T>::SampleChunk(const Architecture& architecture, Index capacity, int threads, Cutter& cutter)
    : architecture_(architecture), capacity_(capacity) {
    const auto take = [&](Index width) { return cutter.take<T>(block_stride(width)); };
    for (const Layer& layer : architecture.layers()) {
        layers_.push_back({take(layer.rows()), take(layer.outputs), take(layer.outputs), take(layer.outputs)});
    }
    top_ = cutter.take<T>(checked_product(architecture.outputs(), block_stride(architecture.outputs())));
    values_ = cutter.take<double>(ceil_divide(capacity, part_rows));
    for (int i = 0; i < threads; ++i) {
        sweeps_.push_back(std::make_shared<Sweeps>(architecture, std::min(capacity, part_rows), cutter));
    }
}

template <typename T>
double SampleChunk<T>::load(Matrix matrix, network::Loss loss, const network::Samples<T>& samples, const Rows& rows,
                            const T* theta, int threads) {
    samples_ = rows.count;
    const Index parts = ceil_divide(rows.count, part_rows);
    if (loss.function != nullptr) threads = 1;  // it may be called on this thread alone
    threads::for_each(parts, std::min<int>(threads, static_cast<int>(sweeps_.size())), [&](Index part, int worker) {
        const Index first = part * part_rows, last = std::min(first + part_rows, rows.count);
        values_[part] = load_part(*sweeps_[static_cast<std::size_t>(worker)], matrix, loss, samples,
                                  rows.part(first, last), theta, first);
    });
    double sum = 0;
    for (Index part = 0; part < parts; ++part) sum += values_[part];
    return sum;
}

// Samples `first` onwards of the chunk.
template <typename T>
double SampleChunk<T>::load_part(Sweeps& sweeps, Matrix matrix, network::Loss loss, const network::Samples<T>& samples,
                                 const Rows& rows, const T* theta, Index first) {
    sweeps.forward.load(samples.inputs, rows, &samples.targets);
    sweeps.forward.run(theta);
    const auto kind =
        matrix == Matrix::hessian ? network::SecondDerivative::exact : network::SecondDerivative::positive;
    const double value = sweeps.backward.start(loss, samples.targets, rows, {sweeps.loss_hessian, kind});
    sweeps.backward.propagate(theta, [&](std::size_t l) { put_layer(sweeps, l, matrix, first, rows.count); });
    put_top(sweeps, first, rows.count);
    return value;
}

template <typename T>
void SampleChunk<T>::put_layer(const Sweeps& sweeps, std::size_t l, Matrix matrix, Index first, Index count) {
    const Layer& layer = architecture_.layers()[l - 1];
    const LayerRows<T>& to = layers_[l - 1];
    const Index stride = sweeps.forward.stride(), outputs = layer.outputs;
    const auto put = [&](const T* from, T* place, T otherwise) {
        place += first * outputs;
        if (from == nullptr) return static_cast<void>(std::fill_n(place, count * outputs, otherwise));
        linalg::transpose(from, stride, outputs, count, place, outputs);
    };
    linalg::transpose(sweeps.forward.activation(l - 1), stride, layer.rows(), count, to.inputs + first * layer.rows(),
                      layer.rows());
    put(sweeps.forward.slope(l), to.slope, T(1));
    put(matrix == Matrix::hessian ? sweeps.backward.bend(l) : nullptr, to.bend, T(0));
    for (Index i = 0; i < count; ++i) {
        std::copy_n(sweeps.backward.delta_rows() + i * sweeps.backward.delta_stride(), outputs,
                    to.delta + (first + i) * outputs);
    }
}

// S_L = σ′_L ∇²ℓ σ′_L + diag(σ″_L ⊙ ∇ℓ); the second term is zero for the Gauss-Newton matrix.
template <typename T>
void SampleChunk<T>::put_top(const Sweeps& sweeps, Index first, Index count) {
    const Index outputs = architecture_.outputs(), stride = block_stride(outputs), rows = sweeps.forward.rows();
    const LayerRows<T>& layer = layers_.back();
    for (Index i = 0; i < outputs; ++i) {
        for (Index p = 0; p < outputs; ++p) {
            const T* hessian = sweeps.loss_hessian + (i * outputs + p) * rows;
            T* to = top_ + i * stride + first * outputs + p;
            for (Index n = 0; n < count; ++n) {
                const T* slope = layer.slope + (first + n) * outputs;
                to[n * outputs] = slope[i] * hessian[n] * slope[p];
            }
        }
        for (Index n = first; n < first + count; ++n) top_[i * stride + n * outputs + i] += layer.bend[n * outputs + i];
    }
}

template class SampleChunk<float>;
template class SampleChunk<double>;

}  // namespace ravine::derivatives
