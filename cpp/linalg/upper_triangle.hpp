#pragma once

// An upper triangle R (n, n), row-major, with one vector at a time: solves, and an estimate of its condition number.
// One thread. Division by a zero on the diagonal gives what it gives.

#include "base/types.hpp"

namespace ravine::linalg {

// x <- R⁻¹ x and x <- R⁻ᵀ x.
void solve_upper(const double* r, Index n, Index stride, double* x);
void solve_upper_transposed(const double* r, Index n, Index stride, double* x);

// ‖R‖₁ times a lower bound of ‖R⁻¹‖₁ that is rarely off by more than 3; infinite where R is singular. `x` and `signs`
// are scratch memory (n). Source: Hager (1984); Higham (1988), algorithm 4.1.
double estimate_condition(const double* r, Index n, Index stride, double* x, double* signs);

}  // namespace ravine::linalg
