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
using Pack = simd::Pack<double>;

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
double dot(const double* a, const double* x, Index n) {
    constexpr int sums = 4;
    constexpr Index step = sums * lanes<double>;
    Pack sum[sums] = {};
    Index i = 0;
    for (; i + step <= n; i += step) {
#pragma GCC unroll 4
        for (int s = 0; s < sums; ++s)
            sum[s] += simd::load(a + i + s * lanes<double>) * simd::load(x + i + s * lanes<double>);
    }
    double rest = 0;
    for (; i < n; ++i) rest += a[i] * x[i];
    return simd::sum<double>((sum[0] + sum[1]) + (sum[2] + sum[3])) + rest;
}

// x -= factor a.
void subtract(double factor, const double* a, double* x, Index n) {
    const Index body = n / lanes<double> * lanes<double>;
    for (Index i = 0; i < body; i += lanes<double>) simd::store(x + i, simd::load(x + i) - factor * simd::load(a + i));
    for (Index i = body; i < n; ++i) x[i] -= factor * a[i];
}

class VectorSolve {
  public:
    VectorSolve(const double* l, Index n, Index stride, double* x)
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
    const double* row(Index i) const { return l_ + i * stride_; }

    template <typename F>
    void for_rest(Index count, const F& body) const {
        threads::for_each(ceil_divide(count, vector_task), workers_, [&](Index task, int) {
            body(task * vector_task, std::min(count, (task + 1) * vector_task));
        });
    }

    const double* l_;
    Index n_, stride_;
    double* x_;
    int workers_;
};

// ---- Many right-hand sides: some columns at a time are copied together and solved by products.

constexpr Index tile_columns = 72;

// A tile of right-hand sides (n, tile_columns), with what its solves need.
class TileSolve {
  public:
    TileSolve(const double* l, Index n, Index stride, Cutter& cutter)
        : l_(l),
          n_(n),
          stride_(stride),
          tile_(cutter.take<double>(checked_product(round_up(n, block_order), tile_columns))),
          block_(cutter.take<double>(block_order * block_stride)),
          scratch_(cutter.take<double>(product_scratch())) {}

    double* tile() const { return tile_; }

    // Rows before `first` are zeros that stay zeros.
    void down(Index columns, Index first = 0) const {
        for (Index i = first; i < n_; i += block_order) {
            interrupt::poll();
            const Index rows = load(i);
            subtract(rows, columns, i - first, l_ + i * stride_ + first, false, first, i);
            solve_upper_transposed_block(block_, rows, block_stride, at(i), columns, tile_columns);
        }
    }

    void up(Index columns) const {
        for (Index i = (n_ - 1) / block_order * block_order; i >= 0; i -= block_order) {
            interrupt::poll();
            const Index rows = load(i), next = i + rows;
            subtract(rows, columns, n_ - next, l_ + next * stride_ + i, true, next, i);
            solve_upper_block(block_, rows, block_stride, at(i), columns, tile_columns);
        }
    }

  private:
    static constexpr Index block_stride = block_order + 8;

    double* at(Index row) const { return tile_ + row * tile_columns; }

    // The block on the diagonal, as its transpose; returns its order.
    Index load(Index i) const {
        const Index rows = std::min(block_order, n_ - i);
        transpose(l_ + i * (stride_ + 1), stride_, rows, rows, block_, block_stride);
        return rows;
    }

    // Rows `to` of the tile -= the block of L (or its transpose) times its rows `from`.
    void subtract(Index rows, Index columns, Index k, const double* block, bool transposed, Index from,
                  Index to) const {
        product<double>({.m = rows,
                         .n = columns,
                         .k = k,
                         .a = block,
                         .a_stride = stride_,
                         .a_transposed = transposed,
                         .b = at(from),
                         .b_stride = tile_columns,
                         .c = at(to),
                         .c_stride = tile_columns,
                         .subtract = true},
                        scratch_);
    }

    const double* l_;
    Index n_, stride_;
    double *tile_, *block_, *scratch_;
};

