#pragma once

// Second derivatives of the empirical risk: the sums of derivatives/, divided and regularised.

#include "derivatives/hessian.hpp"
#include "training/risk.hpp"

namespace ravine::training {

// Writes the Hessian or the Gauss-Newton matrix of J over the rows into `out` (P, P), symmetric to the bit. Nobody
// reads it meanwhile; it is undefined if an exception ends the call.
template <typename T>
void dense_matrix(const Risk<T>& risk, derivatives::Matrix matrix, const network::Rows& rows, double normaliser,
                  const T* theta, T* out, Workspace& workspace);

}  // namespace ravine::training
