#pragma once

// Full eigendecompositions of symmetric matrices are LAPACK's, which we do not link: whoever has it registers one
// function here (the bindings register NumPy's), and the rooms above call it by this door.

#include "base/types.hpp"

namespace ravine::linalg {

// Writes the eigenvalues of the symmetric A (n, n), row-major and contiguous, in ascending order, and unless `vectors`
// is null the orthonormal eigenvectors as columns: vectors[:, i] (n, n) belongs to values[i].
using Eigensolver = void (*)(const double* a, Index n, double* values, double* vectors);

// Registers the solver; null for none.
void set_eigensolver(Eigensolver solver);

// Calls it; its exceptions come through. Throws InvalidArgument where none is registered. Nobody interrupts it.
void eigendecompose(const double* a, Index n, double* values, double* vectors);

}  // namespace ravine::linalg
