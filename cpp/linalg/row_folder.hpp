#pragma once

// Orthogonal reduction of rows: [R; C] -> [R'; 0] by Householder reflections, for an upper triangular R above any rows
// C. It is the step of which a QR factorisation of tall matrices is made: what has been reduced is R, and more rows can
// always be folded in. Right-hand sides are columns behind the n that count.
//
// A reflection of column k is I - τ [1; v][1; v]ᵀ on row k of R and all rows of C, because R has zeros below its
// diagonal. Those of a panel of columns together are I - V T Vᵀ, so that the columns behind it are updated by products.
// Source: Golub and Van Loan (2013), sections 5.1.3 and 5.2.3; Schreiber and Van Loan (1989) for T.

#include "base/types.hpp"
#include "base/workspace.hpp"

namespace ravine::linalg {

class RowFolder {
  public:
    // R (n, n + columns) and rows of as many columns, at stride(). `workers` share the columns behind a panel.
    RowFolder(Index n, Index columns, int workers, Cutter& cutter);

    // The distance between rows of R and of C: a whole number of registers, all of which are read and written.
    Index stride() const { return stride_; }
    static Index stride(Index n, Index columns);

    // Folds `rows` rows of C into R. C is destroyed: of its columns behind the n-th, what is left is the part of the
    // right-hand sides that R cannot reach. With `triangular`, C[i, j] = 0 for j < i < n is known.
    void fold(double* r, double* c, Index rows, bool triangular) const;

  private:
    void update_rest(double* r, double* c, Index rows, Index first, Index order) const;
    void update_strip(double* r, double* c, Index rows, Index first, Index order, Index column, Index width,
                      double* scratch) const;

    Index n_, columns_, stride_;
    int workers_;
    double *t_, *scratch_;
};

}  // namespace ravine::linalg
