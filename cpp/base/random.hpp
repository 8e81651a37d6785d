#pragma once

// Random numbers as a function of (seed, stream): no hidden state, so that the order of epoch 17 can be had without
// the sixteen before it, and a resumed run equals the run that was never stopped.

#include <cstdint>

#include "base/types.hpp"

namespace ravine::random {

// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) over a counter.
class Stream {
  public:
    Stream(std::uint64_t seed, std::uint64_t stream) : state_(mix(seed) ^ mix(~stream)) {}

    std::uint64_t next() {
        state_ += golden_gamma;
        return mix(state_);
    }

    // Uniform in [0, bound), without bias (Lemire, ACM TOMACS 29 (2019) 3); bound > 0.
    std::uint64_t below(std::uint64_t bound);

  private:
    static constexpr std::uint64_t golden_gamma = 0x9e3779b97f4a7c15ULL;
    static std::uint64_t mix(std::uint64_t z) {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }

    std::uint64_t state_;
};

// Writes the permutation of 0 .. n-1 that belongs to (seed, stream) (Fisher and Yates).
void permutation(std::uint64_t seed, std::uint64_t stream, Index* rows, Index n);

// Writes n draws from 0 .. bound-1, independent and with replacement, that belong to (seed, stream); bound > 0.
void draws(std::uint64_t seed, std::uint64_t stream, Index bound, Index* rows, Index n);

}  // namespace ravine::random
