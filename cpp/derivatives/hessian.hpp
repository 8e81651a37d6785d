#pragma once

// The dense Hessian and the dense Gauss-Newton matrix of Σ w L, in at most N P² flops whatever the number of outputs.
//
// With S_{m,l} = ∂²J/∂z_m∂z_l and J_{k,l} = ∂a_k/∂z_l of each sample, the block of layers m >= l is, with j over
// ã_{m-1}, i over z_m, q over ã_{l-1}, p over z_l,
//     H[(j,i),(q,p)] = Σ_samples ã_{l-1}[q] (ã_{m-1}[j] S_{m,l}[i,p] + δ_m[i] J_{m-1,l}[j,p]),
// the second term absent for m = l and for the bias row of m; the Gauss-Newton matrix has the first term alone, with an
// S that lacks σ″. From one layer to the one below, both are multiplied by R_{l-1} = W_lᵀ diag σ′_{l-1}, and
// S_{l,l} = diag(σ′_l) W_{l+1} S_{l+1,l} + diag(σ″_l ⊙ ∂J/∂a_l). A derivation and the costs: docs/curvature.md.

#include <memory>

#include "derivatives/block_tasks.hpp"

namespace ravine::derivatives {

template <typename T>
class MatrixSum {
  public:
    MatrixSum(const network::Architecture& architecture, network::Loss loss, Index most_rows, Matrix matrix,
              Workspace& workspace);

    // Writes the lower triangle of the sum into `out` (P, P) and returns Σ w L. What lies above the diagonal is
    // undefined afterwards, and everything if an exception ends the call.
    double run(const network::Samples<T>& samples, const network::Rows& rows, const T* theta, T* out);

    // What the constructor takes from the workspace: at most 64 MB, if few samples alone do not need more.
    static Index bytes(const network::Architecture& architecture, network::Loss loss, Index most_rows, Matrix matrix);

  private:
    struct Buffers;
    struct Cut;
    static Cut cut(const network::Architecture& architecture, network::Loss loss, Index most_rows, Matrix matrix);
    double add_chunk(const network::Samples<T>& samples, const network::Rows& rows, const T* theta, T* out,
                     bool accumulate);
    void complete_diagonal_blocks(T* out) const;

    const network::Architecture& architecture_;
    Matrix matrix_;
    Index chunk_samples_;
    std::shared_ptr<Buffers> buffers_;
    std::vector<LayerTasks> tasks_;  // by layer
};

}  // namespace ravine::derivatives
