#pragma once

// What the second derivatives of a chunk of samples are made of: every quantity sample by sample, row-major
// (samples, features), because the assembly sums over samples along the rows of a product.

#include <vector>

#include "derivatives/backward.hpp"
#include "derivatives/matrix.hpp"

namespace ravine::derivatives {

// One weight layer l, all of it already weighted by w.
template <typename T>
struct LayerRows {
    T* inputs;  // Ã_{l-1} (samples, rows of the layer)
    T* slope;   // σ′_l (samples, outputs)
    T* bend;    // σ″_l ⊙ ∂J/∂a_l (samples, outputs); zero for the Gauss-Newton matrix
    T* delta;   // Δ_l (samples, outputs)
};

template <typename T>
class SampleChunk {
  public:
    SampleChunk(const network::Architecture& architecture, Index capacity, int threads, Cutter& cutter);

    // Sweeps the rows forward and backward and returns Σ w L.
    double load(Matrix matrix, network::Loss loss, const network::Samples<T>& samples, const network::Rows& rows,
                const T* theta, int threads);

    Index samples() const { return samples_; }
    // l = 1 … L
    const LayerRows<T>& layer(std::size_t l) const { return layers_[l - 1]; }
    // S_L (outputs, samples, outputs), `block_stride(n_L)` between its first index.
    const T* top() const { return top_; }

    // Numbers of an (i, samples, width) array from one i to the next: no two i share cache sets, and whole registers
    // may be read past the end of a row.
    Index block_stride(Index width) const { return round_up(capacity_ * width, 16) + 16; }

    const network::Architecture& architecture() const { return architecture_; }

  private:
    struct Sweeps;
    double load_part(Sweeps& sweeps, Matrix matrix, network::Loss loss, const network::Samples<T>& samples,
                     const network::Rows& rows, const T* theta, Index first);
    void put_layer(const Sweeps& sweeps, std::size_t l, Matrix matrix, Index first, Index count);
    void put_top(const Sweeps& sweeps, Index first, Index count);

    const network::Architecture& architecture_;
    Index capacity_, samples_ = 0;
    std::vector<LayerRows<T>> layers_;
    T* top_;
    double* values_;
    std::vector<std::shared_ptr<Sweeps>> sweeps_;
};

}  // namespace ravine::derivatives
