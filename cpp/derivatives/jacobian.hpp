#pragma once

// The Jacobian of the network's outputs in theta, sample by sample.

#include "derivatives/backward.hpp"

namespace ravine::derivatives {

// jacobian[(i * n_L + k) * P + p] = ∂f_k(x_i)/∂θ_p. Work: about 4 P flops for each of the N n_L rows; beside the result
// it takes a workspace that does not grow with N.
template <typename T>
void jacobian(const network::Architecture& architecture, const T* theta, const network::Inputs<T>& inputs, T* jacobian,
              Workspace& workspace);

}  // namespace ravine::derivatives
