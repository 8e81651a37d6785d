#pragma once

// A symmetric matrix as iterative methods see it: by its product with a vector.

#include <functional>

#include "base/types.hpp"

namespace ravine::linalg {

// Writes A v to `out`, which lies apart from v.
using ProductFunction = std::function<void(const double* v, double* out)>;

// The product with a symmetric (n, n) matrix that lies in memory, `stride` elements from row to row: rows shared out
// among the threads.
void matrix_product(const double* A, Index n, Index stride, const double* v, double* out);

}  // namespace ravine::linalg
