#pragma once

// Losses L(f, y) with ∇ and ∇² in f, on blocks of rows that lie feature-major: f[k * stride + row].

#include <string_view>

#include "base/simd.hpp"
#include "base/types.hpp"

namespace ravine::network {

enum class Loss { squared_error, cross_entropy, binary_cross_entropy };

// Throws InvalidArgument that lists the names there are.
Loss loss_from_name(std::string_view name);

// Rows of a block, all lanes of the last register included: what pads it must be finite and have weight 0.
template <typename T>
struct LossBlock {
    Index rows;     // a multiple of simd::lanes<T>
    Index outputs;  // columns of f
    Index stride;   // between outputs, of f, targets, gradient
    const T* f;
    const T* targets;             // (outputs, rows), or null where there are labels
    const simd::Bits<T>* labels;  // (rows,), cross entropy only
    const T* weights;             // (rows,)
};

// values[row] = w L, and where a place is given gradient = w ∇L (outputs, rows) and hessian = w ∇²L
// (outputs, outputs, rows), the latter with `rows` between neighbours.
//   squared_error         ½‖f - y‖²              f - y             I
//   cross_entropy         -Σ y log p             pΣy - y           (diag p - ppᵀ)Σy,  p = softmax(f)
//   binary_cross_entropy  Σ softplus(f) - y f    s(f) - y          diag s(1 - s),     s = logistic
template <typename T>
void evaluate_loss(Loss loss, const LossBlock<T>& block, T* values, T* gradient = nullptr, T* hessian = nullptr);

}  // namespace ravine::network
