#pragma once

// Solves with a lower triangular matrix L (n, n), row-major, `stride` elements from row to row; what lies above its
// diagonal is never read. In place, for the right-hand sides that are the columns of B (n, columns), n² flops each.
//
// No check for zeros on the diagonal: they give what division by zero gives. Ctrl-C is answered by Interrupted; B is
// undefined then. A column's bits depend neither on its neighbours, as long as there is more than one, nor on threads.

#include "base/types.hpp"
#include "base/workspace.hpp"

namespace ravine::linalg {

// B <- L⁻¹ B.
template <typename T>
void solve_lower(const T* l, Index n, Index stride, T* b, Index columns, Index b_stride, Workspace& workspace);

// B <- L⁻ᵀ B.
template <typename T>
void solve_lower_transposed(const T* l, Index n, Index stride, T* b, Index columns, Index b_stride,
                            Workspace& workspace);

// B <- L⁻ᵀ L⁻¹ B.
template <typename T>
void cholesky_solve(const T* l, Index n, Index stride, T* b, Index columns, Index b_stride, Workspace& workspace);

// diagonal[i] = (A⁻¹)_ii = Σ_k (L⁻¹)²_ki for A = L Lᵀ, in n³/3 flops, without the inverse in memory.
void inverse_diagonal(const double* l, Index n, Index stride, double* diagonal, Workspace& workspace);

}  // namespace ravine::linalg
