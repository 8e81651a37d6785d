// Symmetric definite matrices for the tests of what is built on Cholesky's factor, and the definition to check against.
#pragma once

#include <cmath>
#include <vector>

#include "samples.hpp"

namespace ravine::testing {

// Diagonally dominant, so definite and well conditioned; NaN above the diagonal, which no kernel may look at, and
// between the rows.
template <typename T = double>
Block<T> definite_block(Index n, Index stride, Index shift = 0) {
    Block<T> a = random_block<T>(n * stride, 11, -1, 1, shift);
    for (Index i = 0; i < n; ++i) {
        a[i * stride + i] += static_cast<T>(n) + 1;
        for (Index j = i + 1; j < stride; ++j) {
            if (i * stride + j < a.size()) a[i * stride + j] = static_cast<T>(std::nan(""));
        }
    }
    return a;
}

inline double symmetric_at(const Block<double>& a, Index stride, Index i, Index j) {
    return i >= j ? a[i * stride + j] : a[j * stride + i];
}

// (L Lᵀ)_ij.
template <typename T>
double factor_product(const Block<T>& l, Index stride, Index i, Index j) {
    double sum = 0;
    for (Index k = 0; k <= std::min(i, j); ++k) sum += static_cast<double>(l[i * stride + k]) * l[j * stride + k];
    return sum;
}

template <typename T>
bool same_bits(const Block<T>& a, const Block<T>& b) {
    for (Index i = 0; i < a.size(); ++i) {
        if (!(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])))) return false;
    }
    return a.size() == b.size();
}

}  // namespace ravine::testing
