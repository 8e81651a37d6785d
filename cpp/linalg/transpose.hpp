#pragma once

// Transposed copies, in register-sized squares.

#include "base/types.hpp"

namespace ravine::linalg {

// to[j * to_stride + i] = from[i * from_stride + j] for i < rows, j < cols. The two must not overlap.
template <typename T>
void transpose(const T* from, Index from_stride, Index rows, Index cols, T* to, Index to_stride);

}  // namespace ravine::linalg
