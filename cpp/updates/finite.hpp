#pragma once

// Whether a gradient may be stepped with: a question of one pass, on all threads.

#include "base/types.hpp"

namespace ravine::updates {

// False if one of the n numbers is a NaN or an infinity.
template <typename T>
bool all_finite(const T* x, Index n);

}  // namespace ravine::updates
