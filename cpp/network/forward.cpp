#include "network/forward.hpp"

#include <algorithm>

#include "base/simd.hpp"
#include "base/threads.hpp"
#include "linalg/product.hpp"
#include "linalg/transpose.hpp"

namespace ravine::network {

namespace {

// Rows of the block that make one task where they are loaded.
constexpr Index load_rows = 64;

// Rows of a block in predict(): enough to hide what a block costs, few enough to stay in the second-level cache.
constexpr Index predict_rows = 128;

}  // namespace

template <typename T>
Index feature_stride(Index rows) {
    return padded_rows<T>(rows) + Cutter::alignment / static_cast<Index>(sizeof(T));
}

template <typename T>
Scratch<T>::Scratch(Cutter& cutter) : product(cutter.take<T>(linalg::product_scratch())) {}

template <typename T>
Index padded_rows(Index rows) {
    return linalg::padded<T>(rows);
}

template <typename T>
Index narrow_rows() {
    return 3 * simd::lanes<T>;
}

template <typename T>
ForwardSweep<T>::ForwardSweep(const Architecture& architecture, Index capacity, Keep keep, int threads, Cutter& cutter)
    : architecture_(architecture),
      stride_(feature_stride<T>(capacity)),
      input_stride_(architecture.layers().front().rows()),
      threads_(threads),
      keep_(keep),
      input_rows_(cutter.take<T>(checked_product(stride_, input_stride_))),
      measuring_(cutter.measures()) {
    const auto& layers = architecture.layers();
    activations_.reserve(layers.size() + 1);
    slopes_.reserve(layers.size() + 1);
    curvatures_.reserve(layers.size() + 1);
    scratch_.reserve(static_cast<std::size_t>(threads));
    for (std::size_t l = 0; l <= layers.size(); ++l) {
        const Index features = l == 0 ? layers[0].inputs : layers[l - 1].outputs;
        const bool ones = l < layers.size() && layers[l].bias;
        T* block = cutter.take<T>(checked_product(features + (ones ? 1 : 0), stride_));
        activations_.push_back(block);
        if (ones && !measuring_) std::fill_n(block + features * stride_, stride_, T(1));
        const bool curved = l > 0 && layers[l - 1].activation != Activation::identity;
        const auto take = [&](bool wanted) {
            return wanted ? cutter.take<T>(checked_product(features, stride_)) : nullptr;
        };
        slopes_.push_back(take(curved && keep != Keep::values));
        curvatures_.push_back(take(curved && keep == Keep::curvatures));
    }
    for (int worker = 0; worker < threads; ++worker) scratch_.emplace_back(cutter);
}

template <typename T>
void ForwardSweep<T>::load(const Inputs<T>& inputs, const Rows& rows, const Targets<T>* targets) {
    padded_ = padded_rows<T>(rows.count);
    threads::for_each(ceil_divide(padded_, load_rows), threads_, [&](Index task, int) {
        const Index first = task * load_rows, last = std::min(first + load_rows, padded_);
        load_part(inputs, rows, targets, first, last);
    });
}

// Rows [first, last) of the block.
template <typename T>
void ForwardSweep<T>::load_part(const Inputs<T>& inputs, const Rows& rows, const Targets<T>* targets, Index first,
                                Index last) {
    const bool ones = architecture_.layers().front().bias;
    const Index filled = std::clamp(rows.count, first, last);
    for (Index i = first; i < filled; ++i) {
        T* row = input_rows_ + i * input_stride_;
        const bool absent = targets != nullptr && targets->weight(rows[i]) == 0;
        if (absent) {
            std::fill_n(row, inputs.cols, T(0));
        } else {
            std::copy_n(inputs.data + rows[i] * inputs.stride, inputs.cols, row);
        }
        if (ones) row[inputs.cols] = T(1);
    }
    std::fill(input_rows_ + filled * input_stride_, input_rows_ + last * input_stride_, T(0));
    linalg::transpose(input_rows_ + first * input_stride_, input_stride_, last - first, inputs.cols,
                      activations_[0] + first, stride_);
}

template <typename T>
void ForwardSweep<T>::run(const T* theta) {
    for (std::size_t l = 1; l <= architecture_.layers().size(); ++l) run_layer(l, theta);
}

template <typename T>
void ForwardSweep<T>::run_layer(std::size_t l, const T* theta) {
    for_parts<T>(architecture_.layers()[l - 1].outputs, padded_, threads_,
                 [&](const Part& part, int worker) { run_part(l, theta, part, worker); });
}

template <typename T>
void ForwardSweep<T>::run_part(std::size_t l, const T* theta, const Part& part, int worker) {
    const Layer& layer = architecture_.layers()[l - 1];
    const Index corner = part.first * stride_ + part.row;
    T* z = activations_[l] + corner;
    linalg::product<T>({.m = part.last - part.first,
                        .n = part.rows,
                        .k = layer.rows(),
                        .a = theta + layer.offset + part.first,
                        .a_stride = layer.outputs,
                        .a_transposed = true,
                        .b = activations_[l - 1] + part.row,
                        .b_stride = stride_,
                        .c = z,
                        .c_stride = stride_},
                       scratch(worker));
    if (layer.activation == Activation::identity) return;
    const auto at = [](T* block, Index offset) { return block == nullptr ? nullptr : block + offset; };
    activate<T>(layer.activation, {.vectors = part.last - part.first, .count = part.rows, .stride = stride_}, z, z,
                at(slopes_[l], corner), at(curvatures_[l], corner));
}

template <typename T>
void predict(const Architecture& architecture, const T* theta, const Inputs<T>& inputs, T* out, Index out_stride,
             Workspace& workspace) {
    const Index capacity = std::min(predict_rows, inputs.rows), chunks = ceil_divide(inputs.rows, predict_rows);
    const double work = static_cast<double>(inputs.rows) * static_cast<double>(architecture.parameters());
    const int threads = static_cast<int>(std::min<Index>(threads::worth(work), std::max<Index>(chunks, 1)));
    const auto cut = [&](Cutter cutter) {
        std::vector<ForwardSweep<T>> sweeps;
        sweeps.reserve(static_cast<std::size_t>(threads));
        for (int worker = 0; worker < threads; ++worker)
            sweeps.emplace_back(architecture, capacity, Keep::values, 1, cutter);
        return std::pair(std::move(sweeps), cutter.bytes());
    };
    auto sweeps = cut(workspace.cutter(cut(Cutter()).second)).first;
    threads::for_each(chunks, threads, [&](Index chunk, int worker) {
        const Index first = chunk * predict_rows, last = std::min(first + predict_rows, inputs.rows);
        ForwardSweep<T>& sweep = sweeps[static_cast<std::size_t>(worker)];
        sweep.load(inputs, {nullptr, first, last - first});
        sweep.run(theta);
        linalg::transpose(sweep.outputs(), sweep.stride(), architecture.outputs(), last - first,
                          out + first * out_stride, out_stride);
    });
}

template struct Scratch<float>;
template struct Scratch<double>;
template class ForwardSweep<float>;
template class ForwardSweep<double>;
template Index padded_rows<float>(Index);
template Index padded_rows<double>(Index);
template Index feature_stride<float>(Index);
template Index feature_stride<double>(Index);
template Index narrow_rows<float>();
template Index narrow_rows<double>();
template void predict(const Architecture&, const float*, const Inputs<float>&, float*, Index, Workspace&);
template void predict(const Architecture&, const double*, const Inputs<double>&, double*, Index, Workspace&);

}  // namespace ravine::network
