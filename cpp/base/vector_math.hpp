#pragma once

// Elementary functions on all lanes of a register, float and double, to a few units in the last place.
// A lane's result depends on that lane alone. Formulas: J.-M. Muller, Elementary Functions (3rd ed.), ch. 11.

#include <cmath>
#include <iterator>

#include "base/math_constants.hpp"
#include "base/simd.hpp"

namespace ravine::math {

using simd::Bits;
using simd::Pack;

// c[0] + c[1] x + ... by Horner's rule.
template <typename T, std::size_t n>
inline Pack<T> polynomial(Pack<T> x, const T (&c)[n]) {
    Pack<T> sum = simd::splat(c[n - 1]);
    for (std::size_t i = n - 1; i-- > 0;) sum = sum * x + c[i];
    return sum;
}

// x = k ln 2 + r with |r| <= ln(2)/2: expm1(r), and k both as an integer in the low bits and as a number.
template <typename T>
struct ReducedExp {
    Pack<T> expm1_r;
    Pack<Bits<T>> k;
};

template <typename T>
inline ReducedExp<T> reduce_exp(Pack<T> x) {
    using C = Constants<T>;
    const Pack<T> shifted = x * C::log2_e + C::round_shift;
    const Pack<T> k = shifted - C::round_shift;
    const Pack<T> r = (x - k * C::ln2_high) - k * C::ln2_low;
    const Pack<T> q = polynomial<T>(r, C::expm1_q);
    return {r + r * r * q, simd::to_bits<T>(shifted) - simd::to_bits<T>(simd::splat(C::round_shift))};
}

// 2^k for exponents of normal numbers.
template <typename T>
inline Pack<T> power_of_two(Pack<Bits<T>> k) {
    return simd::from_bits<T>((k << Constants<T>::mantissa_bits) + simd::to_bits<T>(simd::splat(T(1))));
}

// Over the whole range, subnormal results included: the scale 2^k is applied in two steps.
template <typename T>
inline Pack<T> exp(Pack<T> x) {
    using C = Constants<T>;
    const Pack<T> inside = simd::max<T>(simd::min<T>(x, C::exp_max), C::exp_min);
    const auto [expm1_r, k] = reduce_exp<T>(inside);
    const Pack<Bits<T>> half = k >> 1;
    const Pack<T> y = (1 + expm1_r) * power_of_two<T>(half) * power_of_two<T>(k - half);
    const Pack<T> above = x > C::exp_max ? simd::splat(std::numeric_limits<T>::infinity()) : y;
    return x < C::exp_min ? Pack<T>{} : above;
}

// exp(-|x|), for the functions that need no more: always in [0, 1].
template <typename T>
inline Pack<T> exp_of_minus_abs(Pack<T> x) {
    return exp<T>(-simd::abs<T>(x));
}

// 2^k expm1(r) + (2^k - 1): no cancellation, because 2^k - 1 is exact or the sum is dominated by one term.
template <typename T>
inline Pack<T> expm1_in_range(Pack<T> x) {
    const auto [expm1_r, k] = reduce_exp<T>(x);
    const Pack<T> scale = power_of_two<T>(k);
    return scale * expm1_r + (scale - 1);
}

template <typename T>
inline Pack<T> expm1(Pack<T> x) {
    using C = Constants<T>;
    const Pack<T> large = exp<T>(x) - 1;
    const T top = C::exp_max - 1;  // above it 2^k itself may overflow, and the 1 no longer matters
    const Pack<T> y = expm1_in_range<T>(simd::max<T>(simd::min<T>(x, top), T(-40)));
    const Pack<T> signed_zero = x == 0 ? x : y;
    return x > top ? large : signed_zero;
}

// tanh |x| = e/(e + 2), e = expm1(2|x|).
template <typename T>
inline Pack<T> tanh(Pack<T> x) {
    const Pack<T> bounded = simd::min<T>(simd::abs<T>(x), Constants<T>::tanh_max);
    const Pack<T> e = expm1_in_range<T>(2 * bounded);
    return simd::with_sign<T>(e / (e + 2), x);
}

// 1/(1 + exp(-x)), from e = exp(-|x|), so that neither tail cancels.
template <typename T>
inline Pack<T> logistic(Pack<T> x) {
    const Pack<T> e = exp_of_minus_abs<T>(x);
    return (x < 0 ? e : simd::splat(T(1))) / (1 + e);
}

// x = 2^k m with m in [sqrt(1/2), sqrt(2)); log(1 + f) = f - f^2/2 + s (f^2/2 + R), s = f/(2 + f).
template <typename T>
inline Pack<T> log(Pack<T> x) {
    using C = Constants<T>;
    const auto tiny = x < C::smallest_normal;
    const Pack<T> scaled = tiny ? x * C::subnormal_scale : x;
    const Pack<Bits<T>> bits = simd::to_bits<T>(scaled);
    const Pack<Bits<T>> k = (bits - simd::to_bits<T>(simd::splat(C::sqrt_half))) >> C::mantissa_bits;
    const Pack<T> m = simd::from_bits<T>(bits - (k << C::mantissa_bits));
    const Pack<T> shift = simd::splat(C::round_shift);
    const Pack<T> count = simd::from_bits<T>(k + simd::to_bits<T>(shift)) - shift;
    const Pack<T> exponent = tiny ? count - C::subnormal_exponent : count;
    const Pack<T> f = m - 1, s = f / (2 + f), z = s * s, half_square = T(0.5) * f * f;
    const Pack<T> tail = s * (half_square + z * polynomial<T>(z, C::log_r)) + exponent * C::ln2_low;
    const Pack<T> y = exponent * C::ln2_high + (f - (half_square - tail));
    const Pack<T> finite = x > std::numeric_limits<T>::max() ? x : y;  // +inf
    const Pack<T> at_zero = x == 0 ? simd::splat(-std::numeric_limits<T>::infinity()) : finite;
    return x >= 0 ? at_zero : simd::splat(std::numeric_limits<T>::quiet_NaN());
}

// log(1 + x): the rounding error of s = 1 + x, known exactly as x - (s - 1), is put back to first order.
template <typename T>
inline Pack<T> log1p(Pack<T> x) {
    const Pack<T> s = 1 + x;
    const Pack<T> lost = (x - (s - 1)) / s;
    const Pack<T> y = log<T>(s);
    const auto plain = (s == 0) | (s > std::numeric_limits<T>::max());
    const Pack<T> corrected = plain ? y : y + lost;
    return x == 0 ? x : corrected;
}

// log(1 + exp(x)) without overflow.
template <typename T>
inline Pack<T> softplus(Pack<T> x) {
    return simd::max<T>(x, 0) + log1p<T>(exp_of_minus_abs<T>(x));
}

// erfc(|x|) for |x| >= 1 given exp(-x^2).
template <typename T>
inline Pack<T> erfc_large(Pack<T> abs_x, Pack<T> exp_of_minus_square) {
    using C = Constants<T>;
    const Pack<T> t = (abs_x - C::erfc_k) / (abs_x + C::erfc_k);
    return exp_of_minus_square * polynomial<T>(t, C::erfc_large) / (1 + 2 * abs_x);
}

template <typename T>
inline Pack<T> erf(Pack<T> x) {
    using C = Constants<T>;
    const Pack<T> a = simd::min<T>(simd::abs<T>(x), C::erfc_max), z = a * a;
    const Pack<T> small = a * polynomial<T>(simd::min<T>(z, 1), C::erf_small);
    const Pack<T> large = 1 - erfc_large<T>(a, exp<T>(-z));
    return simd::with_sign<T>(a < 1 ? small : large, x);
}

// The normal distribution's Phi(x) = erfc(-x/sqrt(2))/2 and phi(x), which share exp(-x^2/2).
template <typename T>
struct Normal {
    Pack<T> cumulative, density;
};

template <typename T>
inline Normal<T> normal(Pack<T> x) {
    using C = Constants<T>;
    constexpr T sqrt_half = C::sqrt_half, inverse_sqrt_2pi = T(0.398942280401432677939946059934);
    const Pack<T> e = exp<T>(T(-0.5) * x * x);
    const Pack<T> a = simd::min<T>(simd::abs<T>(x) * sqrt_half, C::erfc_max);
    const Pack<T> half_erf = T(0.5) * a * polynomial<T>(simd::min<T>(a * a, 1), C::erf_small);
    const Pack<T> half_erfc = T(0.5) * erfc_large<T>(a, e);
    const Pack<T> upper_tail = a < 1 ? T(0.5) - half_erf : half_erfc;
    const Pack<T> upper = a < 1 ? T(0.5) + half_erf : 1 - half_erfc;
    return {x < 0 ? upper_tail : upper, e * inverse_sqrt_2pi};
}

template <typename T>
struct SineCosine {
    Pack<T> sine, cosine;
};

// r = x - n pi/2 in pieces (Cody and Waite); lanes too large for that take the C library's exact reduction.
template <typename T>
inline SineCosine<T> sine_cosine(Pack<T> x) {
    using C = Constants<T>;
    const Pack<T> shifted = x * C::two_over_pi + C::round_shift;
    const Pack<T> n = shifted - C::round_shift;
    Pack<T> r = x;
    for (const T piece : C::half_pi) r = r - n * piece;
    const Pack<T> z = r * r;
    const Pack<T> s = r + r * z * polynomial<T>(z, C::sine);
    const Pack<T> c = 1 - T(0.5) * z + z * z * polynomial<T>(z, C::cosine);
    const Pack<Bits<T>> quadrant = simd::to_bits<T>(shifted);
    const auto odd = (quadrant & 1) != 0;
    const Pack<T> sine = odd ? c : s, cosine = odd ? s : c;
    SineCosine<T> y{(quadrant & 2) != 0 ? -sine : sine, ((quadrant + 1) & 2) != 0 ? -cosine : cosine};
    const auto beyond = ~(simd::abs<T>(x) <= C::sine_limit);
    if (simd::any<T>(beyond)) {
        for (Index i = 0; i < simd::lanes<T>; ++i) {
            if (beyond[i] == 0) continue;
            y.sine[i] = std::sin(x[i]);
            y.cosine[i] = std::cos(x[i]);
        }
    }
    return y;
}

template <typename T>
inline Pack<T> sin(Pack<T> x) {
    const Pack<T> y = sine_cosine<T>(x).sine;
    return x == 0 ? x : y;
}

template <typename T>
inline Pack<T> cos(Pack<T> x) {
    return sine_cosine<T>(x).cosine;
}

// out[i] = f(in[i]) for any length: the tail goes through the same code as the body, in a padded register, so that a
// value's image does not depend on where it lies.
template <typename T, typename F>
[[gnu::noinline]] void map_packs(F f, const T* in, T* out, Index packs) {
    for (Index i = 0; i < packs * simd::lanes<T>; i += simd::lanes<T>) simd::store(out + i, f(simd::load(in + i)));
}

template <typename T, typename F>
void map(F f, const T* in, T* out, Index n) {
    const Index whole = n / simd::lanes<T>, rest = n % simd::lanes<T>;
    map_packs<T>(f, in, out, whole);
    if (rest == 0) return;
    T padded[simd::lanes<T>] = {};
    std::memcpy(padded, in + n - rest, static_cast<std::size_t>(rest) * sizeof(T));
    map_packs<T>(f, padded, padded, 1);
    std::memcpy(out + n - rest, padded, static_cast<std::size_t>(rest) * sizeof(T));
}

}  // namespace ravine::math
