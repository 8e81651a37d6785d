#pragma once

// Solves with a matrix of second derivatives of the empirical risk: Newton steps, influence, covariances.

#include "derivatives/matrix.hpp"
#include "linalg/definite_solve.hpp"
#include "training/risk.hpp"

namespace ravine::training {

// X <- (A + shift I)⁻¹ V for `count` vectors that are the rows of V and X (count, P), with A the Hessian or the
// Gauss-Newton matrix of J over the rows. In double precision the matrix is first made and factored in single
// precision, which takes half the time, and the solution refined by products with A as it is; where that does not get
// to the level of rounding, and for small networks and losses of one's own, all is done in the risk's own precision.
// X lies apart from all else; it is undefined if an exception ends the call. The workspace is for the derivatives; the
// matrix, 4 P² bytes or 8 P², is given back at the end.
template <typename T>
linalg::DefiniteSolve solve_curvature(const Risk<T>& risk, derivatives::Matrix matrix, const network::Rows& rows,
                                      double normaliser, const T* theta, double shift, const T* v, Index count, T* x,
                                      Workspace& workspace);

}  // namespace ravine::training
