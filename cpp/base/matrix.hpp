#pragma once

// Eigen's row-major views of memory that somebody else owns.

#include <Eigen/Core>

#include "base/one_level.hpp"
#include "base/types.hpp"

namespace ravine {

template <typename T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The distance between rows is free.
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

}  // namespace ravine
