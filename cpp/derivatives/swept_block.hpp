#pragma once

// What a forward and a backward sweep over a block of rows leave behind for derivatives along directions.

#include <vector>

#include "derivatives/backward.hpp"

namespace ravine::derivatives {

// Layer l = 1 … L.
template <typename T>
struct SweptLayer {
    const T* inputs;      // Ã_{l-1} (features and a row of ones, rows)
    const T* slope;       // σ′_l (outputs, rows), null where it is 1
    const T* bend;        // σ″_l ⊙ ∂J/∂a_l (outputs, rows), null where it is 0
    const T* delta;       // Δ_l (outputs, rows)
    const T* delta_rows;  // Δ_l (rows, outputs)
    Index delta_stride;   // between rows of the latter
};

// Features have `stride` between them. Who owns the numbers is left open.
template <typename T>
struct SweptBlock {
    Index rows = 0;  // padding included
    Index stride = 0;
    const T* input_rows = nullptr;  // Ã_0 once more, row-major
    Index input_stride = 0;
    std::vector<SweptLayer<T>> layers;
    network::LossBlock<T> loss{};     // what ∇²L is made of, unless
    const T* loss_hessian = nullptr;  // w ∇²L (outputs, outputs, rows) is there, for custom losses
};

// The sweeps of one worker, and the block that they leave.
template <typename T>
class BlockSweeps {
  public:
    BlockSweeps(const network::Architecture& architecture, network::Loss loss, Index capacity, int threads,
                Cutter& cutter);

    // Returns Σ w L of the rows; the block then holds all but bend and delta.
    double go_forward(network::Loss loss, const network::Samples<T>& samples, const network::Rows& rows,
                      const T* theta);
    // Adds these, and writes, or adds, the block's share of the gradient (P,) if there is a place for it.
    void go_back(const T* theta, T* gradient = nullptr, bool accumulate = false);

    const SweptBlock<T>& block() const { return block_; }
    int threads() const { return forward_.threads(); }

  private:
    network::ForwardSweep<T> forward_;
    BackwardSweep<T> backward_;
    T* loss_hessian_;
    SweptBlock<T> block_;
};

// A copy of such a block that stays.
template <typename T>
class KeptBlock {
  public:
    // Room for blocks of at most `capacity` rows of samples like these.
    KeptBlock(const network::Architecture& architecture, network::Loss loss, const network::Targets<T>& like,
              Index capacity, Cutter& cutter);

    void take(const SweptBlock<T>& block);
    const SweptBlock<T>& block() const { return block_; }

  private:
    void lay_out(const SweptBlock<T>* from, Cutter& cutter);

    const network::Architecture& architecture_;
    network::Loss loss_;
    bool labels_;
    Index stride_;
    std::byte* place_;
    SweptBlock<T> block_;
};

}  // namespace ravine::derivatives
