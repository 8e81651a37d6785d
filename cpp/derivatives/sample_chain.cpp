#include "derivatives/sample_chain.hpp"

#include <algorithm>

#include "derivatives/block_tasks.hpp"
#include "linalg/product.hpp"
#include "linalg/transpose.hpp"

namespace ravine::derivatives {

using network::Layer;

template <typename T>
SampleChain<T>::SampleChain(const SampleChunk<T>& chunk, Matrix matrix, Cutter& cutter) : chunk_(chunk) {
    const std::size_t depth = chunk.architecture().layers().size();
    for (auto& list : cross_) list.assign(depth + 1, nullptr);
    for (auto& list : slopes_) list.assign(depth + 1, nullptr);
    transposed_.assign(depth + 1, nullptr);
    for (std::size_t m = 2; m <= depth; ++m) {
        transposed_[m] = cutter.take<T>(checked_product(layer(m).outputs, linalg::padded<T>(layer(m).inputs)));
        std::array<Index, 2> widest{};  // of the layers below, by parity
        for (std::size_t l = 1; l < m; ++l) widest[l % 2] = std::max(widest[l % 2], layer(l).outputs);
        for (std::size_t parity = 0; parity < 2; ++parity) {
            if (widest[parity] == 0) continue;
            const Index size = checked_product(layer(m).outputs, chunk.block_stride(widest[parity]));
            cross_[parity][m] = cutter.take<T>(size);
            if (matrix == Matrix::hessian && m < depth) slopes_[parity][m] = cutter.take<T>(size);
        }
    }
    const bool factored = is_factored(chunk.architecture());
    factors_ = cutter.take<T>(factored ? checked_product(layer(2).outputs, chunk.block_stride(layer(1).outputs)) : 0);
}

template <typename T>
void SampleChain<T>::start(const T* theta) {
    for (std::size_t l = 2; l < transposed_.size(); ++l) {
        linalg::transpose(theta + layer(l).offset, layer(l).outputs, layer(l).inputs, layer(l).outputs, transposed_[l],
                          linalg::padded<T>(layer(l).inputs));
    }
}

template <typename T>
void SampleChain<T>::make_diagonal(std::size_t l, Index first, Index last, const T* theta, T* rows, T* scratch) const {
    const Layer& above = layer(l + 1);
    const Index n = layer(l).outputs, stride = chunk_.block_stride(n), samples = chunk_.samples();
    linalg::product<T>({.m = last - first,
                        .n = samples * n,
                        .k = above.outputs,
                        .a = theta + above.offset + first * above.outputs,
                        .a_stride = above.outputs,
                        .a_transposed = false,
                        .b = cross(l + 1, l),
                        .b_stride = stride,
                        .c = rows,
                        .c_stride = stride},
                       scratch);
    const LayerRows<T>& at = chunk_.layer(l);
    for (Index i = first; i < last; ++i) {
        T* row = rows + (i - first) * stride;
        for (Index s = 0; s < samples; ++s, row += n) {
            const T slope = at.slope[s * n + i];
            for (Index p = 0; p < n; ++p) row[p] *= slope;
            row[i] += at.bend[s * n + i];
        }
    }
}

template <typename T>
void SampleChain<T>::step_down(std::size_t l, Index first, Index last, const T* from, T* to, T* scratch) const {
    const Index n = layer(l).outputs, below = layer(l).inputs, samples = chunk_.samples();
    const T* slope = chunk_.layer(l - 1).slope;
    for (Index i = first; i < last; ++i) {
        T* row = to + i * chunk_.block_stride(below);
        linalg::product<T>({.m = samples,
                            .n = below,
                            .k = n,
                            .a = from + (i - first) * chunk_.block_stride(n),
                            .a_stride = n,
                            .a_transposed = false,
                            .b = transposed_[l],
                            .b_stride = linalg::padded<T>(below),
                            .c = row,
                            .c_stride = below},
                           scratch);
        for (Index e = 0; e < samples * below; ++e) row[e] *= slope[e];
    }
}

template <typename T>
void SampleChain<T>::make_factors(Index first, Index last, const T* theta) const {
    const Index n = layer(1).outputs, above = layer(2).outputs;
    const T* slope = chunk_.layer(1).slope;
    for (Index k = first; k < last; ++k) {
        const T* weights = theta + layer(2).offset + k;
        T* row = factors_ + k * chunk_.block_stride(n);
        for (Index s = 0; s < chunk_.samples(); ++s)
            for (Index i = 0; i < n; ++i) row[s * n + i] = slope[s * n + i] * weights[i * above];
    }
}

template <typename T>
void SampleChain<T>::start_slopes(std::size_t l, Index first, Index last) const {
    const Index n = layer(l).outputs, below = layer(l).inputs;
    const T *slope = chunk_.layer(l).slope, *slope_below = chunk_.layer(l - 1).slope;
    for (Index j = first; j < last; ++j) {
        const T* weights = transposed_[l] + j * linalg::padded<T>(below);
        T* row = slopes(l, l - 1) + j * chunk_.block_stride(below);
        for (Index s = 0; s < chunk_.samples(); ++s) {
            for (Index p = 0; p < below; ++p)
                row[s * below + p] = slope[s * n + j] * weights[p] * slope_below[s * below + p];
        }
    }
}

template class SampleChain<float>;
template class SampleChain<double>;

}  // namespace ravine::derivatives
