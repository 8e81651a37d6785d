#pragma once

#include "base/types.hpp"

namespace ravine::derivatives {

// A sum of vectors (P,) that is kept in parts.
template <typename T>
struct SlotSum {
    const T* slots;  // partial sums, to be added in order; valid until the next call
    Index count, stride;

    // Writes `scale` times elements [first, last) of the sum to `to` + first.
    void add_up(T scale, Index first, Index last, T* to) const;
};

}  // namespace ravine::derivatives
