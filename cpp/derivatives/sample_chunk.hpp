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
    // The loss may be one of one's own, which makes its ∇²L at once: then all of it is kept.
    SampleChunk(const network::Architecture& architecture, network::Loss loss, Index capacity, int threads,
                Cutter& cutter);

    // Sweeps the rows forward and backward and returns Σ w L.
    double load(Matrix matrix, const network::Samples<T>& samples, const network::Rows& rows, const T* theta,
                int threads);

    Index samples() const { return samples_; }
    // l = 1 … L
    const LayerRows<T>& layer(std::size_t l) const { return layers_[l - 1]; }
    // Rows [first, last) of S_L = σ′_L ∇²ℓ σ′_L + diag(σ″_L ⊙ ∇ℓ) as an (i, samples, outputs) array; the second term
    // is zero for the Gauss-Newton matrix. `scratch` has room for top_scratch(last - first) numbers.
    void make_top(Matrix matrix, Index first, Index last, T* rows, T* scratch) const;
    Index top_scratch(Index rows) const { return checked_product(rows, architecture_.outputs() * top_samples); }

    // Numbers of an (i, samples, width) array from one i to the next: no two i share cache sets, and whole registers
    // may be read past the end of a row.
    Index block_stride(Index width) const { return round_up(capacity_ * width, 16) + 16; }

    const network::Architecture& architecture() const { return architecture_; }

  private:
    // Samples whose ∇²ℓ is made at a time.
    static constexpr Index top_samples = 32;

    struct Sweeps;
    double load_part(Sweeps& sweeps, Matrix matrix, const network::Samples<T>& samples, const network::Rows& rows,
                     const T* theta, Index first);
    void put_layer(const Sweeps& sweeps, std::size_t l, Matrix matrix, Index first, Index count);
    void put_loss(const Sweeps& sweeps, const network::Targets<T>& targets, Index first);

    const network::Architecture& architecture_;
    network::Loss loss_;
    Index capacity_, samples_ = 0;
    std::vector<LayerRows<T>> layers_;
    network::LossBlock<T> block_{};  // what ∇²ℓ of all samples is made of, where it is not one's own
    T *f_ = nullptr, *targets_ = nullptr, *weights_ = nullptr;
    Bits<T>* labels_ = nullptr;
    T* own_hessian_ = nullptr;  // (outputs, outputs, samples) with block_.stride
    double* values_;
    std::vector<std::shared_ptr<Sweeps>> sweeps_;
};

}  // namespace ravine::derivatives
