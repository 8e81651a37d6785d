#include "linalg/rows_times_vector.hpp"

#include <algorithm>

#include "base/simd.hpp"

namespace ravine::linalg {

namespace {

using simd::Pack;

constexpr Index rows_at_once = 4;  // with two chains each, as many as hide the latency of a multiply-add

// Both chains begin at once and take turns, whatever the number of rows.
template <typename T, Index rows>
void multiply_rows(const T* a, Index a_stride, Index k, const T* x, T* y, bool accumulate) {
    constexpr Index width = simd::lanes<T>;
    Pack<T> even[rows] = {}, odd[rows] = {};
    Index step = 0;
    for (; step + 2 * width <= k; step += 2 * width) {
        const Pack<T> first = simd::load(x + step), second = simd::load(x + step + width);
#pragma GCC unroll 4
        for (Index i = 0; i < rows; ++i) {
            even[i] += simd::load(a + i * a_stride + step) * first;
            odd[i] += simd::load(a + i * a_stride + step + width) * second;
        }
    }
    if (step < k) {
        const Pack<T> last = simd::load(x + step);
#pragma GCC unroll 4
        for (Index i = 0; i < rows; ++i) even[i] += simd::load(a + i * a_stride + step) * last;
    }
#pragma GCC unroll 4
    for (Index i = 0; i < rows; ++i) {
        const T sum = simd::sum<T>(even[i] + odd[i]);
        y[i] = accumulate ? y[i] + sum : sum;
    }
}

}  // namespace

template <typename T>
void rows_times_vector(const T* a, Index a_stride, Index m, Index k, const T* x, T* y, bool accumulate) {
    const Index body = m / rows_at_once * rows_at_once;
    for (Index i = 0; i < body; i += rows_at_once)
        multiply_rows<T, rows_at_once>(a + i * a_stride, a_stride, k, x, y + i, accumulate);
    for (Index i = body; i < m; ++i) multiply_rows<T, 1>(a + i * a_stride, a_stride, k, x, y + i, accumulate);
}

template void rows_times_vector(const float*, Index, Index, Index, const float*, float*, bool);
template void rows_times_vector(const double*, Index, Index, Index, const double*, double*, bool);

}  // namespace ravine::linalg
