#pragma once

// Cholesky factorisation A = L Lᵀ of a symmetric positive definite matrix, and what its factor is good for.
//
// Matrices are row-major, `stride` elements from row to row. Only the lower triangle with the diagonal is read and
// written: whatever lies above is left as it is. All threads where the order is worth it; the bits of every result
// depend on the numbers and the order alone. Ctrl-C is answered by Interrupted; what was to be written is undefined
// then. Solving with L, and the diagonal of the inverse: linalg/triangular.hpp.

#include "base/types.hpp"
#include "base/workspace.hpp"

namespace ravine::linalg {

// Replaces the lower triangle of A by L, in n³/3 flops. Returns -1, or the index of the first pivot that is not
// positive and finite: then a[pivot, pivot] is that pivot, row `pivot` left of it and all rows above are those of L,
// and the rows below are undefined. A number that is not finite anywhere in the triangle ends in such a pivot.
template <typename T>
Index cholesky(T* a, Index n, Index stride, Workspace& workspace);

// Bytes that cholesky() takes from its workspace with the threads set at the moment: O(n) beside the matrix.
template <typename T>
Index cholesky_bytes(Index n);

// log det A = 2 Σ log L_ii.
double log_determinant(const double* l, Index n, Index stride);

// After cholesky() has failed at `pivot`: writes the vector x (n) with x[pivot] = 1, zeros beyond it, and
// xᵀ A x = a[pivot, pivot] <= 0, a direction of negative curvature. Returns that divided by ‖x‖²: no eigenvalue of A's
// smallest is above it.
double negative_curvature(const double* l, Index n, Index stride, Index pivot, double* x);

}  // namespace ravine::linalg
