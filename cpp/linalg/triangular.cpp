#include "linalg/triangular.hpp"

#include <algorithm>
#include <vector>

#include "base/fetch.hpp"
#include "base/interrupt.hpp"
#include "base/simd.hpp"
#include "base/threads.hpp"
#include "linalg/product.hpp"
#include "linalg/transpose.hpp"
#include "linalg/triangle_block.hpp"

namespace ravine::linalg {

namespace {

using simd::lanes;
using simd::Pack;

enum class Side { lower, transposed, both };

bool down(Side side) { return side != Side::transposed; }
bool up(Side side) { return side != Side::lower; }

// ---- One right-hand side, a vector x of distance 1: L is read once a solve, which is all that it costs.

// Rows that are solved by one thread before all of them take what was found out of the rest.
constexpr Index vector_rows = 256;
// Rows, or columns, of the rest that are a task.
constexpr Index vector_task = 256;
// A number of L that is read costs as much as so many multiply-adds of a product.
constexpr double cost_of_reading = 8;
// Rows that are on their way from memory while one is read.
constexpr Index ahead = 3;

// Σ a_i x_i, in several sums that do not wait for each other.
template <typename T>
T dot(const T* a, const T* x, Index n) {
    constexpr int sums = 4;
    constexpr Index step = sums * lanes<T>;
    Pack<T> sum[sums] = {};
    Index i = 0;
    for (; i + step <= n; i += step) {
#pragma GCC unroll 4
        for (int s = 0; s < sums; ++s) sum[s] += simd::load(a + i + s * lanes<T>) * simd::load(x + i + s * lanes<T>);
    }
    T rest = 0;
    for (; i < n; ++i) rest += a[i] * x[i];
    return simd::sum<T>((sum[0] + sum[1]) + (sum[2] + sum[3])) + rest;
}

// x -= factor a.
template <typename T>
void subtract(T factor, const T* a, T* x, Index n) {
    const Index body = n / lanes<T> * lanes<T>;
    for (Index i = 0; i < body; i += lanes<T>) simd::store(x + i, simd::load(x + i) - factor * simd::load(a + i));
    for (Index i = body; i < n; ++i) x[i] -= factor * a[i];
}

template <typename T>
class VectorSolve {
  public:
    VectorSolve(const T* l, Index n, Index stride, T* x)
        : l_(l),
          n_(n),
          stride_(stride),
          x_(x),
          workers_(threads::worth(static_cast<double>(n) * vector_rows * cost_of_reading)) {}

    // Row after row, then the rows below.
    void down() const {
        for (Index first = 0; first < n_; first += vector_rows) {
            const Index last = std::min(n_, first + vector_rows);
            for (Index i = first; i < last; ++i)
                x_[i] = (x_[i] - dot(row(i) + first, x_ + first, i - first)) / row(i)[i];
            for_rest(n_ - last, [&](Index from, Index to) {
                for (Index i = last + from; i < last + to; ++i) {
                    if (i + ahead < last + to) fetch<Use::read>(row(i + ahead) + first, last - first);
                    x_[i] -= dot(row(i) + first, x_ + first, last - first);
                }
            });
        }
    }

    void up() const {
        for (Index first = (n_ - 1) / vector_rows * vector_rows; first >= 0; first -= vector_rows) {
            const Index last = std::min(n_, first + vector_rows);
            for (Index i = last - 1; i >= first; --i) {
                x_[i] /= row(i)[i];
                subtract(x_[i], row(i) + first, x_ + first, i - first);
            }
            for_rest(first, [&](Index from, Index to) {
                for (Index i = last - 1; i >= first; --i) {
                    if (i - ahead >= first) fetch<Use::read>(row(i - ahead) + from, to - from);
                    subtract(x_[i], row(i) + from, x_ + from, to - from);
                }
            });
        }
    }

  private:
    const T* row(Index i) const { return l_ + i * stride_; }

