#pragma once

// The vocabulary of every room: sizes, matrix views, checked multiplication.

#include <Eigen/Core>

#include <cstddef>
#include <limits>

#include "base/errors.hpp"

namespace ravine {

// Signed and 64 bits wide: P^2 overflows an int at P = 46,341.
using Index = std::ptrdiff_t;

template <typename T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Row-major views of memory that somebody else owns; the distance between rows is free.
template <typename T>
using MatrixView = Eigen::Map<Matrix<T>, Eigen::Unaligned, Eigen::OuterStride<>>;
template <typename T>
using ConstMatrixView = Eigen::Map<const Matrix<T>, Eigen::Unaligned, Eigen::OuterStride<>>;

template <typename T>
MatrixView<T> view(T* data, Index rows, Index cols, Index stride) {
    return {data, rows, cols, Eigen::OuterStride<>(stride)};
}

template <typename T>
ConstMatrixView<T> const_view(const T* data, Index rows, Index cols, Index stride) {
    return {data, rows, cols, Eigen::OuterStride<>(stride)};
}

// a * b for sizes that are not negative; throws SizeOverflow where the result is no Index.
inline Index checked_product(Index a, Index b) {
    if (a != 0 && b > std::numeric_limits<Index>::max() / a) throw SizeOverflow(a, b);
    return a * b;
}

// a + b for sizes that are not negative; throws SizeOverflow where the result is no Index.
inline Index checked_sum(Index a, Index b) {
    if (b > std::numeric_limits<Index>::max() - a) throw SizeOverflow(a, b);
    return a + b;
}

constexpr Index round_up(Index n, Index multiple) { return (n + multiple - 1) / multiple * multiple; }
constexpr Index ceil_divide(Index n, Index divisor) { return (n + divisor - 1) / divisor; }

}  // namespace ravine
