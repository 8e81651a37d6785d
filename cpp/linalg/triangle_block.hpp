#pragma once

// Triangular work on one block that fits the first caches, in registers: what the blocked algorithms over it call.
//
// U is upper triangular, row-major; what lies below its diagonal is never used. Sides are rows of numbers of which
// `columns` count; whole registers of them are read and written, so that a row must have room for
// padded<T>(columns). A column of the result depends on its own numbers alone: its bits do not depend on how many
// columns there are, or on which.

#include "base/types.hpp"

namespace ravine::linalg {

// Orders up to which a block is treated without cutting it further.
inline constexpr Index block_order = 64;

// From row to row of a U of order n: a whole number of registers, and a cache line more than fills the order.
template <typename T>
constexpr Index upper_stride(Index n) {
    constexpr Index line = line_bytes / static_cast<Index>(sizeof(T));
    return round_up(n, line) + line;
}

// Columns of Y that are kept together, and from row to row of it: three panels of the product's tiles on AVX-512, and
// an odd number of cache lines, so that the rows spread over the cache sets.
template <typename T>
inline constexpr Index side_columns = 9 * line_bytes / static_cast<Index>(sizeof(T));

// A = UᵀU for the order n <= block_order: the upper triangle of A, in `u`, becomes U. Returns -1, or the index of the
// first pivot that is not positive and finite; that pivot then stands on the diagonal, the rows above are those of U,
// its own row holds what is left of A, and the rows below are untouched. `stride` is a whole number of registers.
template <typename T>
Index factor_block(T* u, Index n, Index stride);

// Y <- U⁻ᵀ Y and Y <- U⁻¹ Y, for U of order n <= block_order and Y (n, columns).
template <typename T>
void solve_upper_transposed_block(const T* u, Index n, Index stride, T* y, Index columns, Index y_stride);
template <typename T>
void solve_upper_block(const T* u, Index n, Index stride, T* y, Index columns, Index y_stride);

}  // namespace ravine::linalg
