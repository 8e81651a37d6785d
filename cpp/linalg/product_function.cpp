#include "linalg/product_function.hpp"

#include <algorithm>

#include "base/threads.hpp"
#include "linalg/vectors.hpp"

namespace ravine::linalg {

void matrix_product(const double* A, Index n, Index stride, const double* v, double* out) {
    constexpr Index rows = 16;  // a task
    threads::for_each(ceil_divide(n, rows), threads::worth(static_cast<double>(n) * static_cast<double>(n)),
                      [&](Index task, int) {
                          const Index end = std::min(n, (task + 1) * rows);
                          for (Index i = task * rows; i < end; ++i) out[i] = dot(A + i * stride, v, n);
                      });
}

}  // namespace ravine::linalg
