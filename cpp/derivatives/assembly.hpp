#pragma once

// The one product under every dense matrix of second derivatives: sums over samples of (x ⊙ y) v ᵀ, where x and y are
// features of two layers, and v a panel of columns, added where the matrix wants them.

#include <span>

#include "base/workspace.hpp"
#include "linalg/product.hpp"

namespace ravine::derivatives {

// Columns of a panel that lie side by side in the matrix.
struct Run {
    Index offset;  // of the first in the matrix
    Index length;
};

// Rows of the sum: all products of a feature of x and one of y, or those with x >= y. Row (j, q) goes to
// j x_step + q y_step in the matrix. Without x: the features of y alone.
template <typename T>
struct LeftFactor {
    const T* x;  // (samples, x_count) or null
    Index x_count, x_step;
    const T* y;  // (samples, y_count)
    Index y_count, y_step;
    bool triangular = false;  // x and y are the same
    Index y_stride = 0;       // between the samples of y, if they are not y_count apart

    Index y_distance() const { return y_stride == 0 ? y_count : y_stride; }
    Index count() const {
        if (x == nullptr) return y_count;
        return triangular ? y_count * (y_count + 1) / 2 : x_count * y_count;
    }
};

// The matrix (parameters, parameters) or a part of it.
template <typename T>
struct Target {
    T* data;
    bool accumulate;
};

struct LeftRows;

// Scratch memory of one worker.
template <typename T>
class Assembler {
  public:
    // Widest panel, in columns.
    static constexpr Index panel_columns = 192;

    Assembler(Index samples, Cutter& cutter);

    // The panel (samples, columns) with panel_stride(columns) between samples, which the caller fills before add().
    T* panel() { return panel_; }
    static Index panel_stride(Index columns) { return linalg::padded<T>(columns); }

    // matrix (+)= leftᵀ panel, the first `columns` columns of it, whose places the runs tell.
    void add(const LeftFactor<T>& left, Index samples, Index columns, std::span<const Run> runs,
             const Target<T>& target);

  private:
    static constexpr Index group = 4;  // blocks of rows that share a panel while it lies in cache

    void multiply(const LeftFactor<T>& left, std::span<const LeftRows> all, Index first, Index last, Index columns);

    T* panel_;
    T* left_;
    T* tiles_;
    T* product_;
};

}  // namespace ravine::derivatives
