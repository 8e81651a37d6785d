#pragma once

// Second derivatives of the empirical risk: the sums of derivatives/, divided and regularised.

#include "derivatives/hessian.hpp"
#include "training/risk.hpp"

namespace ravine::training {

// The Hessian or the Gauss-Newton matrix of J; holds the buffers for at most `most_rows` rows.
template <typename T>
class DenseMatrix {
  public:
    DenseMatrix(const Risk<T>& risk, Index most_rows, derivatives::Matrix matrix, Workspace& workspace)
        : risk_(risk), sum_(risk.architecture(), risk.options().loss, most_rows, matrix, workspace) {}

    // Writes the matrix of J over the rows into `out` (P, P), symmetric to the bit. Nobody reads it meanwhile; it is
    // undefined if an exception ends the call.
    void run(const network::Rows& rows, double normaliser, const T* theta, T* out);

  private:
    const Risk<T>& risk_;
    derivatives::MatrixSum<T> sum_;
};

}  // namespace ravine::training
