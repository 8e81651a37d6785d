#pragma once

// Division by the root of a running square, as the sources write it: eps under the root or beside it, and 0/0 = 0
// where both are zero.

#include "updates/driver.hpp"
#include "updates/options.hpp"

namespace ravine::updates {

template <typename T>
struct Root {
    T scale, inside, outside;  // √(scale r + inside) + outside

    simd::Pack<T> divide(simd::Pack<T> x, simd::Pack<T> r) const {
        const simd::Pack<T> size = simd::sqrt<T>(r * scale + inside) + outside;
        const simd::Pack<T> quotient = x / size;
        return size == 0 ? simd::Pack<T>{} : quotient;
    }
};

// Options eps and eps_inside_sqrt.
struct Stabiliser {
    double eps;
    bool inside;

    explicit Stabiliser(OptionReader& read) : eps(read.non_negative("eps")), inside(read.flag("eps_inside_sqrt")) {}

    template <typename T>
    Root<T> root(double scale = 1) const {
        return {static_cast<T>(scale), static_cast<T>(inside ? eps : 0), static_cast<T>(inside ? 0 : eps)};
    }
};

}  // namespace ravine::updates
