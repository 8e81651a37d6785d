#pragma once

// The residual form of a risk that is a sum of squares: J = ½‖r‖² + penalty.

#include "training/risk.hpp"

namespace ravine::training {

// Throws InvalidArgument, which names what to use instead, where the loss has no residual form.
template <typename T>
void require_residuals(const Risk<T>& risk);

// r[i n_L + k] = √(w_i / normaliser) (f_k(x_i) - y_ik) for the rows, and where a place is given its derivatives in
// theta as a matrix (rows n_L, P): ∇J is Jᵀr, and the Gauss-Newton matrix JᵀJ, plus the penalty's part.
template <typename T>
void residuals(const Risk<T>& risk, const network::Rows& rows, double normaliser, const T* theta, T* r, T* jacobian,
               Workspace& workspace);

}  // namespace ravine::training
