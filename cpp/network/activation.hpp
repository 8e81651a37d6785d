#pragma once

// Activation functions σ with their first two derivatives, element by element.

#include <string_view>
#include <vector>

#include "base/types.hpp"

namespace ravine::network {

enum class Activation { identity, tanh, logistic, relu, leaky_relu, elu, softplus, gelu, silu, sin };

// Throws InvalidArgument that lists the names there are.
Activation activation_from_name(std::string_view name);
std::string_view name_of(Activation activation);

inline constexpr double leaky_relu_slope = 0.01;

// value = σ(z), and σ′(z), σ″(z) where a place for them is given. `value` may be z itself. The count is arbitrary; a
// value's image does not depend on where it lies. At the kinks of relu,
// leaky_relu and elu: the derivatives of the negative side.
template <typename T>
void activate(Activation activation, const T* z, Index count, T* value, T* slope = nullptr, T* curvature = nullptr);

// The same for many vectors, `stride` apart in every block; the count of each is a whole number of registers.
struct VectorBlock {
    Index vectors, count, stride;
};
template <typename T>
void activate(Activation activation, const VectorBlock& block, const T* z, T* value, T* slope = nullptr,
              T* curvature = nullptr);

}  // namespace ravine::network
