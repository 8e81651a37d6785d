#pragma once

// Losses that grow more slowly than squares, so that outliers pull less: f = ½ s² Σ ρ(r_i² / s²), s the size of a
// residual that is an outlier no more.

#include <functional>
#include <string_view>

#include "base/types.hpp"

namespace ravine::objective {

// Writes ρ(z_i), ρ′(z_i) and ρ″(z_i), a row (m,) each, for z (m,) >= 0.
using ResidualLoss = std::function<void(const double* z, Index m, double* rho)>;

// "linear" (ρ = z, for which the function is empty), "huber", "soft_l1", "cauchy" or "arctan", SciPy's words. Throws
// InvalidArgument that lists them.
ResidualLoss residual_loss(std::string_view name);

}  // namespace ravine::objective
