#pragma once

// Vectors of float64: the few operations that iterative methods are made of. One thread, sums in a fixed order, so
// that a step decision never depends on threads or addresses.

#include "base/types.hpp"

namespace ravine::linalg {

// xᵀy.
double dot(const double* x, const double* y, Index n);

// ‖x‖₂ without overflow or underflow of the squares; NaN if an element is NaN, infinite if one is.
double norm(const double* x, Index n);

// max |x_i|; NaN if an element is NaN.
double largest(const double* x, Index n);

// y ← y + a x.
void add_scaled(double a, const double* x, double* y, Index n);

// x ← a x.
void scale(double a, double* x, Index n);

bool all_finite(const double* x, Index n);

}  // namespace ravine::linalg
