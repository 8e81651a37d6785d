#pragma once

// How the outputs bend along a line theta + t v: with f″ = d²f/dt² at t = 0 and C the positive second derivative of the
// loss in f, the sum over rows of w (∂f/∂theta)ᵀ C f″. It is what geodesic acceleration solves for (Transtrum & Sethna,
// arXiv 1201.5885). Exact, for about two gradients: with V_l the part of v that belongs to [W_l; b_l],
//     z_l′ = V_lᵀ ã_{l-1} + W_lᵀ a_{l-1}′,    z_l″ = 2 V_lᵀ a_{l-1}′ + W_lᵀ a_{l-1}″,
//     a_l′ = σ′_l ⊙ z_l′,                     a_l″ = σ″_l ⊙ z_l′² + σ′_l ⊙ z_l″.

#include <memory>

#include "base/workspace.hpp"
#include "derivatives/plan.hpp"
#include "derivatives/slot_sum.hpp"

namespace ravine::derivatives {

// For selections of at most `most_rows` rows; calls allocate nothing.
template <typename T>
class PathBending {
  public:
    PathBending(const network::Architecture& architecture, network::Loss loss, Index most_rows, Workspace& workspace);

    SlotSum<T> run(const network::Samples<T>& samples, const network::Rows& rows, const T* theta, const T* v);

  private:
    struct Buffers;
    const network::Architecture& architecture_;
    network::Loss loss_;
    std::shared_ptr<Buffers> buffers_;
};

}  // namespace ravine::derivatives
