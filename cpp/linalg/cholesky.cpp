#include "linalg/cholesky.hpp"

#include <algorithm>
#include <cmath>

#include "base/interrupt.hpp"
#include "base/threads.hpp"
#include "linalg/product.hpp"
#include "linalg/transpose.hpp"
#include "linalg/triangle_block.hpp"

namespace ravine::linalg {

namespace {

// Columns that are eliminated at a time. Wide panels read and write the rest of the matrix less often; narrow ones
// leave less to the single thread that factors the block on the diagonal.
Index panel_columns(Index n) { return n <= 192 ? 192 : (n <= 1024 ? 128 : 256); }

// Copies the lower triangle of A (n, n) to `u` as its transpose. What `u` gets below its diagonal is of no use.
template <typename T>
void lower_to_upper(const T* a, Index n, Index stride, T* u, Index u_stride) {
    for (Index i = 0; i < n; i += block_order) {
        const Index rows = std::min(block_order, n - i);
        transpose(a + i * stride, stride, rows, i + rows, u + i, u_stride);
    }
}

template <typename T>
void upper_to_lower(const T* u, Index n, Index u_stride, T* a, Index stride) {
    for (Index i = 0; i < n; i += block_order) {
        const Index rows = std::min(block_order, n - i);
        transpose(u + i, u_stride, i, rows, a + i * stride, stride);
        for (Index r = i; r < i + rows; ++r) {
            for (Index c = i; c <= r; ++c) a[r * stride + c] = u[c * u_stride + r];
        }
    }
}

// A = UᵀU in place, in the upper triangle, in blocks of rows; returns as factor_block.
template <typename T>
Index factor_upper(T* u, Index n, Index stride, T* scratch) {
    for (Index i = 0; i < n; i += block_order) {
        const Index rows = std::min(block_order, n - i), rest = n - i - rows;
        T* block = u + i * stride + i;
        product<T>({.m = rows,
                    .n = n - i,
                    .k = i,
                    .a = u + i,
                    .a_stride = stride,
                    .a_transposed = true,
                    .b = u + i,
                    .b_stride = stride,
                    .c = block,
                    .c_stride = stride,
                    .subtract = true},
                   scratch);
        const Index failed = factor_block(block, rows, stride);
        if (failed >= 0) return i + failed;
        solve_upper_transposed_block(block, rows, stride, block + rows, rest, stride);
    }
    return -1;
}

// The whole of a small matrix, in memory of the stack.
template <typename T>
Index factor_small(T* a, Index n, Index stride) {
    alignas(Cutter::alignment) T u[block_order * upper_stride<T>(block_order)];
    const Index u_stride = upper_stride<T>(n);
    transpose(a, stride, n, n, u, u_stride);
    const Index failed = factor_block(u, n, u_stride);
    if (failed >= 0) {
        // The pivot's row of L is its column of U, and needs the rows above alone.
        upper_to_lower(u, failed + 1, u_stride, a, stride);
        return failed;
    }
    for (Index r = 0; r < n; ++r) {
        for (Index c = 0; c <= r; ++c) a[r * stride + c] = u[c * u_stride + r];
    }
    return -1;
}

// Eliminates a panel of columns at a time. Of each panel, the rows below the diagonal are kept as transposed blocks
// Y = (L_rows)ᵀ (panel, side_columns) side by side: they are both factors of the products that follow.
template <typename T>
class Factorization {
  public:
    Factorization(T* a, Index n, Index stride, Cutter& cutter)
        : a_(a),
          n_(n),
          stride_(stride),
          panel_(std::min(panel_columns(n), n)),
          workers_(threads::worth(static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n) / 6)),
          upper_(cutter.take<T>(checked_product(panel_, upper_stride<T>(panel_)))),
          blocks_(cutter.take<T>(
              checked_product(ceil_divide(n - panel_, block_rows), checked_product(panel_, block_rows)))),
          scratch_(cutter.take<T>(checked_product(workers_, worker_scratch()))) {}

