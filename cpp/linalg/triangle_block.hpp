#pragma once

// Triangular work on one block that fits the first caches, in registers: what the blocked algorithms over it call.
//
// U is upper triangular, row-major; what lies below its diagonal is never used. Sides are rows of numbers of which
// `columns` count; whole registers of them are read and written, so that a row must have room for
// padded<double>(columns). A column of the result depends on its own numbers alone: its bits do not depend on how many
// columns there are, or on which.

#include "base/types.hpp"

namespace ravine::linalg {

// Orders up to which a block is treated without cutting it further.
inline constexpr Index block_order = 64;

// A = UᵀU for the order n <= block_order: the upper triangle of A, in `u`, becomes U. Returns -1, or the index of the
// first pivot that is not positive and finite; that pivot then stands on the diagonal, the rows above are those of U,
// its own row holds what is left of A, and the rows below are untouched. `stride` is a whole number of registers.
Index factor_block(double* u, Index n, Index stride);

// Y <- U⁻ᵀ Y and Y <- U⁻¹ Y, for U of order n <= block_order and Y (n, columns).
void solve_upper_transposed_block(const double* u, Index n, Index stride, double* y, Index columns, Index y_stride);
void solve_upper_block(const double* u, Index n, Index stride, double* y, Index columns, Index y_stride);

}  // namespace ravine::linalg
