#pragma once

// Square matrices of which one triangle was computed.

#include "base/types.hpp"

namespace ravine::linalg {

// Multiplies the lower triangle of A (n, n) by `scale` and copies it above the diagonal: symmetric to the bit. All
// threads; done to the end once begun.
template <typename T>
void complete_symmetric(T* a, Index n, T scale);

}  // namespace ravine::linalg