    Index run() {
        Index failed = factor_diagonal(0, 0);
        for (Index first = 0; failed < 0 && first + panel_ < n_; first += panel_) {
            solve_rows_below(first);
            failed = update_rest(first);
        }
        return failed;
    }

  private:
    static constexpr Index block_rows = side_columns<T>;

    static Index worker_scratch() { return product_scratch() + block_rows * block_rows; }
    T* scratch(int worker) const { return scratch_ + worker * worker_scratch(); }

    // Of the rows behind a panel: how many blocks, and where each begins and lies transposed.
    Index blocks_from(Index row) const { return ceil_divide(n_ - row, block_rows); }
    Index rows_of(Index begin, Index block) const { return std::min(block_rows, n_ - begin - block * block_rows); }
    T* at(Index begin, Index block, Index other) const {
        return a_ + (begin + block * block_rows) * stride_ + begin + other * block_rows;
    }
    T* transposed(Index block) const { return blocks_ + block * panel_ * block_rows; }

    int workers(Index multiply_adds) const {
        return std::min(workers_, threads::worth(static_cast<double>(multiply_adds)));
    }

    Index factor_diagonal(Index first, int worker) {
        const Index n = std::min(panel_, n_ - first), u_stride = upper_stride<T>(panel_);
        T* const block = a_ + first * (stride_ + 1);
        lower_to_upper(block, n, stride_, upper_, u_stride);
        const Index failed = factor_upper(upper_, n, u_stride, scratch(worker));
        upper_to_lower(upper_, failed < 0 ? n : failed + 1, u_stride, block, stride_);
        return failed < 0 ? -1 : first + failed;
    }

    // L_rows = A_rows U⁻¹ for all rows below the panel.
    void solve_rows_below(Index first) {
        const Index begin = first + panel_, count = blocks_from(begin);
        threads::for_each(count, workers((n_ - begin) * panel_ * panel_ / 2), [&](Index block, int worker) {
            solve_rows(first, begin + block * block_rows, transposed(block), scratch(worker));
        });
    }

    void solve_rows(Index first, Index row, T* y, T* scratch) const {
        const Index rows = std::min(block_rows, n_ - row), u_stride = upper_stride<T>(panel_);
        T* const from = a_ + row * stride_ + first;
        if (rows < block_rows) std::fill_n(y, panel_ * block_rows, 0.0);
        transpose(from, stride_, rows, panel_, y, block_rows);
        for (Index i = 0; i < panel_; i += block_order) {
            const Index order = std::min(block_order, panel_ - i);
            product<T>({.m = order,
                        .n = rows,
                        .k = i,
                        .a = upper_ + i,
                        .a_stride = u_stride,
                        .a_transposed = true,
                        .b = y,
                        .b_stride = block_rows,
                        .c = y + i * block_rows,
                        .c_stride = block_rows,
                        .subtract = true},
                       scratch);
            solve_upper_transposed_block(upper_ + i * (u_stride + 1), order, u_stride, y + i * block_rows, rows,
                                         block_rows);
        }
        transpose(y, block_rows, panel_, rows, from, stride_);
    }

    // A_ij -= L_i L_jᵀ for all blocks behind the panel, some blocks of rows a task, so that L_jᵀ comes from afar once
    // for all of them. The first task is the next panel's block on the diagonal, which it factors at once while others
    // do the rest; they take the longest rows first.
    Index update_rest(Index first) {
        const Index begin = first + panel_, count = blocks_from(begin), rest = n_ - begin;
        const Index ahead = std::min(count, ceil_divide(panel_, block_rows));
        const Index group = std::clamp<Index>(count / 16, 1, 4);
        Index failed = -1;
        threads::for_each(1 + ceil_divide(count - ahead, group), workers(rest * rest / 2 * panel_),
                          [&](Index task, int worker) {
                              if (task > 0) {
                                  const Index last = count - (task - 1) * group;
                                  return update_rows(begin, std::max(ahead, last - group), last, scratch(worker));
                              }
                              update_rows(begin, 0, ahead, scratch(worker));
                              failed = factor_diagonal(begin, worker);
                          });
        return failed;
    }

