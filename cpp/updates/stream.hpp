#pragma once

// The bound that memory sets: the loop of a rule with two state vectors, and next to no arithmetic. Benchmarks measure
// Adam against it on the same footprint.

#include "base/types.hpp"

namespace ravine::updates {

// Reads theta, gradient, m and v, writes theta, m and v.
template <typename T>
void stream(T* theta, const T* gradient, T* m, T* v, Index n);

}  // namespace ravine::updates
