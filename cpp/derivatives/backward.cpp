#include "derivatives/backward.hpp"

#include <algorithm>
#include <cmath>

#include "base/simd.hpp"
#include "base/threads.hpp"
#include "linalg/product.hpp"
#include "linalg/rows_times_vector.hpp"
#include "linalg/transpose.hpp"

namespace ravine::derivatives {

using network::Layer;
using network::Rows;
using network::Targets;

namespace {

// Whole registers; `product` may be one of the factors.
template <typename T>
void multiply(const T* x, const T* y, Index count, T* product) {
    for (Index i = 0; i < count; i += simd::lanes<T>) simd::store(product + i, simd::load(x + i) * simd::load(y + i));
}

}  // namespace

template <typename T>
BackwardSweep<T>::BackwardSweep(const network::ForwardSweep<T>& forward, Cutter& cutter, Deltas deltas)
    : forward_(forward),
      outputs_(forward.architecture().outputs()),
      delta_stride_(linalg::padded<T>(forward.architecture().widest())) {
    const Index stride = forward.stride(), widest = forward.architecture().widest();
    const auto& layers = forward.architecture().layers();
    deltas_.assign(layers.size() + 1, nullptr);
    deltas_rows_.assign(layers.size() + 1, nullptr);
    for (std::size_t l = 1; l <= layers.size(); ++l) {
        const bool kept = deltas == Deltas::kept;
        const Index width = kept ? layers[l - 1].outputs : widest;
        deltas_[l] = kept || l <= 2 ? cutter.take<T>(checked_product(width, stride)) : deltas_[l - 2];
        deltas_rows_[l] = kept || l == 1 ? cutter.take<T>(checked_product(delta_stride_, stride)) : deltas_rows_[1];
    }
    delta_ = deltas_.back();
    delta_rows_ = deltas_rows_.back();
    bends_.assign(layers.size() + 1, nullptr);
    for (std::size_t l = 1; l <= layers.size(); ++l) {
        if (forward.keep() == network::Keep::curvatures && layers[l - 1].activation != network::Activation::identity)
            bends_[l] = cutter.take<T>(checked_product(layers[l - 1].outputs, stride));
    }
    targets_ = cutter.take<T>(checked_product(outputs_, stride));
    weights_ = cutter.take<T>(stride);
    values_ = cutter.take<T>(stride);
    labels_ = cutter.take<Bits<T>>(stride);
}

template <typename T>
void BackwardSweep<T>::load_weights(const Targets<T>& targets, const Rows& rows) {
    for (Index i = 0; i < rows.count; ++i) weights_[i] = targets.weight(rows[i]);
    std::fill(weights_ + rows.count, weights_ + forward_.rows(), T(0));
}

template <typename T>
void BackwardSweep<T>::load_targets(const Targets<T>& targets, const Rows& rows, Index columns) {
    const Index padded = forward_.rows(), stride = forward_.stride();
    if (targets.labels != nullptr) {
        for (Index i = 0; i < rows.count; ++i) labels_[i] = static_cast<Bits<T>>(targets.labels[rows[i]]);
        std::fill(labels_ + rows.count, labels_ + padded, Bits<T>(0));
        return;
    }
    for (Index k = 0; k < columns; ++k) {
        T* column = targets_ + k * stride;
        for (Index i = 0; i < rows.count; ++i)
            column[i] = weights_[i] == 0 ? T(0) : targets.dense[rows[i] * targets.stride + k];
        std::fill(column + rows.count, column + padded, T(0));
    }
}

template <typename T>
network::LossBlock<T> BackwardSweep<T>::loss_block(const Targets<T>& targets) const {
    const bool labels = targets.labels != nullptr;
    return {.rows = forward_.rows(),
            .outputs = outputs_,
            .stride = forward_.stride(),
            .f = forward_.outputs(),
            .targets = labels ? nullptr : targets_,
            .labels = labels ? labels_ : nullptr,
            .weights = weights_,
            .masked = targets.masked};
}

// In double and in row order, whatever T.
template <typename T>
double BackwardSweep<T>::weighted_sum(const Rows& rows) const {
    double sum = 0;
    for (Index i = 0; i < rows.count; ++i) sum += static_cast<double>(values_[i]);
    return sum;
}

// Σ w L over the block's rows, and w ∇L and w ∇²L where a place is given.
template <typename T>
double BackwardSweep<T>::evaluate(network::Loss loss, const Targets<T>& targets, const Rows& rows, T* gradient,
                                  const SecondLoss<T>& second) {
    load_weights(targets, rows);
    if (loss.function != nullptr) {
        loss.function->evaluate(network::CustomBlock<T>{.targets = targets,
                                                        .rows = rows,
                                                        .padded = forward_.rows(),
                                                        .outputs = outputs_,
                                                        .stride = forward_.stride(),
                                                        .f = forward_.outputs(),
                                                        .weights = weights_,
                                                        .values = values_,
                                                        .gradient = gradient,
                                                        .hessian = second.values});
    } else {
        load_targets(targets, rows, loss.target_columns(outputs_));
        network::evaluate_loss(loss, loss_block(targets), values_, gradient, second.values, second.kind);
    }
    return weighted_sum(rows);
}

template <typename T>
double BackwardSweep<T>::start(network::Loss loss, const Targets<T>& targets, const Rows& rows,
                               const SecondLoss<T>& second) {
    delta_ = deltas_.back();
    const double sum = evaluate(loss, targets, rows, delta_, second);
    multiply_by_slope(forward_.architecture().layers().size(), 0, outputs_);
    return sum;
}

template <typename T>
double BackwardSweep<T>::value(network::Loss loss, const Targets<T>& targets, const Rows& rows) {
    return evaluate(loss, targets, rows, nullptr, {});
}

template <typename T>
double BackwardSweep<T>::magnitude(network::Loss loss, const Targets<T>& targets, const Rows& rows) {
    delta_ = deltas_.back();
    evaluate(loss, targets, rows, delta_, {});
    double sum = 0;
    for (Index i = 0; i < rows.count; ++i) sum += std::abs(static_cast<double>(values_[i]));
    for (Index k = 0; k < outputs_; ++k) {
        const T *gradient = delta_ + k * forward_.stride(), *f = forward_.outputs() + k * forward_.stride();
        for (Index i = 0; i < rows.count; ++i) sum += std::abs(static_cast<double>(gradient[i] * f[i]));
    }
    return sum;
}

template <typename T>
void BackwardSweep<T>::start_with(network::Loss loss, const Targets<T>& targets, const Rows& rows, const T* x,
                                  T* second) {
    constexpr auto kind = network::SecondDerivative::positive;
    delta_ = deltas_.back();
    if (loss.function != nullptr) {
        evaluate(loss, targets, rows, delta_, {second, kind});
        network::multiply_stored_hessian(second, outputs_, forward_.rows(), x, delta_, forward_.stride());
    } else {
        evaluate(loss, targets, rows, nullptr, {});
        network::multiply_loss_hessian(loss, loss_block(targets), kind, x, delta_, forward_.stride());
    }
    multiply_by_slope(forward_.architecture().layers().size(), 0, outputs_);
}

template <typename T>
void BackwardSweep<T>::start_unit(Index output, const T* factors) {
    const Index stride = forward_.stride();
    delta_ = deltas_.back();
    for (Index k = 0; k < outputs_; ++k) std::fill_n(delta_ + k * stride, forward_.rows(), k == output ? T(1) : T(0));
    if (factors != nullptr) std::copy_n(factors, forward_.rows(), delta_ + output * stride);
    multiply_by_slope(forward_.architecture().layers().size(), 0, outputs_);
}

template <typename T>
void BackwardSweep<T>::run(const T* theta, T* gradient, bool accumulate) {
    propagate(theta, [&](std::size_t l) { add_layer_gradient(l, gradient, accumulate); });
}

// Features [first, last) of Δ_l.
template <typename T>
void BackwardSweep<T>::multiply_by_slope(std::size_t l, Index first, Index last) {
    if (forward_.slope(l) == nullptr) return;
    const Index rows = forward_.rows(), stride = forward_.stride();
    const T *slope = forward_.slope(l), *curvature = bends_[l] == nullptr ? nullptr : forward_.curvature(l);
    T *delta = delta_, *bend = bends_[l];
    for (Index offset = first * stride; offset < last * stride; offset += stride) {
        if (bend != nullptr) multiply(curvature + offset, delta + offset, rows, bend + offset);
        multiply(slope + offset, delta + offset, rows, delta + offset);
    }
}

template <typename T>
void BackwardSweep<T>::turn_delta(std::size_t l) {
    const Index stride = forward_.stride();
    const linalg::RowBlocks blocks(forward_.architecture().layers()[l - 1].outputs);
    delta_rows_ = deltas_rows_[l];
    threads::for_each(blocks.count(), forward_.threads(), [&](Index task, int) {
        const Index first = blocks.begin(task), count = blocks.begin(task + 1) - first;
        linalg::transpose(delta_ + first * stride, stride, count, forward_.rows(), delta_rows_ + first, delta_stride_);
    });
}

// Δ_{l-1} = σ′_{l-1} ⊙ (W_l Δ_l)
template <typename T>
void BackwardSweep<T>::step_back(std::size_t l, const T* theta) {
    const Layer& layer = forward_.architecture().layers()[l - 1];
    const Index stride = forward_.stride();
    const T* delta = delta_;
    delta_ = deltas_[l - 1];
    // Where nobody asks for σ″ ⊙ ∂J/∂a, the sums meet the slope before they are written.
    const bool at_once = forward_.slope(l - 1) != nullptr && bends_[l - 1] == nullptr;
    const linalg::RowBlocks blocks(layer.inputs);
    threads::for_each(blocks.count(), forward_.threads(), [&](Index task, int worker) {
        const Index first = blocks.begin(task), last = blocks.begin(task + 1);
        const linalg::Product<T> sum{.m = last - first,
                                     .n = forward_.rows(),
                                     .k = layer.outputs,
                                     .a = theta + layer.offset + first * layer.outputs,
                                     .a_stride = layer.outputs,
                                     .a_transposed = false,
                                     .b = delta,
                                     .b_stride = stride,
                                     .c = delta_ + first * stride,
                                     .c_stride = stride};
        const linalg::Finish<T> slope{.factor = at_once ? forward_.slope(l - 1) + first * stride : nullptr,
                                      .stride = stride};
        linalg::product<T>(sum, nullptr, at_once ? &slope : nullptr, forward_.scratch(worker));
        if (!at_once) multiply_by_slope(l - 1, first, last);
    });
}

template <typename T>
void BackwardSweep<T>::add_layer_gradient(std::size_t l, T* gradient, bool accumulate) {
    const Layer& layer = forward_.architecture().layers()[l - 1];
    const bool first_layer = l == 1;
    const T* a = first_layer ? forward_.input_rows() : forward_.activation(l - 1);
    const Index a_stride = first_layer ? forward_.input_stride() : forward_.stride();
    if (layer.outputs == 1 && !first_layer) {
        return linalg::rows_times_vector(a, a_stride, layer.rows(), forward_.rows(), delta_, gradient + layer.offset,
                                         accumulate);
    }
    const linalg::RowBlocks blocks(layer.rows());
    threads::for_each(blocks.count(), forward_.threads(), [&](Index task, int worker) {
        const Index first = blocks.begin(task), last = blocks.begin(task + 1);
        linalg::product<T>({.m = last - first,
                            .n = layer.outputs,
                            .k = forward_.rows(),
                            .a = a + (first_layer ? first : first * a_stride),
                            .a_stride = a_stride,
                            .a_transposed = first_layer,
                            .b = delta_rows_,
                            .b_stride = delta_stride_,
                            .c = gradient + layer.offset + first * layer.outputs,
                            .c_stride = layer.outputs,
                            .accumulate = accumulate},
                           forward_.scratch(worker));
    });
}

template class BackwardSweep<float>;
template class BackwardSweep<double>;

}  // namespace ravine::derivatives
