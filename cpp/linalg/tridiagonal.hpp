#pragma once

// Eigenvalues of the small symmetric matrices that projections leave: a few hundred rows at most. (Full decompositions
// of large matrices are LAPACK's.)

#include "base/types.hpp"

namespace ravine::linalg {

// Eigenvalues of the symmetric tridiagonal matrix with `diagonal` (m) and `below` (m - 1 entries, room for m),
// ascending, in place of the diagonal; QL with Wilkinson's shift (Parlett, The Symmetric Eigenvalue Problem, §8.11).
// Turns the `rows` rows of Z (rows, m) along: Z = I becomes the eigenvectors in columns, Z = e₁ᵀ their first
// components. `below` is lost. Returns whether every eigenvalue was found, which fails for numbers that are not finite
// alone.
bool tridiagonal_eigen(double* diagonal, double* below, Index m, double* Z, Index rows);

// Eigenvalues (m), ascending, of the symmetric A (m, m), of which the lower triangle is read, and in its place the
// eigenvectors as columns: Householder's reduction, then the above. `scratch` holds 2 m numbers.
bool symmetric_eigen(double* A, Index m, double* eigenvalues, double* scratch);

}  // namespace ravine::linalg
