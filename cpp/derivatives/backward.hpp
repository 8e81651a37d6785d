#pragma once

// The backward sweep over the block of rows that a forward sweep holds.

#include <vector>

#include "network/forward.hpp"
#include "network/loss.hpp"

namespace ravine::derivatives {

// Where w ∇²L (outputs, outputs, rows) of a block shall go, or the matrix in its stead.
template <typename T>
struct SecondLoss {
    T* values = nullptr;
    network::SecondDerivative kind = network::SecondDerivative::exact;
};

// Whether Δ_l is there for the layer being visited alone, or for every layer until the next block.
enum class Deltas { in_turn, kept };

template <typename T>
class BackwardSweep {
  public:
    BackwardSweep(const network::ForwardSweep<T>& forward, Cutter& cutter, Deltas deltas = Deltas::in_turn);

    // Σ w L over the block's rows; sets Δ_L = w ∇L ⊙ σ′_L for run(), and w ∇²L if asked for.
    double start(network::Loss loss, const network::Targets<T>& targets, const network::Rows& rows,
                 const SecondLoss<T>& second = {});

    // Σ w L alone.
    double value(network::Loss loss, const network::Targets<T>& targets, const network::Rows& rows);

    // Σ w (|L| + Σ_k |∂L/∂f_k f_k|): times eps, the error that rounding each output once leaves in Σ w L.
    double magnitude(network::Loss loss, const network::Targets<T>& targets, const network::Rows& rows);

    // Sets Δ_L to σ′_L ⊙ C x for x (outputs, rows) with the forward sweep's stride, C = w times the positive second
    // derivative of the loss, which a custom loss stores in `second` (outputs, outputs, rows).
    void start_with(network::Loss loss, const network::Targets<T>& targets, const network::Rows& rows, const T* x,
                    T* second);

    // Sets Δ_L to σ′_L of one output, times a factor for each row if there are factors (rows, padding included), and
    // zero for the other outputs: what the Jacobian's rows of that output grow from.
    void start_unit(Index output, const T* factors = nullptr);

    // Writes, or adds, Ã_{l-1}ᵀ Δ_l for every layer into the gradient (P,).
    void run(const T* theta, T* gradient, bool accumulate);

    // Only propagates: afterwards visit(l) has been called for l = L … 1 while delta_rows() held Δ_l.
    template <typename Visit>
    void propagate(const T* theta, Visit&& visit) {
        for (std::size_t l = forward_.architecture().layers().size(); l >= 1; --l) {
            turn_delta(l);
            visit(l);
            if (l > 1) step_back(l, theta);
        }
    }

    // Writes, or adds, Ã_{l-1}ᵀ Δ_l of the layer being visited into its place in the gradient (P,).
    void add_layer_gradient(std::size_t l, T* gradient, bool accumulate);

    // Δ_l of the layer being visited, feature-major (outputs, rows) with the forward sweep's stride.
    const T* delta() const { return delta_; }
    // The same, row-major (rows, outputs) with delta_stride() between rows.
    const T* delta_rows() const { return delta_rows_; }
    Index delta_stride() const { return delta_stride_; }
    // Both of layer l where they are kept.
    const T* delta(std::size_t l) const { return deltas_[l]; }
    const T* delta_rows(std::size_t l) const { return deltas_rows_[l]; }

    // What the loss was evaluated on by start() or value().
    network::LossBlock<T> loss_block(const network::Targets<T>& targets) const;

    // σ″_l ⊙ ∂J/∂a_l (features, rows), set before Δ_l is; null where the forward sweep keeps no σ″.
    const T* bend(std::size_t l) const { return bends_[l]; }

  private:
    double evaluate(network::Loss loss, const network::Targets<T>& targets, const network::Rows& rows, T* gradient,
                    const SecondLoss<T>& second);
    void load_weights(const network::Targets<T>& targets, const network::Rows& rows);
    void load_targets(const network::Targets<T>& targets, const network::Rows& rows, Index columns);
    double weighted_sum(const network::Rows& rows) const;
    void multiply_by_slope(std::size_t l, Index first, Index last);
    void turn_delta(std::size_t l);
    void step_back(std::size_t l, const T* theta);

    const network::ForwardSweep<T>& forward_;
    Index outputs_, delta_stride_;
    std::vector<T*> deltas_, deltas_rows_;  // by layer; where they are not kept, neighbours alternate
    T* delta_;                              // Δ_l (outputs, rows), feature-major
    T* delta_rows_;
    std::vector<T*> bends_;
    T* targets_;
    T* weights_;
    T* values_;
    Bits<T>* labels_;
};

}  // namespace ravine::derivatives
