#pragma once

// The vocabulary of every room: sizes, checked multiplication. The same for every CPU level.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "base/errors.hpp"

namespace ravine {

// Signed and 64 bits wide: P^2 overflows an int at P = 46,341.
using Index = std::ptrdiff_t;

// The integer as wide as T: labels, masks and bit patterns.
template <typename T>
using Bits = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;

// Of a line of a cache, on all processors of today.
inline constexpr Index line_bytes = 64;

// a * b for sizes that are not negative; throws SizeOverflow where the result is no Index.
inline Index checked_product(Index a, Index b) {
    if (a != 0 && b > std::numeric_limits<Index>::max() / a) throw SizeOverflow(a, b);
    return a * b;
}

// a + b for sizes that are not negative; throws SizeOverflow where the result is no Index.
inline Index checked_sum(Index a, Index b) {
    if (b > std::numeric_limits<Index>::max() - a) throw SizeOverflow(a, b);
    return a + b;
}

constexpr Index round_up(Index n, Index multiple) { return (n + multiple - 1) / multiple * multiple; }
constexpr Index ceil_divide(Index n, Index divisor) { return (n + divisor - 1) / divisor; }

}  // namespace ravine
