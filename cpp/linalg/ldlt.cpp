#include "linalg/ldlt.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/interrupt.hpp"
#include "base/threads.hpp"
#include "linalg/product.hpp"
#include "linalg/triangular.hpp"
#include "linalg/vectors.hpp"

namespace ravine::linalg {

namespace {

// Columns that are eliminated before the rest of the matrix hears of it.
constexpr Index panel_columns = 64;

// What keeps the growth of the elements least: (1 + √17) / 8.
constexpr double alpha = 0.6403882032022076;

struct Largest {
    Index at = -1;
    double size = 0;

    void look(const double* x, Index from, Index to) {
        for (Index i = from; i < to; ++i) {
            if (std::abs(x[i]) > size) {
                size = std::abs(x[i]);
                at = i;
            }
        }
    }
};

// The columns of a panel lie as rows of two matrices (panel_columns, n): those of L, and those of W = L D, the columns
// of the matrix as they were when their turn came. The rest of A is A - L Wᵀ, formed when the panel is full; until then
// single columns of it are formed as pivots ask for them.
class Elimination {
  public:
    Elimination(double* a, Index n, Index stride, const Pivots& pivots, Cutter& cutter)
        : a_(a),
          n_(n),
          stride_(stride),
          pivots_(pivots),
          row_(padded<double>(n) + padded<double>(1)),  // from any column on, whole registers can be read
          workers_(threads::worth(static_cast<double>(n) * static_cast<double>(n) * panel_columns / 2)),
          l_(cutter.take<double>(checked_product(panel_columns, row_))),
          w_(cutter.take<double>(checked_product(panel_columns, row_))),
          scratch_(cutter.take<double>(checked_product(workers_, worker_scratch()))) {}

    void run() {
        std::iota(pivots_.order, pivots_.order + n_, Index{0});
        std::fill_n(pivots_.below, n_, 0.0);
        for (begin_ = 0; begin_ < n_; begin_ += done_) {
            for (done_ = 0; begin_ + done_ < n_ && done_ + 1 < panel_columns;) done_ += eliminate();
            write_panel();
            update_rest();
        }
    }

  private:
    static Index worker_scratch() { return product_scratch() + product_rows * product_rows; }
    double* l(Index column) const { return l_ + column * row_; }
    double* w(Index column) const { return w_ + column * row_; }

    // Column `at` of what is left, from index k on, as it is now.
    void form_column(Index k, Index at, double* to) const {
        std::copy(a_ + at * stride_ + k, a_ + at * stride_ + at, to + k);
        for (Index i = at; i < n_; ++i) to[i] = a_[i * stride_ + at];
        for (Index t = 0; t < done_; ++t) add_scaled(-w(t)[at], l(t) + k, to + k, n_ - k);
    }

    // One pivot; returns its order.
    Index eliminate() {
        interrupt::poll();
        const Index k = begin_ + done_;
        double *const first = w(done_), *const second = w(done_ + 1);
        form_column(k, k, first);
        Largest column;
        column.look(first, k + 1, n_);
        Index order = 1, chosen = k;
        if (std::abs(first[k]) < alpha * column.size) {
            form_column(k, column.at, second);
            Largest row;
            row.look(second, k, column.at);
            row.look(second, column.at + 1, n_);
            if (std::abs(first[k]) * row.size < alpha * column.size * column.size) {
                chosen = column.at;
                if (std::abs(second[chosen]) >= alpha * row.size)
                    std::copy(second + k, second + n_, first + k);
                else
                    order = 2;
            }
        }
        swap(k, k + order - 1, chosen);
        order == 1 ? take_one(k, first) : take_two(k, first, second);
        return order;
    }

    // Exchanges rows and columns p < q of everything. `k` is the first index that is not eliminated.
    void swap(Index k, Index p, Index q) const {
        if (p == q) return;
        std::swap(pivots_.order[p], pivots_.order[q]);
        std::swap_ranges(a_ + p * stride_, a_ + p * stride_ + k, a_ + q * stride_);
        for (Index t = 0; t < done_; ++t) {
            std::swap(l(t)[p], l(t)[q]);
            std::swap(w(t)[p], w(t)[q]);
        }
        for (Index t = done_; t < done_ + 1 + (p - k); ++t) std::swap(w(t)[p], w(t)[q]);
        for (Index i = k; i < p; ++i) std::swap(a_[p * stride_ + i], a_[q * stride_ + i]);
        std::swap(a_[p * (stride_ + 1)], a_[q * (stride_ + 1)]);
        for (Index i = p + 1; i < q; ++i) std::swap(a_[i * stride_ + p], a_[q * stride_ + i]);
        for (Index i = q + 1; i < n_; ++i) std::swap(a_[i * stride_ + p], a_[i * stride_ + q]);
    }

    void take_one(Index k, const double* column) const {
        double* const factor = l(done_);
        const double pivot = column[k];
        pivots_.diagonal[k] = pivot;
        factor[k] = 1;
        // With a zero pivot all of its column is zero, or another pivot would have been taken.
        for (Index i = k + 1; i < n_; ++i) factor[i] = pivot == 0 ? 0 : column[i] / pivot;
    }

