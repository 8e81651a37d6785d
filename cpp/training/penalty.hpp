#pragma once

// What a risk adds to the loss: Σ_l l1_l ‖W_l‖₁ + ½ l2_l ‖W_l - V_l‖² over the weights W_l of each layer, biases left
// alone; V is a prior mean, 0 if not given. |w| has no slope at 0: sign(0) = 0 is taken, one of its subgradients.

#include <memory>
#include <vector>

#include "network/layer.hpp"

namespace ravine::training {

// One number a layer each.
struct Strengths {
    std::vector<double> l1, l2;
};

template <typename T>
struct Penalty {
    std::shared_ptr<const Strengths> strengths;  // null: there is no penalty
    const T* prior = nullptr;                    // (P,), or null

    bool none() const { return strengths == nullptr; }

    // The part of the elements [first, last) of theta; adds their share to the gradient where there is one.
    double add(const network::Architecture& architecture, const T* theta, Index first, Index last, T* gradient) const;

    // Adds the second derivative by each parameter, which is l2 (|w| has none where it has a slope), to numbers
    // `stride` apart: the diagonal of a Hessian.
    void add_curvature(const network::Architecture& architecture, T* diagonal, Index stride) const;

    // Adds the same times v to elements [first, last) of a product.
    void add_curvature_product(const network::Architecture& architecture, const T* v, Index first, Index last,
                               T* product) const;
};

}  // namespace ravine::training
