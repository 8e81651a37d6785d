#pragma once

// The matrix product under every derivative: C = AB or C += AB, row-major. The kernel reads both factors along k-th
// rows: B (k, n) as it lies, A best as its transpose (k, m), which is how weights (inputs, outputs) come; an A that
// lies (m, k) is transposed block by block on the way in.
//
// One thread. An element of C is the sum over k in ascending order within cuts of constant size: its bits depend
// neither on m and n, nor on the addresses, nor on how a caller shares C out among threads.

#include "base/types.hpp"

namespace ravine::linalg {

// Rows of C that one call treats at a time: a good size for a task.
inline constexpr Index product_rows = 64;

// Elements of scratch memory that product() needs.
Index product_scratch();

// Elements in a row that the product reads of B: n rounded up to whole registers. The padding may hold any numbers.
template <typename T>
Index padded(Index n);

template <typename T>
struct Product {
    Index m, n, k;
    const T* a;
    Index a_stride;
    bool a_transposed;  // whether a points to Aᵀ (k, m)
    const T* b;
    Index b_stride;  // at least padded<T>(n)
    T* c;
    Index c_stride;
    bool accumulate = false;
};

template <typename T>
void product(const Product<T>& p, T* scratch);

}  // namespace ravine::linalg