    // L = W D⁻¹, with D divided by its off-diagonal element, which is the largest.
    void take_two(Index k, const double* first, const double* second) const {
        double *const one = l(done_), *const two = l(done_ + 1);
        const double between = first[k + 1], upper = first[k] / between, lower = second[k + 1] / between;
        const double factor = 1 / (upper * lower - 1) / between;
        pivots_.diagonal[k] = first[k];
        pivots_.diagonal[k + 1] = second[k + 1];
        pivots_.below[k] = between;
        one[k] = two[k + 1] = 1;
        one[k + 1] = two[k] = 0;
        for (Index i = k + 2; i < n_; ++i) {
            one[i] = (lower * first[i] - second[i]) * factor;
            two[i] = (upper * second[i] - first[i]) * factor;
        }
    }

    void write_panel() const {
        for (Index i = begin_; i < n_; ++i) {
            for (Index t = 0; t < std::min(done_, i - begin_ + 1); ++t) a_[i * stride_ + begin_ + t] = l(t)[i];
        }
    }

    void update_rest() const {
        const Index begin = begin_ + done_, rest = n_ - begin;
        if (rest == 0) return;
        const Index blocks = ceil_divide(rest, product_rows);
        threads::for_each(blocks, std::min(workers_, threads::worth(static_cast<double>(rest * rest * done_) / 2)),
                          [&](Index task, int worker) {
                              const Index row = begin + (blocks - 1 - task) * product_rows;
                              update_rows(begin, row, std::min(product_rows, n_ - row),
                                          scratch_ + worker * worker_scratch());
                          });
    }

    // Rows [row, row + rows) from column `begin` to the diagonal.
    void update_rows(Index begin, Index row, Index rows, double* scratch) const {
        subtract(row, rows, begin, row - begin, a_ + row * stride_ + begin, stride_, scratch);
        double* const square = scratch + product_scratch();
        std::fill_n(square, product_rows * product_rows, 0.0);
        subtract(row, rows, row, rows, square, product_rows, scratch);
        for (Index i = 0; i < rows; ++i) {
            for (Index j = 0; j <= i; ++j) a_[(row + i) * stride_ + row + j] += square[i * product_rows + j];
        }
    }

    void subtract(Index row, Index rows, Index column, Index columns, double* c, Index c_stride,
                  double* scratch) const {
        product<double>({.m = rows,
                         .n = columns,
                         .k = done_,
                         .a = l_ + row,
                         .a_stride = row_,
                         .a_transposed = true,
                         .b = w_ + column,
                         .b_stride = row_,
                         .c = c,
                         .c_stride = c_stride,
                         .subtract = true},
                        scratch);
    }

    double* a_;
    Index n_, stride_;
    Pivots pivots_;
    Index row_;
    int workers_;
    double *l_, *w_, *scratch_;
    Index begin_ = 0, done_ = 0;
};

// b <- D⁻¹ b for one block of order 2.
void solve_block(const Pivots& pivots, Index i, double* first, double* second, Index columns) {
    const double between = pivots.below[i], upper = pivots.diagonal[i] / between,
                 lower = pivots.diagonal[i + 1] / between, factor = 1 / (upper * lower - 1) / between;
    for (Index c = 0; c < columns; ++c) {
        const double x = first[c], y = second[c];
        first[c] = (lower * x - y) * factor;
        second[c] = (upper * y - x) * factor;
    }
}

}  // namespace

void ldlt(double* a, Index n, Index stride, const Pivots& pivots, Workspace& workspace) {
    Cutter measure;
    const Elimination sizes(a, n, stride, pivots, measure);
    Cutter cutter = workspace.cutter(measure.bytes());
    Elimination(a, n, stride, pivots, cutter).run();
}

void ldlt_solve(const double* l, Index n, Index stride, const Pivots& pivots, double* b, Index columns, Index b_stride,
                Workspace& workspace) {
    if (n == 0 || columns == 0) return;
    Workspace permuted;
    double* const x =
        permuted.cutter(checked_product(n, checked_product(columns, sizeof(double)))).take<double>(n * columns);
    for (Index i = 0; i < n; ++i) std::copy_n(b + pivots.order[i] * b_stride, columns, x + i * columns);
    solve_lower(l, n, stride, x, columns, columns, workspace);
    for (Index i = 0; i < n; ++i) {
        if (pivots.below[i] != 0) {
            solve_block(pivots, i, x + i * columns, x + (i + 1) * columns, columns);
            ++i;
        } else {
            for (Index c = 0; c < columns; ++c) x[i * columns + c] /= pivots.diagonal[i];
        }
    }
    solve_lower_transposed(l, n, stride, x, columns, columns, workspace);
    for (Index i = 0; i < n; ++i) std::copy_n(x + i * columns, columns, b + pivots.order[i] * b_stride);
}

}  // namespace ravine::linalg