    template <typename F>
    void for_rest(Index count, const F& body) const {
        threads::for_each(ceil_divide(count, vector_task), workers_, [&](Index task, int) {
            body(task * vector_task, std::min(count, (task + 1) * vector_task));
        });
    }

    const T* l_;
    Index n_, stride_;
    T* x_;
    int workers_;
};

// ---- Many right-hand sides: some columns at a time are copied together and solved by products.

// A tile of right-hand sides (n, side_columns), with what its solves need.
template <typename T>
class TileSolve {
  public:
    TileSolve(const T* l, Index n, Index stride, Cutter& cutter)
        : l_(l),
          n_(n),
          stride_(stride),
          tile_(cutter.take<T>(checked_product(round_up(n, block_order), side_columns<T>))),
          block_(cutter.take<T>(block_order * block_stride)),
          scratch_(cutter.take<T>(product_scratch())) {}

    T* tile() const { return tile_; }

    // Rows before `first` are zeros that stay zeros.
    void down(Index columns, Index first = 0) const {
        for (Index i = first; i < n_; i += block_order) {
            interrupt::poll();
            const Index rows = load(i);
            subtract(rows, columns, i - first, l_ + i * stride_ + first, false, first, i);
            solve_upper_transposed_block(block_, rows, block_stride, at(i), columns, side_columns<T>);
        }
    }

    void up(Index columns) const {
        for (Index i = (n_ - 1) / block_order * block_order; i >= 0; i -= block_order) {
            interrupt::poll();
            const Index rows = load(i), next = i + rows;
            subtract(rows, columns, n_ - next, l_ + next * stride_ + i, true, next, i);
            solve_upper_block(block_, rows, block_stride, at(i), columns, side_columns<T>);
        }
    }

  private:
    static constexpr Index block_stride = upper_stride<T>(block_order);

    T* at(Index row) const { return tile_ + row * side_columns<T>; }

    // The block on the diagonal, as its transpose; returns its order.
    Index load(Index i) const {
        const Index rows = std::min(block_order, n_ - i);
        transpose(l_ + i * (stride_ + 1), stride_, rows, rows, block_, block_stride);
        return rows;
    }

    // Rows `to` of the tile -= the block of L (or its transpose) times its rows `from`.
    void subtract(Index rows, Index columns, Index k, const T* block, bool transposed, Index from, Index to) const {
        product<T>({.m = rows,
                    .n = columns,
                    .k = k,
                    .a = block,
                    .a_stride = stride_,
                    .a_transposed = transposed,
                    .b = at(from),
                    .b_stride = side_columns<T>,
                    .c = at(to),
                    .c_stride = side_columns<T>,
                    .subtract = true},
                   scratch_);
    }

    const T* l_;
    Index n_, stride_;
    T *tile_, *block_, *scratch_;
};

// One TileSolve for each worker, cut from the workspace.
template <typename T>
class TileSolves {
  public:
    TileSolves(const T* l, Index n, Index stride, Index columns, Workspace& workspace)
        : tiles_(ceil_divide(columns, side_columns<T>)),
          workers_(static_cast<int>(std::min<Index>(
              tiles_,
              threads::worth(static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(columns) / 2)))) {
        Cutter measure;
        const TileSolve<T> one(l, n, stride, measure);
        Cutter cutter = workspace.cutter(checked_product(workers_, measure.bytes()));
        solves_.reserve(static_cast<std::size_t>(workers_));
        for (int worker = 0; worker < workers_; ++worker) solves_.emplace_back(l, n, stride, cutter);
    }

    template <typename F>
    void for_each(const F& body) const {
        threads::for_each(tiles_, workers_, [&](Index tile, int worker) {
            body(solves_[static_cast<std::size_t>(worker)], tile * side_columns<T>);
        });
    }