    // The blocks of rows [from, to), as far as the diagonal.
    void update_rows(Index begin, Index from, Index to, T* scratch) const {
        for (Index other = 0; other < to; ++other) {
            interrupt::poll();
            for (Index block = std::max(from, other); block < to; ++block) {
                if (block == other)
                    update_diagonal(begin, block, scratch);
                else
                    subtract({.block = block, .rows = rows_of(begin, block)}, other, block_rows,
                             at(begin, block, other), stride_, scratch);
            }
        }
    }

    // In strips, as far as their own last column; what lies above the diagonal stays behind in a buffer.
    void update_diagonal(Index begin, Index block, T* scratch) const {
        constexpr Index strip = block_rows / 3;
        T* const square = scratch + product_scratch();
        T* const diagonal = at(begin, block, block);
        const Index all = rows_of(begin, block);
        std::fill_n(square, block_rows * block_rows, 0.0);
        for (Index row = 0; row < all; row += strip) {
            const Index rows = std::min(strip, all - row);
            subtract({.block = block, .first = row, .rows = rows}, block, row + rows, square + row * block_rows,
                     block_rows, scratch);
        }
        for (Index i = 0; i < all; ++i) {
            for (Index j = 0; j <= i; ++j) diagonal[i * stride_ + j] += square[i * block_rows + j];
        }
    }

    struct Strip {
        Index block, first = 0, rows;
    };

    void subtract(Strip strip, Index other, Index columns, T* c, Index c_stride, T* scratch) const {
        product<T>({.m = strip.rows,
                    .n = columns,
                    .k = panel_,
                    .a = transposed(strip.block) + strip.first,
                    .a_stride = block_rows,
                    .a_transposed = true,
                    .b = transposed(other),
                    .b_stride = block_rows,
                    .c = c,
                    .c_stride = c_stride,
                    .subtract = true},
                   scratch);
    }

    T* a_;
    Index n_, stride_, panel_;
    int workers_;
    T *upper_, *blocks_, *scratch_;
};

}  // namespace

template <typename T>
Index cholesky_bytes(Index n) {
    if (n <= block_order) return 0;
    Cutter measure;
    const Factorization<T> sizes(nullptr, n, n, measure);
    return measure.bytes();
}

template <typename T>
Index cholesky(T* a, Index n, Index stride, Workspace& workspace) {
    if (n <= block_order) return factor_small(a, n, stride);
    Cutter cutter = workspace.cutter(cholesky_bytes<T>(n));
    return Factorization<T>(a, n, stride, cutter).run();
}

double log_determinant(const double* l, Index n, Index stride) {
    double sum = 0;
    for (Index i = 0; i < n; ++i) sum += std::log(l[i * (stride + 1)]);
    return 2 * sum;
}

// With L the factor of the leading block and l the pivot's row: L Lᵀ y = -A[: pivot, pivot] means Lᵀ y = -l.
double negative_curvature(const double* l, Index n, Index stride, Index pivot, double* x) {
    const double* const row = l + pivot * stride;
    for (Index i = 0; i < pivot; ++i) x[i] = -row[i];
    x[pivot] = 1;
    std::fill(x + pivot + 1, x + n, 0.0);
    double squares = 1;
    for (Index i = pivot - 1; i >= 0; --i) {
        const double* const above = l + i * stride;
        x[i] /= above[i];
        squares += x[i] * x[i];
        for (Index j = 0; j < i; ++j) x[j] -= x[i] * above[j];
    }
    return row[pivot] / squares;
}

template Index cholesky_bytes<float>(Index);
template Index cholesky_bytes<double>(Index);
template Index cholesky(float*, Index, Index, Workspace&);
template Index cholesky(double*, Index, Index, Workspace&);

}  // namespace ravine::linalg
