#include "derivatives/swept_block.hpp"

#include <algorithm>

#include "linalg/product.hpp"

namespace ravine::derivatives {

using network::Activation;
using network::Architecture;
using network::Layer;
using network::Rows;

template <typename T>
BlockSweeps<T>::BlockSweeps(const Architecture& architecture, network::Loss loss, Index capacity, int threads,
                            Cutter& cutter)
    : forward_(architecture, capacity, network::Keep::curvatures, threads, cutter),
      backward_(forward_, cutter, Deltas::kept) {
    const Index outputs = architecture.outputs();
    const Index numbers = checked_product(checked_product(outputs, outputs), network::padded_rows<T>(capacity));
    loss_hessian_ = loss.function == nullptr ? nullptr : cutter.take<T>(numbers);
    block_.stride = forward_.stride();
    block_.input_rows = forward_.input_rows();
    block_.input_stride = forward_.input_stride();
    block_.loss_hessian = loss_hessian_;
    for (std::size_t l = 1; l <= architecture.layers().size(); ++l) {
        block_.layers.push_back({.inputs = forward_.activation(l - 1),
                                 .slope = forward_.slope(l),
                                 .bend = backward_.bend(l),
                                 .delta = backward_.delta(l),
                                 .delta_rows = backward_.delta_rows(l),
                                 .delta_stride = backward_.delta_stride()});
    }
}

template <typename T>
double BlockSweeps<T>::go_forward(network::Loss loss, const network::Samples<T>& samples, const Rows& rows,
                                  const T* theta) {
    forward_.load(samples.inputs, rows, &samples.targets);
    forward_.run(theta);
    const double value = backward_.start(loss, samples.targets, rows, {loss_hessian_});
    block_.rows = forward_.rows();
    block_.loss = backward_.loss_block(samples.targets);
    return value;
}

template <typename T>
void BlockSweeps<T>::go_back(const T* theta, T* gradient, bool accumulate) {
    backward_.propagate(theta, [&](std::size_t l) {
        if (gradient != nullptr) backward_.add_layer_gradient(l, gradient, accumulate);
    });
}

template <typename T>
KeptBlock<T>::KeptBlock(const Architecture& architecture, network::Loss loss, const network::Targets<T>& like,
                        Index capacity, Cutter& cutter)
    : architecture_(architecture),
      loss_(loss),
      labels_(like.labels != nullptr),
      stride_(network::feature_stride<T>(capacity)),
      place_(nullptr) {
    Cutter measure;
    lay_out(nullptr, measure);
    place_ = cutter.take<std::byte>(measure.bytes());
}

template <typename T>
void KeptBlock<T>::take(const SweptBlock<T>& block) {
    Cutter cutter(place_);
    lay_out(&block, cutter);
}

// Copies the block into memory cut from `cutter`; without a block it only cuts.
template <typename T>
void KeptBlock<T>::lay_out(const SweptBlock<T>* from, Cutter& cutter) {
    const Index rows = from == nullptr ? stride_ : from->rows, outputs = architecture_.outputs();
    const auto lines = [&]<typename U>(const U* source, Index source_stride, Index count, Index length, Index stride) {
        U* const to = cutter.take<U>(checked_product(count, stride));
        if (from == nullptr) return static_cast<const U*>(to);
        for (Index i = 0; i < count; ++i) std::copy_n(source + i * source_stride, length, to + i * stride);
        return static_cast<const U*>(to);
    };
    const auto features = [&]<typename U>(const U* source, Index count) {
        return lines(source, from == nullptr ? 0 : from->stride, count, rows, stride_);
    };
    block_.rows = rows;
    block_.stride = stride_;
    block_.input_stride = architecture_.layers().front().rows();
    block_.input_rows = lines(from == nullptr ? nullptr : from->input_rows, block_.input_stride, rows,
                              block_.input_stride, block_.input_stride);
    block_.layers.clear();
    for (std::size_t l = 0; l < architecture_.layers().size(); ++l) {
        const Layer& layer = architecture_.layers()[l];
        const SweptLayer<T> source = from == nullptr ? SweptLayer<T>{} : from->layers[l];
        const bool curved = layer.activation != Activation::identity;
        const Index width = linalg::padded<T>(layer.outputs);
        block_.layers.push_back(
            {.inputs = features(source.inputs, layer.rows()),
             .slope = curved ? features(source.slope, layer.outputs) : nullptr,
             .bend = curved ? features(source.bend, layer.outputs) : nullptr,
             .delta = features(source.delta, layer.outputs),
             .delta_rows = lines(source.delta_rows, source.delta_stride, rows, layer.outputs, width),
             .delta_stride = width});
    }
    if (loss_.function != nullptr) {
        const T* hessian = from == nullptr ? nullptr : from->loss_hessian;
        block_.loss_hessian = lines(hessian, 0, 1, rows * outputs * outputs, rows * outputs * outputs);
        return;
    }
    const network::LossBlock<T> loss = from == nullptr ? network::LossBlock<T>{} : from->loss;
    block_.loss = loss;
    block_.loss.stride = stride_;
    block_.loss.f = features(loss.f, outputs);
    block_.loss.targets = labels_ ? nullptr : features(loss.targets, loss_.target_columns(outputs));
    block_.loss.labels = labels_ ? features(loss.labels, 1) : nullptr;
    block_.loss.weights = features(loss.weights, 1);
}

template class BlockSweeps<float>;
template class BlockSweeps<double>;
template class KeptBlock<float>;
template class KeptBlock<double>;

}  // namespace ravine::derivatives
