#pragma once

// Lanczos' method for a symmetric matrix of which only products are known: what A is on the space of v, Av, A²v, …
// Every new vector is orthogonalised against all others, twice, so nothing that was found is found again.

#include <cstdint>

#include "base/workspace.hpp"
#include "linalg/product_function.hpp"

namespace ravine::linalg {

// What one Krylov space shows: V A Vᵀ = T on the rows of V, T tridiagonal.
struct KrylovSpace {
    Index dimension;   // of the space, at most what was asked for
    double outside;    // the norm of what A does to the last row outside the space; 0: A maps the space onto itself
    double scale;      // the largest entry of T
    double asymmetry;  // how far V A Vᵀ is from its transpose, over that
    bool finite;       // else the product after the last row was not, and `outside` is what it was
};

// Writes V (steps, n), its first row along `start`, and T: `diagonal` (steps), `below` (steps - 1 entries, room for
// steps). `dimension` products, or one more if one is not finite. 1 <= steps <= n, start not zero.
KrylovSpace krylov_space(const ProductFunction& product, Index n, const double* start, Index steps, double* basis,
                         double* diagonal, double* below, Workspace& workspace);

// Of what krylov_space() takes from the workspace.
Index krylov_space_bytes(Index n, Index steps);

enum class LanczosEnd { converged, product_limit, not_finite };

struct LanczosOptions {
    Index lowest = 1, highest = 1;  // how many at each end; together 1 .. n
    Index dimension = 0;            // most vectors kept, more than wanted; 0: as krylov_dimension() says
    double tolerance = 1e-10;       // ‖Av - λv‖ ≤ tolerance · max |λ|
    Index max_products = 1000;
    std::uint64_t seed = 0;
};

struct LanczosResult {
    LanczosEnd end;
    Index products, restarts;
    double scale;      // the largest |λ| seen
    double asymmetry;  // as above
};

// The lowest and the highest eigenvalues, ascending, `vectors` (lowest + highest, n) of norm 1 in rows, and
// `residuals`, ‖Av - λv‖ as formed at the end: within that of each value lies an eigenvalue. Starts at random from the
// seed and restarts with the best vectors so far (thick restart, Wu and Simon 2000). Of a multiple eigenvalue it may
// find fewer copies than there are. If the end is not_finite, nothing is written.
LanczosResult lanczos(const ProductFunction& product, Index n, const LanczosOptions& options, double* values,
                      double* vectors, double* residuals, Workspace& workspace);

// The number of vectors that are kept: what the options say, or three times those wanted and 20, at least 40; at most
// n.
Index krylov_dimension(Index n, const LanczosOptions& options);

// What lanczos() takes from the workspace: dimension + 1 vectors above all.
Index lanczos_bytes(Index n, const LanczosOptions& options);

}  // namespace ravine::linalg
