#pragma once

// Vectors as wide as the CPU level allows, by the vector extension of GCC and Clang: arithmetic, comparison and
// `mask ? a : b` work on all lanes at once, and a lane never sees its neighbours.

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/one_level.hpp"
#include "base/types.hpp"

namespace ravine::simd {

#if defined(__AVX512F__)
inline constexpr int bytes = 64;
#elif defined(__AVX__)
inline constexpr int bytes = 32;
#else
inline constexpr int bytes = 16;
#endif

template <typename T>
struct PackOf {
    typedef T type __attribute__((vector_size(bytes)));
};

// All lanes of one register.
template <typename T>
using Pack = typename PackOf<T>::type;

template <typename T>
inline constexpr Index lanes = bytes / static_cast<Index>(sizeof(T));

using ravine::Bits;

template <typename T>
inline Pack<T> load(const T* p) {
    Pack<T> v;
    std::memcpy(&v, p, sizeof v);
    return v;
}

template <typename T>
inline void store(T* p, Pack<T> v) {
    std::memcpy(p, &v, sizeof v);
}

template <typename T>
inline Pack<T> splat(T x) {
    return x - Pack<T>{};  // x - 0 keeps every x, -0 too
}

template <typename T>
inline Pack<Bits<T>> to_bits(Pack<T> v) {
    Pack<Bits<T>> b;
    std::memcpy(&b, &v, sizeof b);
    return b;
}

template <typename T>
inline Pack<T> from_bits(Pack<Bits<T>> b) {
    Pack<T> v;
    std::memcpy(&v, &b, sizeof v);
    return v;
}

template <typename T>
inline Pack<T> abs(Pack<T> x) {
    return from_bits<T>(to_bits<T>(x) & std::numeric_limits<Bits<T>>::max());
}

// x with the sign of `sign`; x itself must not be negative.
template <typename T>
inline Pack<T> with_sign(Pack<T> x, Pack<T> sign) {
    return from_bits<T>(to_bits<T>(x) | (to_bits<T>(sign) & std::numeric_limits<Bits<T>>::min()));
}

// NaN in x stays NaN, which the plain comparison `x > bound ? bound : x` gives for free.
template <typename T>
inline Pack<T> min(Pack<T> x, T bound) {
    return x > bound ? splat(bound) : x;
}

template <typename T>
inline Pack<T> max(Pack<T> x, T bound) {
    return x < bound ? splat(bound) : x;
}

template <typename T>
inline Pack<T> sqrt(Pack<T> x) {
    Pack<T> r{};
    for (Index i = 0; i < lanes<T>; ++i)
        r[i] =
            std::is_same_v<T, float> ? __builtin_sqrtf(static_cast<float>(x[i])) : static_cast<T>(__builtin_sqrt(x[i]));
    return r;
}

template <typename T>
inline bool any(Pack<Bits<T>> mask) {
    Bits<T> all = 0;
    for (Index i = 0; i < lanes<T>; ++i) all |= mask[i];
    return all != 0;
}

// The lanes added in a fixed tree, so that the result depends on the values alone.
template <typename T>
inline T sum(Pack<T> v) {
    T part[lanes<T>];
    store(part, v);
#pragma GCC unroll 8
    for (Index width = lanes<T> / 2; width > 0; width /= 2)
#pragma GCC unroll 8
        for (Index i = 0; i < width; ++i) part[i] += part[i + width];
    return part[0];
}

namespace detail {

// (a0, b0, a1, b1, ...) from the lower halves of two registers, or from the upper ones.
template <typename T, bool upper, std::size_t... i>
inline Pack<T> interleave(Pack<T> a, Pack<T> b, std::index_sequence<i...>) {
    constexpr int n = static_cast<int>(lanes<T>), first = upper ? n / 2 : 0;
    return __builtin_shufflevector(a, b, (first + static_cast<int>(i) / 2 + (i % 2 == 0 ? 0 : n))...);
}

}  // namespace detail

// Transposes a square of lanes<T> registers in place: log2(lanes) perfect shuffles.
template <typename T>
inline void transpose(Pack<T> (&v)[lanes<T>]) {
    constexpr Index n = lanes<T>;
    using Lanes = std::make_index_sequence<n>;
#pragma GCC unroll 4
    for (Index width = 1; width < n; width *= 2) {
        Pack<T> w[n];
#pragma GCC unroll 8
        for (Index i = 0; i < n / 2; ++i) {
            w[2 * i] = detail::interleave<T, false>(v[i], v[i + n / 2], Lanes{});
            w[2 * i + 1] = detail::interleave<T, true>(v[i], v[i + n / 2], Lanes{});
        }
#pragma GCC unroll 16
        for (Index i = 0; i < n; ++i) v[i] = w[i];
    }
}

}  // namespace ravine::simd
