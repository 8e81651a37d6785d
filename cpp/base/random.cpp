#include "base/random.hpp"

#include <numeric>
#include <utility>

namespace ravine::random {

namespace {

struct Wide {
    std::uint64_t high, low;
};

// The 128-bit product from 32-bit halves: no compiler extension needed.
Wide multiply(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t low_half = 0xffffffffULL;
    const std::uint64_t a0 = a & low_half, a1 = a >> 32, b0 = b & low_half, b1 = b >> 32;
    const std::uint64_t middle = a1 * b0 + ((a0 * b0) >> 32);
    const std::uint64_t cross = a0 * b1 + (middle & low_half);
    return {a1 * b1 + (middle >> 32) + (cross >> 32), a * b};
}

}  // namespace

std::uint64_t Stream::below(std::uint64_t bound) {
    const std::uint64_t rejected = (0 - bound) % bound;
    Wide product = multiply(next(), bound);
    while (product.low < rejected) product = multiply(next(), bound);
    return product.high;
}

void permutation(std::uint64_t seed, std::uint64_t stream, Index* rows, Index n) {
    std::iota(rows, rows + n, Index{0});
    Stream draw(seed, stream);
    for (Index left = n; left > 1; --left) {
        std::swap(rows[left - 1], rows[draw.below(static_cast<std::uint64_t>(left))]);
    }
}

void draws(std::uint64_t seed, std::uint64_t stream, Index bound, Index* rows, Index n) {
    Stream draw(seed, stream);
    for (Index i = 0; i < n; ++i) rows[i] = static_cast<Index>(draw.below(static_cast<std::uint64_t>(bound)));
}

}  // namespace ravine::random
