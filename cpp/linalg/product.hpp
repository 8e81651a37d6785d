#pragma once

// The matrix product under every derivative: C = AB, C += AB or C -= AB, row-major. The kernel reads both factors along
// k-th rows: B (k, n) as it lies, A best as its transpose (k, m), which is how weights (inputs, outputs) come; an A
// that lies (m, k) is transposed block by block on the way in.
//
// One thread. An element of C is the sum over k in ascending order within cuts of constant size: its bits depend
// neither on m and n, nor on the addresses, nor on how a caller shares C out among threads.

#include <algorithm>

#include "base/types.hpp"

namespace ravine::linalg {

// Rows of C that one call treats at a time: a good size for a task.
inline constexpr Index product_rows = 64;

// Steps along k that are summed before they are added to C: a (cut, tile) panel of B fits the first-level cache, a
// (cut, product_rows) block of A the second. Two calls that share k out at a multiple of it have the bits of one.
inline constexpr Index product_cut = 256;

// How many rows of C are shared out as tasks: few of them in even blocks of at most product_rows, because a block of
// one row would cost as much as one of three; many in blocks of product_rows and the last ones in small blocks, so that
// no thread waits long for another at the end.
class RowBlocks {
  public:
    explicit RowBlocks(Index rows)
        : rows_(rows), coarse_(rows < few ? ceil_divide(rows, product_rows) : (rows - fine_rows) / product_rows) {}

    Index count() const { return coarse_ + ceil_divide(std::max<Index>(rows_ - coarse_ * product_rows, 0), fine); }
    Index begin(Index block) const {
        if (rows_ < few) return coarse_ == 0 ? 0 : block * rows_ / coarse_;
        const Index past = std::max<Index>(block - coarse_, 0);
        return std::min(rows_, (block - past) * product_rows + past * fine);
    }

  private:
    static constexpr Index few = 8 * product_rows, fine_rows = 2 * product_rows, fine = product_rows / 4;
    Index rows_, coarse_;
};

// Elements of scratch memory that product() needs.
Index product_scratch();

// Elements in a row that the product reads of B: n rounded up to whole registers. The padding may hold any numbers.
template <typename T>
Index padded(Index n);

template <typename T>
struct Product {
    Index m, n, k;
    const T* a;
    Index a_stride;
    bool a_transposed;  // whether a points to Aᵀ (k, m)
    const T* b;
    Index b_stride;  // at least padded<T>(n)
    T* c;
    Index c_stride;
    bool accumulate = false;  // C += AB
    bool subtract = false;    // C -= AB, whatever `accumulate` says
};

template <typename T>
void product(const Product<T>& p, T* scratch);

// The factors of another product, as above.
template <typename T>
struct Factors {
    Index k;
    const T* a;
    Index a_stride;
    bool a_transposed;
    const T* b;
    Index b_stride;
};

// What becomes of the sums S before they go to C, element by element: C = factor ⊙ S + added_factor ⊙ added. Arrays of
// C's shape; for whole registers of columns, and a C that is set.
template <typename T>
struct Finish {
    const T* factor;
    Index stride;                     // between rows of both factors
    const T* added_factor = nullptr;  // with
    const T* added = nullptr;         // null: nothing is added. C's stride; not C itself
    T* plain = nullptr;               // gets S, with C's stride, unless null; not beside `added`
};

// S = AB, or S = AB + A₂B₂, and what `finish` makes of it, if it is there. Where no k exceeds a cut, and both A lie
// alike, C is written once: an element is the sum over the first k and then the second.
template <typename T>
void product(const Product<T>& p, const Factors<T>* second, const Finish<T>* finish, T* scratch);

}  // namespace ravine::linalg
