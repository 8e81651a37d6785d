#pragma once

// The bounds of an update: the loop of a rule with as many state vectors and next to no arithmetic, limited by memory,
// or with one square root and one division an element. Benchmarks measure each rule against the slower one, on the same
// footprint.

#include <span>

#include "base/types.hpp"

namespace ravine::updates {

enum class Bound { streaming, root_and_division };

// Reads theta, gradient and up to three states, writes theta and the states.
template <typename T>
void run_bound(Bound bound, T* theta, const T* gradient, std::span<T* const> states, Index n);

}  // namespace ravine::updates
