#pragma once

// Iterative refinement: solutions to double precision by a factor in single precision, which takes half the time and
// half the memory, and products with the matrix itself. Source: Higham, Accuracy and Stability of Numerical Algorithms
// (2002), chapter 12; Langou et al., Exploiting the performance of 32 bit floating point arithmetic (2006).

#include <functional>

#include "base/types.hpp"

namespace ravine::linalg {

// Writes A v_i for each of `count` vectors, (count, n), to `out`, which lies apart.
using BlockProduct = std::function<void(const double* v, Index count, double* out)>;

// L Lᵀ = scale · A up to what single precision leaves; L (n, n), lower, row-major.
struct SingleFactor {
    const float* l;
    Index n, stride;
    double scale;
    double norm;  // at most ‖A‖₂, and not far below: the largest element on the diagonal
};

struct Refinement {
    bool converged;  // false: the factor is not good enough, and X of no use
    int steps;       // solves with the factor
};

// X <- A⁻¹ B for `count` right-hand sides that are the rows of B and X (count, n). Each step at least halves the
// largest backward error ‖b - A x‖ / (‖A‖ ‖x‖ + ‖b‖), or it is the last. Converged is what ends below eps, or where
// rounding lets it fall no further below 256 eps.
Refinement refine(const SingleFactor& factor, const BlockProduct& product, const double* b, Index count, double* x);

}  // namespace ravine::linalg
