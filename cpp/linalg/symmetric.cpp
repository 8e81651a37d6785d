#include "linalg/symmetric.hpp"

#include <algorithm>

#include "base/threads.hpp"
#include "linalg/transpose.hpp"

namespace ravine::linalg {

namespace {

// Rows and columns of a square that is copied at once: it stays in the first-level cache.
constexpr Index square = 48;

template <typename T>
void scale_rows(T* a, Index stride, Index rows, Index cols, T scale) {
    for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < cols; ++j) a[i * stride + j] *= scale;
}

template <typename T>
void complete_on_diagonal(T* a, Index stride, Index rows, T scale) {
    for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j <= i; ++j) a[j * stride + i] = a[i * stride + j] *= scale;
}

}  // namespace

template <typename T>
void complete_symmetric(T* a, Index n, T scale) {
    const Index bands = ceil_divide(n, square);
    const double work = static_cast<double>(n) * static_cast<double>(n);
    threads::for_each(
        bands, threads::worth(work),
        [&](Index task, int) {
            const Index band = bands - 1 - task, row = band * square, rows = std::min(square, n - row);
            for (Index col = 0; col < row; col += square) {
                T* below = a + row * n + col;
                scale_rows(below, n, rows, square, scale);
                transpose(below, n, rows, square, a + col * n + row, n);
            }
            complete_on_diagonal(a + row * n + row, n, rows, scale);
        },
        threads::Interrupts::left_alone);
}

template void complete_symmetric(float*, Index, float);
template void complete_symmetric(double*, Index, double);

}  // namespace ravine::linalg
