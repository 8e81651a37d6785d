#include "updates/finite.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "base/simd.hpp"
#include "base/threads.hpp"

namespace ravine::updates {

namespace {

// Elements of one task.
constexpr Index block = 1 << 15;

// 0 x is 0 for finite x, and NaN for the others; a NaN stays in every sum.
template <typename T>
bool block_is_finite(const T* x, Index n) {
    constexpr Index width = simd::lanes<T>, chains = 4, step = chains * width;
    const Index body = n / step * step;
    simd::Pack<T> sums[chains] = {};
    for (Index i = 0; i < body; i += step) {
        for (Index j = 0; j < chains; ++j) sums[j] += T(0) * simd::load(x + i + j * width);
    }
    T sum = simd::sum<T>((sums[0] + sums[1]) + (sums[2] + sums[3]));
    for (Index i = body; i < n; ++i) sum += T(0) * x[i];
    return !std::isnan(sum);
}

}  // namespace

template <typename T>
bool all_finite(const T* x, Index n) {
    std::atomic<bool> finite{true};
    const auto look = [&](Index task, int) {
        const Index first = task * block;
        if (!block_is_finite(x + first, std::min(block, n - first))) finite = false;
    };
    threads::for_each(ceil_divide(n, block), threads::worth(static_cast<double>(n)), look,
                      threads::Interrupts::left_alone);
    return finite;
}

template bool all_finite(const float*, Index);
template bool all_finite(const double*, Index);

}  // namespace ravine::updates
