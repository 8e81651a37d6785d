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
    T* loss_hessian;  // (outputs, outputs, rows) of a loss of one's own

    Sweeps(const Architecture& architecture, network::Loss loss, Index rows, Cutter& cutter)
        : forward(architecture, rows, network::Keep::curvatures, 1, cutter), backward(forward, cutter) {
        const Index outputs = architecture.outputs();
        const Index size = checked_product(checked_product(outputs, outputs), network::padded_rows<T>(rows));
        loss_hessian = loss.function == nullptr ? nullptr : cutter.take<T>(size);
    }
};

template <typename T>
SampleChunk<T>::SampleChunk(const Architecture& architecture, network::Loss loss, Index capacity, int threads,
                            Cutter& cutter)
    : architecture_(architecture), loss_(loss), capacity_(capacity) {
    const auto take = [&](Index width) { return cutter.take<T>(block_stride(width)); };
    for (const Layer& layer : architecture.layers()) {
        layers_.push_back({take(layer.rows()), take(layer.outputs), take(layer.outputs), take(layer.outputs)});
    }
    const Index outputs = architecture.outputs();
    block_.outputs = outputs;
    block_.stride = network::padded_rows<T>(capacity);
    if (loss.function == nullptr) {
        f_ = cutter.take<T>(checked_product(outputs, block_.stride));
        targets_ = cutter.take<T>(checked_product(loss.target_columns(outputs), block_.stride));
        weights_ = cutter.take<T>(block_.stride);
        labels_ = cutter.take<Bits<T>>(loss.takes_labels() ? block_.stride : 0);
    } else {
        own_hessian_ = cutter.take<T>(checked_product(checked_product(outputs, outputs), block_.stride));
    }
    values_ = cutter.take<double>(ceil_divide(capacity, part_rows));
    const int sweeps = loss.function == nullptr ? threads : 1;  // one's own is called by one thread alone
    for (int i = 0; i < sweeps; ++i) {
        sweeps_.push_back(std::make_shared<Sweeps>(architecture, loss, std::min(capacity, part_rows), cutter));
    }
}

template <typename T>
double SampleChunk<T>::load(Matrix matrix, const network::Samples<T>& samples, const Rows& rows, const T* theta,
                            int threads) {
    samples_ = rows.count;
    const Index parts = ceil_divide(rows.count, part_rows);
    threads::for_each(parts, std::min<int>(threads, static_cast<int>(sweeps_.size())), [&](Index part, int worker) {
        const Index first = part * part_rows, last = std::min(first + part_rows, rows.count);
        values_[part] = load_part(*sweeps_[static_cast<std::size_t>(worker)], matrix, samples, rows.part(first, last),
                                  theta, first);
    });
    block_.rows = network::padded_rows<T>(rows.count);
    block_.f = f_;
    block_.targets = samples.targets.labels == nullptr ? targets_ : nullptr;
    block_.labels = samples.targets.labels == nullptr ? nullptr : labels_;
    block_.weights = weights_;
    block_.masked = samples.targets.masked;
    double sum = 0;
    for (Index part = 0; part < parts; ++part) sum += values_[part];
    return sum;
}

// Samples `first` onwards of the chunk.
template <typename T>
double SampleChunk<T>::load_part(Sweeps& sweeps, Matrix matrix, const network::Samples<T>& samples, const Rows& rows,
                                 const T* theta, Index first) {
    sweeps.forward.load(samples.inputs, rows, &samples.targets);
    sweeps.forward.run(theta);
    const double value = sweeps.backward.start(loss_, samples.targets, rows, {sweeps.loss_hessian});
    sweeps.backward.propagate(theta, [&](std::size_t l) { put_layer(sweeps, l, matrix, first, rows.count); });
    put_loss(sweeps, samples.targets, first);
    return value;
}

// What ∇²ℓ is made of later, or that of one's own.
template <typename T>
void SampleChunk<T>::put_loss(const Sweeps& sweeps, const network::Targets<T>& targets, Index first) {
    const Index rows = sweeps.forward.rows(), outputs = block_.outputs;
    const auto lines = [&](const T* from, Index from_stride, Index count, T* to) {
        for (Index k = 0; k < count; ++k) std::copy_n(from + k * from_stride, rows, to + k * block_.stride + first);
    };
    if (loss_.function != nullptr) return lines(sweeps.loss_hessian, rows, outputs * outputs, own_hessian_);
    const network::LossBlock<T> block = sweeps.backward.loss_block(targets);
    lines(block.f, block.stride, outputs, f_);
    lines(block.weights, 0, 1, weights_);
    if (targets.labels != nullptr) {
        std::copy_n(block.labels, rows, labels_ + first);
    } else {
        lines(block.targets, block.stride, loss_.target_columns(outputs), targets_);
    }
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

template <typename T>
void SampleChunk<T>::make_top(Matrix matrix, Index first, Index last, T* rows, T* scratch) const {
    const Index outputs = block_.outputs, stride = block_stride(outputs);
    const auto kind =
        matrix == Matrix::hessian ? network::SecondDerivative::exact : network::SecondDerivative::positive;
    const LayerRows<T>& layer = layers_.back();
    for (Index begin = 0; begin < samples_; begin += top_samples) {
        const Index count = std::min(top_samples, samples_ - begin);
        const T* hessian = own_hessian_ + begin;
        Index hessian_stride = block_.stride;
        if (own_hessian_ == nullptr) {
            network::LossBlock<T> part = block_;
            part.rows = std::min(top_samples, block_.rows - begin);
            part.f += begin;
            part.weights += begin;
            if (part.labels != nullptr) part.labels += begin;
            if (part.targets != nullptr) part.targets += begin;
            network::evaluate_loss_hessian(loss_, part, kind, first, last, scratch);
            hessian = scratch;
            hessian_stride = part.rows;
        } else {
            hessian += first * outputs * hessian_stride;
        }
        for (Index i = first; i < last; ++i) {
            T* row = rows + (i - first) * stride + begin * outputs;
            const T* slope = layer.slope + begin * outputs;
            for (Index p = 0; p < outputs; ++p, hessian += hessian_stride) {
                for (Index n = 0; n < count; ++n)
                    row[n * outputs + p] = slope[n * outputs + i] * hessian[n] * slope[n * outputs + p];
            }
            for (Index n = 0; n < count; ++n) row[n * outputs + i] += layer.bend[(begin + n) * outputs + i];
        }
    }
}

template class SampleChunk<float>;
template class SampleChunk<double>;

}  // namespace ravine::derivatives
