#pragma once

// Derivatives in theta sample by sample: of the network's outputs, and of the residuals of a sum of squares.

#include "derivatives/backward.hpp"

namespace ravine::derivatives {

// jacobian[(i * n_L + k) * P + p] = ∂f_k(x_i)/∂θ_p. Work: about 4 P flops for each of the N n_L rows; beside the result
// it takes a workspace that does not grow with N.
template <typename T>
void jacobian(const network::Architecture& architecture, const T* theta, const network::Inputs<T>& inputs, T* jacobian,
              Workspace& workspace);

// Whether w L of one sample is ½ Σ_k r_k²: of the squared error, r_k = √w (f_k - y_k).
inline bool has_residuals(network::Loss loss) { return loss.kind == network::Loss::squared_error; }

// r[i * n_L + k] = √(scale w_i) (f_k(x_i) - y_ik) for the rows of a loss that has_residuals(), and, where a place is
// given, its derivatives as above, so that J = ½ scale Σ w ‖f - y‖² is ½‖r‖², its gradient Jᵀr and its Gauss-Newton
// matrix JᵀJ. Rows of weight 0 and missing targets give zeros.
template <typename T>
void residuals(const network::Architecture& architecture, const T* theta, const network::Samples<T>& samples,
               const network::Rows& rows, double scale, T* r, T* jacobian, Workspace& workspace);

}  // namespace ravine::derivatives
