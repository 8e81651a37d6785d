#pragma once

// Products of vectors with the second derivatives of the empirical risk: the sums of derivatives/, divided and
// regularised.

#include <memory>
#include <mutex>

#include "derivatives/products.hpp"
#include "training/risk.hpp"

namespace ravine::training {

// Writes the Hessian or the Gauss-Newton matrix of J over the rows, times each of `count` vectors v (count, P), into
// `products` (count, P), which lies apart from all else; it is undefined if an exception ends the call.
template <typename T>
void matrix_products(const Risk<T>& risk, derivatives::Matrix matrix, const network::Rows& rows, double normaliser,
                     const T* theta, const T* v, Index count, T* products, Workspace& workspace);

// What that takes from the workspace.
template <typename T>
Index product_bytes(const Risk<T>& risk, Index rows, Index count);

// J at one theta with everything that products there need: value and gradient at once, and each product for about
// two thirds of what it takes from scratch, to the same bits. Keeps no pointer to theta or to the samples.
template <typename T>
class Linearization {
  public:
    // Sweeps the rows.
    Linearization(const Risk<T>& risk, const network::Rows& rows, double normaliser, const T* theta);

    const Evaluation& at() const { return at_; }
    // ∇J (P,)
    const T* gradient() const { return gradient_.get(); }
    Index parameters() const { return architecture_->parameters(); }

    // As matrix_products(); calls allocate nothing, and those of several threads take turns.
    void product(derivatives::Matrix matrix, const T* v, Index count, T* products);

    // What one keeps.
    static Index bytes(const Risk<T>& risk, const network::Rows& rows);

  private:
    std::shared_ptr<const network::Architecture> architecture_;
    Penalty<T> penalty_;
    T scale_;
    Index vectors_;
    Workspace workspace_;
    derivatives::KeptSweeps<T> sweeps_;
    std::unique_ptr<T[]> gradient_;
    Evaluation at_{};
    std::mutex turn_;
};

}  // namespace ravine::training
