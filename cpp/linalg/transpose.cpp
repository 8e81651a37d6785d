#include "linalg/transpose.hpp"

#include "base/simd.hpp"

namespace ravine::linalg {

namespace {

template <typename T>
void transpose_square(const T* from, Index from_stride, T* to, Index to_stride) {
    constexpr Index n = simd::lanes<T>;
    simd::Pack<T> v[n];
#pragma GCC unroll 16
    for (Index i = 0; i < n; ++i) v[i] = simd::load(from + i * from_stride);
    simd::transpose<T>(v);
#pragma GCC unroll 16
    for (Index j = 0; j < n; ++j) simd::store(to + j * to_stride, v[j]);
}

template <typename T>
void transpose_plainly(const T* from, Index from_stride, Index rows, Index cols, T* to, Index to_stride) {
    for (Index j = 0; j < cols; ++j)
        for (Index i = 0; i < rows; ++i) to[j * to_stride + i] = from[i * from_stride + j];
}

}  // namespace

template <typename T>
void transpose(const T* from, Index from_stride, Index rows, Index cols, T* to, Index to_stride) {
    constexpr Index n = simd::lanes<T>;
    const Index square_rows = rows / n * n, square_cols = cols / n * n;
    for (Index i = 0; i < square_rows; i += n) {
        for (Index j = 0; j < square_cols; j += n)
            transpose_square(from + i * from_stride + j, from_stride, to + j * to_stride + i, to_stride);
    }
    transpose_plainly(from + square_cols, from_stride, square_rows, cols - square_cols, to + square_cols * to_stride,
                      to_stride);
    transpose_plainly(from + square_rows * from_stride, from_stride, rows - square_rows, cols, to + square_rows,
                      to_stride);
}

template void transpose(const float*, Index, Index, Index, float*, Index);
template void transpose(const double*, Index, Index, Index, double*, Index);

}  // namespace ravine::linalg
