#pragma once

// The second derivatives of each sample's loss, from layer to layer downwards: S_{m,l} = ∂²J/∂z_m∂z_l and
// J_{k,l} = ∂a_k/∂z_l as arrays (i, samples, n_l), so that each step is one product with a weight matrix for all
// samples. Two generations are kept: those of l, and those of l - 1 while they are made.

#include <array>

#include "derivatives/sample_chunk.hpp"

namespace ravine::derivatives {

template <typename T>
class SampleChain {
  public:
    SampleChain(const SampleChunk<T>& chunk, Matrix matrix, Cutter& cutter);

    // Keeps what all steps need of theta.
    void start(const T* theta);

    T* cross(std::size_t m, std::size_t l) const { return cross_[l % 2][m]; }
    T* slopes(std::size_t k, std::size_t l) const { return slopes_[l % 2][k]; }

    // Rows [first, last) of S_{l,l} = diag(σ′_l) W_{l+1} S_{l+1,l} + diag(σ″_l ⊙ ∂J/∂a_l) into `rows`, l < L.
    void make_diagonal(std::size_t l, Index first, Index last, const T* theta, T* rows, T* scratch) const;

    // Rows [first, last) of `from` R_{l-1} into `to`: R_{l-1} = W_lᵀ diag σ′_{l-1}.
    void step_down(std::size_t l, Index first, Index last, const T* from, T* to, T* scratch) const;

    // Rows [first, last) of (diag(σ′_1) W_2)ᵀ as an (i, samples, n_1) array, kept where is_factored().
    void make_factors(Index first, Index last, const T* theta) const;
    const T* factors() const { return factors_; }

    // Rows [first, last) of J_{l,l-1} = diag(σ′_l) R_{l-1}.
    void start_slopes(std::size_t l, Index first, Index last) const;

  private:
    const network::Layer& layer(std::size_t l) const { return chunk_.architecture().layers()[l - 1]; }

    const SampleChunk<T>& chunk_;
    std::array<std::vector<T*>, 2> cross_, slopes_;  // by the parity of l, then by m or k
    std::vector<T*> transposed_;                     // W_lᵀ (n_l, n_{l-1})
    T* factors_;
};

}  // namespace ravine::derivatives
