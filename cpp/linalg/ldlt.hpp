#pragma once

// A = P L D Lᵀ Pᵀ of a symmetric matrix that need not be definite: L unit lower triangular, D of blocks of order 1 and
// 2, chosen by Bunch and Kaufman's partial pivoting. By Sylvester's law D has as many positive, negative and zero
// eigenvalues as A. Source: Bunch and Kaufman (1977); Golub and Van Loan (2013), section 4.4.4.
//
// Row-major, the lower triangle alone. The bits depend on the numbers alone, not on threads. Ctrl-C is answered by
// Interrupted; what was to be written is undefined then.

#include "base/types.hpp"
#include "base/workspace.hpp"

namespace ravine::linalg {

// P: row and column order[i] of A are those of index i. D: diagonal[i], and below[i] between i and i + 1, not zero
// exactly for blocks of order 2. All three have n elements.
struct Pivots {
    Index* order;
    double* diagonal;
    double* below;
};

// Replaces the lower triangle of A, which must be finite, by L with its ones, in n³/3 flops. It never fails: a zero
// pivot is a zero in D.
void ldlt(double* a, Index n, Index stride, const Pivots& pivots, Workspace& workspace);

// B <- A⁻¹ B for the `columns` right-hand sides in B (n, columns). A block of D that is singular gives numbers that are
// not finite.
void ldlt_solve(const double* l, Index n, Index stride, const Pivots& pivots, double* b, Index columns, Index b_stride,
                Workspace& workspace);

}  // namespace ravine::linalg
