#include "derivatives/tangent.hpp"

#include <algorithm>

#include "base/simd.hpp"
#include "base/threads.hpp"
#include "linalg/product.hpp"
#include "linalg/rows_times_vector.hpp"
#include "linalg/transpose.hpp"

namespace ravine::derivatives {

using network::Architecture;
using network::Layer;
using network::Part;

namespace {

// delta becomes slope ⊙ delta, plus bend ⊙ moved if there is a bend. Whole registers.
template <typename T>
void bend_delta(const T* slope, const T* bend, const T* moved, Index rows, T* delta) {
    for (Index i = 0; i < rows; i += simd::lanes<T>) {
        const simd::Pack<T> sloped = simd::load(slope + i) * simd::load(delta + i);
        simd::store(delta + i, bend == nullptr ? sloped : sloped + simd::load(bend + i) * simd::load(moved + i));
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
    moved_.assign(depth + 1, nullptr);
    for (std::size_t l = 1; l <= depth; ++l) {
        const Index outputs = layer(l).outputs;
        tangents_[l] = cutter.take<T>(checked_product(outputs + 1, stride_));
        if (!cutter.measures()) std::fill_n(tangents_[l] + outputs * stride_, stride_, T(0));
        if (layer(l).activation != network::Activation::identity)
            moved_[l] = cutter.take<T>(checked_product(outputs, stride_));
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
    const Index offset_of_weights = here.offset + part.first;
    const Index own = part.first * stride_ + part.row, other = part.first * at.block.stride + part.row;
    const linalg::Product<T> along{.m = part.last - part.first,
                                   .n = part.rows,
                                   .k = here.rows(),
                                   .a = at.v + offset_of_weights,
                                   .a_stride = here.outputs,
                                   .a_transposed = true,
                                   .b = swept.inputs + part.row,
                                   .b_stride = at.block.stride,
                                   .c = tangents_[l] + own,
                                   .c_stride = stride_};
    const linalg::Factors<T> onward{.k = here.inputs,
                                    .a = at.theta + offset_of_weights,
                                    .a_stride = here.outputs,
                                    .a_transposed = true,
                                    .b = l > 1 ? tangents_[l - 1] + part.row : nullptr,
                                    .b_stride = stride_};
    const bool bent = swept.slope != nullptr;
    const linalg::Finish<T> bend{.factor = bent ? swept.slope + other : nullptr,
                                 .stride = at.block.stride,
                                 .plain = bent && at.exact ? moved_[l] + own : nullptr};
    linalg::product<T>(along, l > 1 ? &onward : nullptr, bent ? &bend : nullptr, scratch(worker));
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
    const SweptLayer<T>& top = at.block.layers.back();
    if (top.slope == nullptr) return;
    for (Index i = 0; i < architecture_.outputs(); ++i) {
        const Index own = i * stride_, other = i * at.block.stride;
        bend_delta(top.slope + other, at.exact ? top.bend + other : nullptr, moved_.back() + own, at.block.rows,
                   delta_ + own);
    }
}

// Ã_{l-1}ᵀ R{Δ_l} + R{Ã_{l-1}}ᵀ Δ_l
template <typename T>
void TangentSweep<T>::add_layer(const Direction& at, std::size_t l, T* product, bool accumulate) {
    const Layer& here = layer(l);
    if (here.outputs == 1 && l > 1) return add_single(at, l, product + here.offset, accumulate);
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
        const linalg::Product<T> sum{.m = last - first,
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
        if (!at.exact || first_layer) return linalg::product(sum, scratch(worker));
        const linalg::Factors<T> moving{.k = at.block.rows,
                                        .a = tangents_[l - 1] + first * stride_,
                                        .a_stride = stride_,
                                        .a_transposed = false,
                                        .b = swept.delta_rows,
                                        .b_stride = swept.delta_stride};
        linalg::product<T>(sum, &moving, nullptr, scratch(worker));
    });
}

// The same for a layer of one unit.
template <typename T>
void TangentSweep<T>::add_single(const Direction& at, std::size_t l, T* product, bool accumulate) const {
    const SweptLayer<T>& swept = at.block.layers[l - 1];
    const Index rows = layer(l).rows();
    linalg::rows_times_vector(swept.inputs, at.block.stride, rows, at.block.rows, delta_, product, accumulate);
    if (at.exact) linalg::rows_times_vector(tangents_[l - 1], stride_, rows, at.block.rows, swept.delta, product, true);
}

// R{Δ_{l-1}}
template <typename T>
void TangentSweep<T>::go_back(const Direction& at, std::size_t l) {
    const T* const delta = delta_;
    std::swap(delta_, next_);
    network::for_parts<T>(layer(l).inputs, at.block.rows, threads_,
                          [&](const Part& part, int worker) { back_part(at, l, delta, part, worker); });
}

template <typename T>
void TangentSweep<T>::back_part(const Direction& at, std::size_t l, const T* delta, const Part& part, int worker) {
    const Layer& here = layer(l);
    const SweptLayer<T>& below = at.block.layers[l - 2];
    const Index offset_of_weights = here.offset + part.first * here.outputs;
    const Index own = part.first * stride_ + part.row, other = part.first * at.block.stride + part.row;
    const linalg::Product<T> onward{.m = part.last - part.first,
                                    .n = part.rows,
                                    .k = here.outputs,
                                    .a = at.theta + offset_of_weights,
                                    .a_stride = here.outputs,
                                    .a_transposed = false,
                                    .b = delta + part.row,
                                    .b_stride = stride_,
                                    .c = delta_ + own,
                                    .c_stride = stride_};
    const linalg::Factors<T> along{.k = here.outputs,
                                   .a = at.v + offset_of_weights,
                                   .a_stride = here.outputs,
                                   .a_transposed = false,
                                   .b = at.block.layers[l - 1].delta + part.row,
                                   .b_stride = at.block.stride};
    const bool bent = below.slope != nullptr;
    const linalg::Finish<T> bend{.factor = bent ? below.slope + other : nullptr,
                                 .stride = at.block.stride,
                                 .added_factor = bent && at.exact ? below.bend + other : nullptr,
                                 .added = bent && at.exact ? moved_[l - 1] + own : nullptr};
    linalg::product<T>(onward, at.exact ? &along : nullptr, bent ? &bend : nullptr, scratch(worker));
}

template class TangentSweep<float>;
template class TangentSweep<double>;

}  // namespace ravine::derivatives
