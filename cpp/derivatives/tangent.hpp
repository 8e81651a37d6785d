#pragma once

// The sweeps of derivatives along a direction v in theta, forward over reverse (Pearlmutter's R-operator). With
// R{·} = ∂/∂t · at theta + t v, V_l the part of v that belongs to [W_l; b_l], and G_l = ∂J/∂a_l:
//     R{z_l} = V_lᵀ ã_{l-1} + W_lᵀ R{a_{l-1}},             R{a_l} = σ′_l ⊙ R{z_l}
//     R{δ_l} = σ′_l ⊙ R{G_l} + σ″_l ⊙ G_l ⊙ R{z_l},        R{G_L} = ∇²L R{f}
//     (H v)_l = Ã_{l-1}ᵀ R{Δ_l} + R{Ã_{l-1}}ᵀ Δ_l,         R{G_{l-1}} = W_l R{δ_l} + V_l δ_l
// The product with the Gauss-Newton matrix leaves out all terms in δ and σ″.

#include <vector>

#include "derivatives/matrix.hpp"
#include "derivatives/swept_block.hpp"

namespace ravine::derivatives {

template <typename T>
class TangentSweep {
  public:
    TangentSweep(const network::Architecture& architecture, Index capacity, int threads, Cutter& cutter);

    // Writes, or adds, the block's share of the matrix times v (P,) into `product` (P,). About 12 N P flops for the
    // Hessian, 8 N P for the Gauss-Newton matrix, less what the first layer saves.
    void run(Matrix matrix, network::Loss loss, const SweptBlock<T>& block, const T* theta, const T* v, T* product,
             bool accumulate);

  private:
    // One call.
    struct Direction {
        bool exact;  // the Hessian
        const SweptBlock<T>& block;
        const T* theta;
        const T* v;
    };

    const network::Layer& layer(std::size_t l) const { return architecture_.layers()[l - 1]; }
    T* scratch(int worker) const { return scratch_[static_cast<std::size_t>(worker)].product; }
    void go_forward(const Direction& at, std::size_t l);
    void forward_part(const Direction& at, std::size_t l, const network::Part& part, int worker);
    void turn_back(const Direction& at, network::Loss loss);
    void add_layer(const Direction& at, std::size_t l, T* product, bool accumulate);
    void add_single(const Direction& at, std::size_t l, T* product, bool accumulate) const;
    void go_back(const Direction& at, std::size_t l);
    void back_part(const Direction& at, std::size_t l, const T* delta, const network::Part& part, int worker);

    const network::Architecture& architecture_;
    Index stride_, delta_stride_;
    int threads_;
    std::vector<T*> tangents_;  // R{Ã_l} (outputs and a row of zeros, rows): the row of ones does not move
    std::vector<T*> moved_;     // R{z_l} (outputs, rows), where it is not R{a_l}
    T* delta_;                  // R{Δ_l} (outputs, rows)
    T* next_;                   // R{Δ_{l-1}} while it is made
    T* delta_rows_;             // R{Δ_l} (rows, outputs)
    std::vector<network::Scratch<T>> scratch_;
};

}  // namespace ravine::derivatives
