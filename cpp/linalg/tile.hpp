#pragma once

// The tile of a result that stays in registers: as many accumulators as leave room for a row of the right factor and
// one number of the left. For the kernels of this room alone.

#include "base/one_level.hpp"
#include "base/simd.hpp"

namespace ravine::linalg {

#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr int tile_rows = 8, tile_packs = 3;
#elif defined(__AVX__)
inline constexpr int tile_rows = 4, tile_packs = 3;
#else
inline constexpr int tile_rows = 4, tile_packs = 2;
#endif

}  // namespace ravine::linalg
