// Symmetric definite matrices for the tests of what is built on Cholesky's factor, and the definition to check against.
#pragma once

#include <cmath>
#include <vector>

#include "samples.hpp"

namespace ravine::testing {

// Diagonally dominant, so definite and well conditioned; NaN above the diagonal, which no kernel may look at, and
// between the rows.
inline Block<double> definite_block(Index n, Index stride, Index shift = 0) {
    Block<double> a = random_block<double>(n * stride, 11, -1, 1, shift);
    for (Index i = 0; i < n; ++i) {
        a[i * stride + i] += static_cast<double>(n) + 1;
        for (Index j = i + 1; j < stride; ++j) {
            if (i * stride + j < a.size()) a[i * stride + j] = std::nan("");
        }
    }
    return a;
}

inline double symmetric_at(const Block<double>& a, Index stride, Index i, Index j) {
    return i >= j ? a[i * stride + j] : a[j * stride + i];
}

// (L Lᵀ)_ij.
inline double factor_product(const Block<double>& l, Index stride, Index i, Index j) {
    double sum = 0;
    for (Index k = 0; k <= std::min(i, j); ++k) sum += l[i * stride + k] * l[j * stride + k];
    return sum;
}

inline bool same_bits(const Block<double>& a, const Block<double>& b) {
    for (Index i = 0; i < a.size(); ++i) {
        if (!(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])))) return false;
    }
    return a.size() == b.size();
}

}  // namespace ravine::testing
