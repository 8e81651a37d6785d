#pragma once

// Linear least squares by orthogonal reduction: min ‖A x - b‖² + ‖diag(damping) x‖², without AᵀA, whose condition
// number is the square of A's.
//
// Two steps, because a damped method asks many times about one matrix: reduce_rows() makes [R | c] (n, n + columns) of
// [A/scale | b] once, in 2 m n² flops; solve_reduced() then needs n³ at most, whatever m is. The bits depend on the
// numbers and the shape alone, not on threads. Ctrl-C is answered by Interrupted; what was to be written is undefined
// then.

#include "base/types.hpp"
#include "base/workspace.hpp"

namespace ravine::linalg {

// [R | c] of rows that have been reduced, upper triangular in its first n columns, for A's columns divided by `scale`
// (null: by one). ‖A x - b‖² = ‖R (scale x) - c‖² + rest.
struct Reduced {
    Index n, columns;
    double* r;            // (n, reduced_stride(n, columns))
    const double* scale;  // (n), positive, or null
    double* rest;         // (columns): squares that no x can reach
};

Index reduced_stride(Index n, Index columns);

// Reduces A (m, n) and B (m, columns) into `reduced`.
void reduce_rows(const double* a, Index m, Index a_stride, const double* b, Index b_stride, const Reduced& reduced,
                 Workspace& workspace);

// norms[j] = ‖A[:, j]‖, without overflow; 1 where the column is zero. A good scale.
void column_norms(const double* a, Index m, Index n, Index stride, double* norms);

struct Solution {
    Index rank;        // n, or the columns that the rest depends on to within the tolerance
    double condition;  // an estimate of R's condition number in the 1-norm where the rank is n, else infinite
};

// Writes the minimiser X (n, columns). `damping` (n) may be null. Where the condition number is so large that the rank
// is in doubt, columns are pivoted, and the rank is the number of diagonal elements above `tolerance` times the first;
// X is then the shortest (scale x) of all minimisers for that rank. Nothing of `reduced` is changed.
Solution solve_reduced(const Reduced& reduced, const double* damping, double tolerance, double* x, Index x_stride,
                       Workspace& workspace);

// ‖A x - b‖² of one right-hand side, from what is reduced.
double residual_squares(const Reduced& reduced, Index side, const double* x, Index x_stride, Workspace& workspace);

}  // namespace ravine::linalg
