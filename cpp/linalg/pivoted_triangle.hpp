#pragma once

// A triangle that may be singular, made one that tells its rank: QR with column pivoting, and from it the shortest
// solution. For small matrices: n³ flops of passes over rows, one thread.

#include "base/types.hpp"

namespace ravine::linalg {

class PivotedTriangle {
  public:
    // [R | c] (n, n + columns), with `stride`; destroyed. `order` (n) and `scratch` (3n + columns) are memory.
    PivotedTriangle(double* r, Index n, Index columns, Index stride, Index* order, double* scratch);

    // Pivots the columns; returns the number of diagonal elements above `tolerance` times the first.
    Index factor(double tolerance);

    // The shortest y that makes ‖R y - c[:, side]‖ least, for the rank that factor() has found.
    void solve(Index side, double* y) const;

  private:
    void choose(Index k);
    void reflect(Index k);
    void clear_behind_rank();

    double* r_;
    Index n_, columns_, stride_, rank_;
    Index* order_;
    double *squares_, *known_, *w_;
};

}  // namespace ravine::linalg
