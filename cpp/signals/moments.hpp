#pragma once

// Mean and variance, gathered piece by piece without cancellation, in double whatever T: a gradient that has vanished
// in float32 must not vanish once more when it is squared.

#include "base/types.hpp"

namespace ravine::signals {

// Σ f(x[i]) over eight sums side by side, in an order that depends on n alone.
template <typename T, typename F>
double sum_of(const T* x, Index n, F&& f) {
    constexpr Index lanes = 8;
    double part[lanes] = {};
    Index i = 0;
    for (; i + lanes <= n; i += lanes) {
        for (Index j = 0; j < lanes; ++j) part[j] += f(static_cast<double>(x[i + j]));
    }
    for (Index j = 0; i < n; ++i, ++j) part[j] += f(static_cast<double>(x[i]));
    return ((part[0] + part[4]) + (part[1] + part[5])) + ((part[2] + part[6]) + (part[3] + part[7]));
}

// Of n numbers: their mean, and Σ (x - mean)².
struct Moments {
    double mean, squares;
};

template <typename T>
Moments moments_of(const T* x, Index n) {
    const double mean = sum_of(x, n, [](double v) { return v; }) / static_cast<double>(n);
    return {mean, sum_of(x, n, [mean](double v) { return (v - mean) * (v - mean); })};
}

// Joins the moments of m more numbers to those of n (Chan, Golub and LeVeque 1983, eq. 2.1).
inline Moments join(const Moments& some, Index n, const Moments& more, Index m) {
    const double share = static_cast<double>(m) / static_cast<double>(n + m), difference = more.mean - some.mean;
    return {some.mean + share * difference,
            some.squares + more.squares + share * static_cast<double>(n) * difference * difference};
}

}  // namespace ravine::signals
