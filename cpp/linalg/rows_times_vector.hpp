#pragma once

#include "base/types.hpp"

namespace ravine::linalg {

// y = A x, or y += A x, for A (m, k) row-major: what product() would spend a whole register on for a single column. k
// is a multiple of the register's width. An element's bits depend on its row, on x and on k alone.
template <typename T>
void rows_times_vector(const T* a, Index a_stride, Index m, Index k, const T* x, T* y, bool accumulate);

}  // namespace ravine::linalg
