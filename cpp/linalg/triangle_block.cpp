#include "linalg/triangle_block.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/simd.hpp"
#include "linalg/tile.hpp"

namespace ravine::linalg {

namespace {

using simd::lanes;
using simd::Pack;

// row -= Σ_{j < k} u[j, k] u[j, :] for some registers of row k, begun at `column`.
template <typename T, int packs>
void eliminate(T* u, Index stride, Index k, Index column) {
    constexpr Index width = lanes<T>;
    Pack<T> sum[packs];
    T* row = u + k * stride + column;
#pragma GCC unroll 4
    for (int p = 0; p < packs; ++p) sum[p] = simd::load(row + p * width);
    for (Index j = 0; j < k; ++j) {
        const Pack<T> factor = simd::splat(u[j * stride + k]);
#pragma GCC unroll 4
        for (int p = 0; p < packs; ++p) sum[p] -= factor * simd::load(u + j * stride + column + p * width);
    }
#pragma GCC unroll 4
    for (int p = 0; p < packs; ++p) simd::store(row + p * width, sum[p]);
}

constexpr int most_packs = 4;
template <typename T>
constexpr std::array eliminators{&eliminate<T, 1>, &eliminate<T, 2>, &eliminate<T, 3>, &eliminate<T, 4>};

// `rows` rows of Y, `packs` registers of each: what the triangle's other rows [first, last) take away, then the
// triangle of its own rows, downwards or upwards. coefficient(j, i) is what row i takes of row j.
template <typename T, int rows, int packs, bool down>
void solve_tile(const T* u, Index stride, Index i0, Index n, T* y, Index y_stride) {
    constexpr Index width = lanes<T>;
    const auto coefficient = [=](Index j, Index i) { return down ? u[j * stride + i] : u[i * stride + j]; };
    Pack<T> sum[rows][packs];
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 4
        for (int p = 0; p < packs; ++p) sum[r][p] = simd::load(y + (i0 + r) * y_stride + p * width);
    }
    const Index first = down ? 0 : i0 + rows, last = down ? i0 : n;
    for (Index j = first; j < last; ++j) {
        Pack<T> solved[packs];
#pragma GCC unroll 4
        for (int p = 0; p < packs; ++p) solved[p] = simd::load(y + j * y_stride + p * width);
#pragma GCC unroll 8
        for (int r = 0; r < rows; ++r) {
            const T factor = coefficient(j, i0 + r);
#pragma GCC unroll 4
            for (int p = 0; p < packs; ++p) sum[r][p] -= factor * solved[p];
        }
    }
#pragma GCC unroll 8
    for (int step = 0; step < rows; ++step) {
        const int r = down ? step : rows - 1 - step;
        const T inverse = 1 / u[(i0 + r) * (stride + 1)];
#pragma GCC unroll 4
        for (int p = 0; p < packs; ++p) {
            sum[r][p] *= inverse;
            simd::store(y + (i0 + r) * y_stride + p * width, sum[r][p]);
        }
#pragma GCC unroll 8
        for (int other = 0; other < rows; ++other) {
            if (down ? other <= r : other >= r) continue;
            const T factor = coefficient(i0 + r, i0 + other);
#pragma GCC unroll 4
            for (int p = 0; p < packs; ++p) sum[other][p] -= factor * sum[r][p];
        }
    }
}

// All rows of one panel of `packs` registers: whole tiles, and single rows for what is left of the order.
template <typename T, int packs, bool down>
void solve_panel(const T* u, Index stride, Index n, T* y, Index y_stride) {
    const Index body = n / tile_rows * tile_rows;
    if constexpr (!down) {
        for (Index i = n - 1; i >= body; --i) solve_tile<T, 1, packs, down>(u, stride, i, n, y, y_stride);
    }
    for (Index i = 0; i < body; i += tile_rows) {
        solve_tile<T, tile_rows, packs, down>(u, stride, down ? i : body - tile_rows - i, n, y, y_stride);
    }
    if constexpr (down) {
        for (Index i = body; i < n; ++i) solve_tile<T, 1, packs, down>(u, stride, i, n, y, y_stride);
    }
}

template <typename T, bool down, int... index>
constexpr auto panel_table(std::integer_sequence<int, index...>) {
    return std::array{&solve_panel<T, index + 1, down>...};
}

template <typename T, bool down>
void solve(const T* u, Index n, Index stride, T* y, Index columns, Index y_stride) {
    static constexpr auto panels = panel_table<T, down>(std::make_integer_sequence<int, tile_packs>{});
    const Index total = ceil_divide(columns, lanes<T>);
    for (Index pack = 0; pack < total; pack += tile_packs) {
        const auto packs = static_cast<std::size_t>(std::min<Index>(tile_packs, total - pack));
        panels[packs - 1](u, stride, n, y + pack * lanes<T>, y_stride);
    }
}

}  // namespace

template <typename T>
Index factor_block(T* u, Index n, Index stride) {
    constexpr Index width = lanes<T>;
    const Index total = ceil_divide(n, width);
    for (Index k = 0; k < n; ++k) {
        for (Index pack = k / width; pack < total; pack += most_packs) {
            const auto packs = static_cast<std::size_t>(std::min<Index>(most_packs, total - pack));
            eliminators<T>[packs - 1](u, stride, k, pack* width);
        }
        T* row = u + k * stride;
        const T pivot = row[k];
        if (!(pivot > 0 && std::isfinite(pivot))) return k;
        const T root = std::sqrt(pivot), inverse = 1 / root;
        for (Index pack = k / width; pack < total; ++pack)
            simd::store(row + pack * width, simd::load(row + pack * width) * inverse);
        row[k] = root;
    }
    return -1;
}

template <typename T>
void solve_upper_transposed_block(const T* u, Index n, Index stride, T* y, Index columns, Index y_stride) {
    solve<T, true>(u, n, stride, y, columns, y_stride);
}

template <typename T>
void solve_upper_block(const T* u, Index n, Index stride, T* y, Index columns, Index y_stride) {
    solve<T, false>(u, n, stride, y, columns, y_stride);
}

template Index factor_block(float*, Index, Index);
template Index factor_block(double*, Index, Index);
template void solve_upper_transposed_block(const float*, Index, Index, float*, Index, Index);
template void solve_upper_transposed_block(const double*, Index, Index, double*, Index, Index);
template void solve_upper_block(const float*, Index, Index, float*, Index, Index);
template void solve_upper_block(const double*, Index, Index, double*, Index, Index);

}  // namespace ravine::linalg
