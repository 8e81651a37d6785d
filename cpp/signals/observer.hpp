#pragma once

// What is seen while one block of rows passes through the network, forward and backward.

#include <span>

#include "derivatives/backward.hpp"
#include "signals/moments.hpp"

namespace ravine::signals {

// Columns of the table that has a row for each input and each unit. "before" is Z, "after" A = σ(Z), "delta" Δ = ∂/∂Z.
// Squares are Σ (x - mean)². The rows of the inputs have `after` alone.
enum Column : Index {
    before_mean,
    before_squares,
    after_mean,
    after_squares,
    slope_mean,
    saturated,
    delta_mean,
    delta_squares,
    columns
};

// The sums that a run of blocks adds to. Rows of g are the gradients g_i = w_i ∂L_i/∂θ of single samples.
template <typename T>
struct Sums {
    double* units;           // (inputs and units, columns)
    double* layer_squares;   // (layers): Σ_i ‖g_i‖² over the parameters of the layer
    T* gradient;             // (P,): Σ_i g_i
    double* second_moments;  // (P,): Σ_i g_i², or null
    Index rows;              // that have been added
};

template <typename T>
class Observer {
  public:
    Observer(const network::Architecture& architecture, Index capacity, bool with_second_moments, int threads,
             Cutter& cutter);

    // Adds the rows whose weight is not zero and returns their Σ w L. A unit is saturated in a row where |σ′| lies
    // below its layer's entry in `least_slopes`.
    double add(network::Loss loss, const network::Samples<T>& samples, const network::Rows& rows, const T* theta,
               std::span<const double> least_slopes, Sums<T>& sums);

    int threads() const { return forward_.threads(); }

  private:
    network::Rows present(const network::Targets<T>& targets, const network::Rows& rows);
    void add_inputs(Index count, Sums<T>& sums);
    void add_forward(std::size_t l, Index count, const T* theta, double least_slope, Sums<T>& sums);
    void add_delta(std::size_t l, Index count, Sums<T>& sums);
    void add_layer_squares(std::size_t l, Index count, Sums<T>& sums);
    void add_second_moments(std::size_t l, Index count, Sums<T>& sums);
    double* unit_row(std::size_t l, const Sums<T>& sums) const;

    network::ForwardSweep<T> forward_;
    derivatives::BackwardSweep<T> backward_;
    bool with_second_moments_;
    Index square_stride_, delta_stride_;
    Index* index_;            // the rows that are there
    T* before_;               // Z_l (features, rows)
    double* input_squares_;   // ‖ã_{l-1}‖² of each row
    double* delta_squares_;   // ‖δ_l‖² of each row
    double* squared_rows_;    // Δ_l², row-major
    double* squared_inputs_;  // Ã_{l-1}² of one block of features, for each worker
    double* scratch_;         // of the product, for each worker
};

}  // namespace ravine::signals