  private:
    Index tiles_;
    int workers_;
    std::vector<TileSolve<T>> solves_;
};

template <typename T>
void solve_tiles(const T* l, Index n, Index stride, T* b, Index columns, Index b_stride, Side side,
                 Workspace& workspace) {
    TileSolves<T>(l, n, stride, columns, workspace).for_each([&](const TileSolve<T>& solve, Index first) {
        const Index width = std::min(side_columns<T>, columns - first);
        T* const tile = solve.tile();
        for (Index i = 0; i < n; ++i) {
            std::copy_n(b + i * b_stride + first, width, tile + i * side_columns<T>);
            std::fill(tile + i * side_columns<T> + width, tile + (i + 1) * side_columns<T>, 0.0);
        }
        if (down(side)) solve.down(width);
        if (up(side)) solve.up(width);
        for (Index i = 0; i < n; ++i) std::copy_n(tile + i * side_columns<T>, width, b + i * b_stride + first);
    });
}

template <typename T>
void solve_vector(const T* l, Index n, Index stride, T* b, Index b_stride, Side side, Workspace& workspace) {
    T* x = b;
    if (b_stride != 1) {
        x = workspace.cutter(checked_product(n, sizeof(T))).take<T>(n);
        for (Index i = 0; i < n; ++i) x[i] = b[i * b_stride];
    }
    const VectorSolve<T> solve(l, n, stride, x);
    if (down(side)) solve.down();
    if (up(side)) solve.up();
    for (Index i = 0; x != b && i < n; ++i) b[i * b_stride] = x[i];
}

template <typename T>
void solve(const T* l, Index n, Index stride, T* b, Index columns, Index b_stride, Side side, Workspace& workspace) {
    if (n == 0 || columns == 0) return;
    if (columns == 1) return solve_vector(l, n, stride, b, b_stride, side, workspace);
    solve_tiles(l, n, stride, b, columns, b_stride, side, workspace);
}

}  // namespace

template <typename T>
void solve_lower(const T* l, Index n, Index stride, T* b, Index columns, Index b_stride, Workspace& workspace) {
    solve(l, n, stride, b, columns, b_stride, Side::lower, workspace);
}

template <typename T>
void solve_lower_transposed(const T* l, Index n, Index stride, T* b, Index columns, Index b_stride,
                            Workspace& workspace) {
    solve(l, n, stride, b, columns, b_stride, Side::transposed, workspace);
}

template <typename T>
void cholesky_solve(const T* l, Index n, Index stride, T* b, Index columns, Index b_stride, Workspace& workspace) {
    solve(l, n, stride, b, columns, b_stride, Side::both, workspace);
}

// Each tile holds some columns of the identity, whose rows above their own first one stay zeros.
void inverse_diagonal(const double* l, Index n, Index stride, double* diagonal, Workspace& workspace) {
    TileSolves<double>(l, n, stride, n, workspace).for_each([&](const TileSolve<double>& solve, Index first) {
        const Index width = std::min(side_columns<double>, n - first);
        double* const tile = solve.tile();
        std::fill(tile + first * side_columns<double>, tile + n * side_columns<double>, 0.0);
        for (Index c = 0; c < width; ++c) tile[(first + c) * side_columns<double> + c] = 1;
        solve.down(width, first);
        std::fill_n(diagonal + first, width, 0.0);
        for (Index i = first; i < n; ++i) {
            for (Index c = 0; c < width; ++c)
                diagonal[first + c] += tile[i * side_columns<double> + c] * tile[i * side_columns<double> + c];
        }
    });
}

template void solve_lower(const float*, Index, Index, float*, Index, Index, Workspace&);
template void solve_lower(const double*, Index, Index, double*, Index, Index, Workspace&);
template void solve_lower_transposed(const float*, Index, Index, float*, Index, Index, Workspace&);
template void solve_lower_transposed(const double*, Index, Index, double*, Index, Index, Workspace&);
template void cholesky_solve(const float*, Index, Index, float*, Index, Index, Workspace&);
template void cholesky_solve(const double*, Index, Index, double*, Index, Index, Workspace&);

}  // namespace ravine::linalg
