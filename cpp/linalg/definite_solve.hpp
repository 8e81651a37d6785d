#pragma once

// Solves with a symmetric positive definite matrix that is made for the purpose, in the cheapest precision that leads
// to the accuracy of the right one.

#include "linalg/cholesky.hpp"
#include "linalg/refinement.hpp"

namespace ravine::linalg {

// What became of a solve. A failing pivot is one of Cholesky's that is not positive and finite: nothing was solved.
struct DefiniteSolve {
    Index failed_pivot = -1;
    double pivot = 0;
    int refinements = 0;  // solves with a factor in single precision; 0: the factor was in full precision
};

// A Cholesky factor of scale · A in memory of its own.
template <typename T>
class DefiniteFactor {
  public:
    DefiniteFactor(Index n, double scale);

    // (n, n), not set to zero: the lower triangle is to be filled before factor().
    T* lower() { return l_; }
    // Whether all pivots were positive.
    bool factor();
    // The pivot that was not.
    DefiniteSolve failure() const;

    // X <- A⁻¹ B for right-hand sides that are the rows of B and X (count, n).
    void solve(const T* b, Index count, T* x) const;
    SingleFactor single() const
        requires(sizeof(T) == sizeof(float));

  private:
    Index n_;
    double scale_;
    Workspace memory_;
    T* l_;
    T largest_ = 0;  // of the diagonal of scale · A
    Index failed_ = -1;
};

// X <- A⁻¹ B in the precision of T; fill(T* lower) writes the lower triangle of scale · A, with n elements a row.
template <typename T, typename Fill>
DefiniteSolve solve_directly(Index n, double scale, const Fill& fill, const T* b, Index count, T* x) {
    DefiniteFactor<T> factor(n, scale);
    fill(factor.lower());
    if (!factor.factor()) return factor.failure();
    factor.solve(b, count, x);
    return {};
}

// Orders from which on factoring takes so long that refining is worth it.
inline constexpr Index worth_refining = 256;

// The same to double precision, where products with A are at hand: by a factor in single precision if that leads there.
// fill() is called with memory of either precision.
template <typename Fill>
DefiniteSolve solve_definite(Index n, double scale, const Fill& fill, const BlockProduct& product, const double* b,
                             Index count, double* x) {
    if (n >= worth_refining) {
        DefiniteFactor<float> factor(n, scale);
        fill(factor.lower());
        if (factor.factor()) {
            const Refinement refinement = refine(factor.single(), product, b, count, x);
            if (refinement.converged) return {.refinements = refinement.steps};
        }
    }
    return solve_directly(n, scale, fill, b, count, x);
}

// The same for a matrix in memory, both triangles of which are read.
DefiniteSolve solve_definite(const double* a, Index n, Index stride, const double* b, Index count, double* x);

}  // namespace ravine::linalg