// One TileSolve for each worker, cut from the workspace.
class TileSolves {
  public:
    TileSolves(const double* l, Index n, Index stride, Index columns, Workspace& workspace)
        : tiles_(ceil_divide(columns, tile_columns)),
          workers_(static_cast<int>(std::min<Index>(
              tiles_,
              threads::worth(static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(columns) / 2)))) {
        Cutter measure;
        const TileSolve one(l, n, stride, measure);
        Cutter cutter = workspace.cutter(checked_product(workers_, measure.bytes()));
        solves_.reserve(static_cast<std::size_t>(workers_));
        for (int worker = 0; worker < workers_; ++worker) solves_.emplace_back(l, n, stride, cutter);
    }

    template <typename F>
    void for_each(const F& body) const {
        threads::for_each(tiles_, workers_, [&](Index tile, int worker) {
            body(solves_[static_cast<std::size_t>(worker)], tile * tile_columns);
        });
    }

  private:
    Index tiles_;
    int workers_;
    std::vector<TileSolve> solves_;
};

void solve_tiles(const double* l, Index n, Index stride, double* b, Index columns, Index b_stride, Side side,
                 Workspace& workspace) {
    TileSolves(l, n, stride, columns, workspace).for_each([&](const TileSolve& solve, Index first) {
        const Index width = std::min(tile_columns, columns - first);
        double* const tile = solve.tile();
        for (Index i = 0; i < n; ++i) {
            std::copy_n(b + i * b_stride + first, width, tile + i * tile_columns);
            std::fill(tile + i * tile_columns + width, tile + (i + 1) * tile_columns, 0.0);
        }
        if (down(side)) solve.down(width);
        if (up(side)) solve.up(width);
        for (Index i = 0; i < n; ++i) std::copy_n(tile + i * tile_columns, width, b + i * b_stride + first);
    });
}

void solve_vector(const double* l, Index n, Index stride, double* b, Index b_stride, Side side, Workspace& workspace) {
    double* x = b;
    if (b_stride != 1) {
        x = workspace.cutter(checked_product(n, sizeof(double))).take<double>(n);
        for (Index i = 0; i < n; ++i) x[i] = b[i * b_stride];
    }
    const VectorSolve solve(l, n, stride, x);
    if (down(side)) solve.down();
    if (up(side)) solve.up();
    for (Index i = 0; x != b && i < n; ++i) b[i * b_stride] = x[i];
}

void solve(const double* l, Index n, Index stride, double* b, Index columns, Index b_stride, Side side,
           Workspace& workspace) {
    if (n == 0 || columns == 0) return;
    if (columns == 1) return solve_vector(l, n, stride, b, b_stride, side, workspace);
    solve_tiles(l, n, stride, b, columns, b_stride, side, workspace);
}

}  // namespace

void solve_lower(const double* l, Index n, Index stride, double* b, Index columns, Index b_stride,
                 Workspace& workspace) {
    solve(l, n, stride, b, columns, b_stride, Side::lower, workspace);
}

void solve_lower_transposed(const double* l, Index n, Index stride, double* b, Index columns, Index b_stride,
                            Workspace& workspace) {
    solve(l, n, stride, b, columns, b_stride, Side::transposed, workspace);
}

void cholesky_solve(const double* l, Index n, Index stride, double* b, Index columns, Index b_stride,
                    Workspace& workspace) {
    solve(l, n, stride, b, columns, b_stride, Side::both, workspace);
}

// Each tile holds some columns of the identity, whose rows above their own first one stay zeros.
void inverse_diagonal(const double* l, Index n, Index stride, double* diagonal, Workspace& workspace) {
    TileSolves(l, n, stride, n, workspace).for_each([&](const TileSolve& solve, Index first) {
        const Index width = std::min(tile_columns, n - first);
        double* const tile = solve.tile();
        std::fill(tile + first * tile_columns, tile + n * tile_columns, 0.0);
        for (Index c = 0; c < width; ++c) tile[(first + c) * tile_columns + c] = 1;
        solve.down(width, first);
        std::fill_n(diagonal + first, width, 0.0);
        for (Index i = first; i < n; ++i) {
            for (Index c = 0; c < width; ++c)
                diagonal[first + c] += tile[i * tile_columns + c] * tile[i * tile_columns + c];
        }
    });
}

}  // namespace ravine::linalg
