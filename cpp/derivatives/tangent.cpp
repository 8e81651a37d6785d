#include "derivatives/tangent.hpp"

#include <algorithm>

#include "base/simd.hpp"
#include "base/threads.hpp"
#include "linalg/product.hpp"
#include "linalg/transpose.hpp"

namespace ravine::derivatives {

using network::Architecture;
using network::Layer;
using network::Part;

namespace {

// z becomes slope ⊙ z, and bent = bend ⊙ z if there is a bend. Whole registers.
template <typename T>
void bend_tangent(const T* slope, const T* bend, Index rows, T* z, T* bent) {
    for (Index i = 0; i < rows; i += simd::lanes<T>) {
        const simd::Pack<T> tangent = simd::load(z + i);
        if (bend != nullptr) simd::store(bent + i, simd::load(bend + i) * tangent);
        simd::store(z + i, simd::load(slope + i) * tangent);
    }
}

// delta becomes slope ⊙ delta, plus bent if there is one. Whole registers.
template <typename T>
void slope_delta(const T* slope, const T* bent, Index rows, T* delta) {
    for (Index i = 0; i < rows; i += simd::lanes<T>) {
        const simd::Pack<T> sloped = simd::load(slope + i) * simd::load(delta + i);
        simd::store(delta + i, bent == nullptr ? sloped : sloped + simd::load(bent + i));
    }
}

}  // namespace

template <typename T>
TangentSweep<T>::TangentSweep(const Architecture& architecture, Index capacity, int threads, Cutter& cutter)
    : architecture_(architecture),
      stride_(network::feature_stride<T>(capacity)),
      delta_stride_(linalg::padded<T>(architecture.widest())),
      threads_(threads) {
    const std::size_t depth = architecture.layers().size();
    tangents_.assign(depth + 1, nullptr);
    bent_.assign(depth + 1, nullptr);
    for (std::size_t l = 1; l <= depth; ++l) {
        const Index size = checked_product(layer(l).outputs, stride_);
        tangents_[l] = cutter.take<T>(size);
        if (layer(l).activation != network::Activation::identity) bent_[l] = cutter.take<T>(size);
    }
    delta_ = cutter.take<T>(checked_product(architecture.widest(), stride_));
    next_ = cutter.take<T>(checked_product(architecture.widest(), stride_));
    delta_rows_ = cutter.take<T>(checked_product(delta_stride_, stride_));
    scratch_.reserve(static_cast<std::size_t>(threads));
    for (int worker = 0; worker < threads; ++worker) scratch_.emplace_back(cutter);
}

template <typename T>
void TangentSweep<T>::run(Matrix matrix, network::Loss loss, const SweptBlock<T>& block, const T* theta, const T* v,
                          T* product, bool accumulate) {
    const Direction at{matrix == Matrix::hessian, block, theta, v};
    const std::size_t depth = architecture_.layers().size();
    for (std::size_t l = 1; l <= depth; ++l) go_forward(at, l);
    turn_back(at, loss);
    for (std::size_t l = depth; l >= 1; --l) {
        add_layer(at, l, product, accumulate);
        if (l > 1) go_back(at, l);
    }
}

template <typename T>
void TangentSweep<T>::go_forward(const Direction& at, std::size_t l) {
    network::for_parts<T>(layer(l).outputs, at.block.rows, threads_,
                          [&](const Part& part, int worker) { forward_part(at, l, part, worker); });
}

// R{z_l} = V_lᵀ ã_{l-1} + W_lᵀ R{a_{l-1}}, and what follows from it.
template <typename T>
void TangentSweep<T>::forward_part(const Direction& at, std::size_t l, const Part& part, int worker) {
    const Layer& here = layer(l);
    const SweptLayer<T>& swept = at.block.layers[l - 1];
    T* const z = tangents_[l] + part.first * stride_ + part.row;
    const auto multiply = [&](const T* weights, Index inputs, const T* from, Index from_stride, bool accumulate) {
        linalg::product<T>({.m = part.last - part.first,
                            .n = part.rows,
                            .k = inputs,
                            .a = weights + here.offset + part.first,
                            .a_stride = here.outputs,
                            .a_transposed = true,
                            .b = from + part.row,
                            .b_stride = from_stride,
                            .c = z,
                            .c_stride = stride_,
                            .accumulate = accumulate},
                           scratch(worker));
    };
    multiply(at.v, here.rows(), swept.inputs, at.block.stride, false);
    if (l > 1) multiply(at.theta, here.inputs, tangents_[l - 1], stride_, true);
    if (swept.slope == nullptr) return;
    for (Index i = part.first; i < part.last; ++i) {
        const Index offset = i * at.block.stride + part.row, own = i * stride_ + part.row;
        const T* bend = at.exact ? swept.bend + offset : nullptr;
        bend_tangent(swept.slope + offset, bend, part.rows, tangents_[l] + own, bent_[l] + own);
    }
}

// R{Δ_L}
template <typename T>
void TangentSweep<T>::turn_back(const Direction& at, network::Loss loss) {
    const T* tangent = tangents_.back();
    if (at.block.loss_hessian != nullptr) {
        network::multiply_stored_hessian(at.block.loss_hessian, architecture_.outputs(), at.block.rows, tangent, delta_,
                                         stride_);
    } else {
        const auto second = at.exact ? network::SecondDerivative::exact : network::SecondDerivative::positive;
        network::multiply_loss_hessian(loss, at.block.loss, second, tangent, delta_, stride_);
    }
    bend_delta(at, architecture_.layers().size(), 0, architecture_.outputs());
}

// Features [first, last): R{Δ_l} from R{G_l}, in place.
template <typename T>
void TangentSweep<T>::bend_delta(const Direction& at, std::size_t l, Index first, Index last) {
    const SweptLayer<T>& swept = at.block.layers[l - 1];
    if (swept.slope == nullptr) return;
    for (Index i = first; i < last; ++i) {
        const T* bent = at.exact ? bent_[l] + i * stride_ : nullptr;
        slope_delta(swept.slope + i * at.block.stride, bent, at.block.rows, delta_ + i * stride_);
    }
}

// Ã_{l-1}ᵀ R{Δ_l} + R{Ã_{l-1}}ᵀ Δ_l
template <typename T>
void TangentSweep<T>::add_layer(const Direction& at, std::size_t l, T* product, bool accumulate) {
    const Layer& here = layer(l);
    const SweptLayer<T>& swept = at.block.layers[l - 1];
    const bool first_layer = l == 1;
    const T* inputs = first_layer ? at.block.input_rows : swept.inputs;
    const Index inputs_stride = first_layer ? at.block.input_stride : at.block.stride;
    const linalg::RowBlocks turned(here.outputs), blocks(here.rows());
    threads::for_each(turned.count(), threads_, [&](Index task, int) {
        const Index first = turned.begin(task), count = turned.begin(task + 1) - first;
        linalg::transpose(delta_ + first * stride_, stride_, count, at.block.rows, delta_rows_ + first, delta_stride_);
    });
    threads::for_each(blocks.count(), threads_, [&](Index task, int worker) {
        const Index first = blocks.begin(task), last = blocks.begin(task + 1);
        linalg::Product<T> sum{.m = last - first,
                               .n = here.outputs,
                               .k = at.block.rows,
                               .a = inputs + (first_layer ? first : first * inputs_stride),
                               .a_stride = inputs_stride,
                               .a_transposed = first_layer,
                               .b = delta_rows_,
                               .b_stride = delta_stride_,
                               .c = product + here.offset + first * here.outputs,
                               .c_stride = here.outputs,
                               .accumulate = accumulate};
        linalg::product(sum, scratch(worker));
        if (!at.exact || first_layer) return;
        sum.m = std::min(last, here.inputs) - first;  // the row of ones does not move
        sum.a = tangents_[l - 1] + first * stride_;
        sum.a_stride = stride_;
        sum.b = swept.delta_rows;
        sum.b_stride = swept.delta_stride;
        sum.accumulate = true;
        if (sum.m > 0) linalg::product(sum, scratch(worker));
    });
}

// R{Δ_{l-1}}
template <typename T>
void TangentSweep<T>::go_back(const Direction& at, std::size_t l) {
    const Layer& here = layer(l);
    const T* const delta = delta_;
    std::swap(delta_, next_);
    const linalg::RowBlocks blocks(here.inputs);
    threads::for_each(blocks.count(), threads_, [&](Index task, int worker) {
        const Index first = blocks.begin(task), last = blocks.begin(task + 1);
        linalg::Product<T> sum{.m = last - first,
                               .n = at.block.rows,
                               .k = here.outputs,
                               .a = at.theta + here.offset + first * here.outputs,
                               .a_stride = here.outputs,
                               .a_transposed = false,
                               .b = delta,
                               .b_stride = stride_,
                               .c = delta_ + first * stride_,
                               .c_stride = stride_};
        linalg::product(sum, scratch(worker));
        if (at.exact) {
            sum.a = at.v + here.offset + first * here.outputs;
            sum.b = at.block.layers[l - 1].delta;
            sum.b_stride = at.block.stride;
            sum.accumulate = true;
            linalg::product(sum, scratch(worker));
        }
        bend_delta(at, l - 1, first, last);
    });
}

template class TangentSweep<float>;
template class TangentSweep<double>;

}  // namespace ravine::derivatives
