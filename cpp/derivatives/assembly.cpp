#include "derivatives/assembly.hpp"

#include <algorithm>
#include <array>

#include "base/interrupt.hpp"
#include "base/simd.hpp"
#include "linalg/product.hpp"

namespace ravine::derivatives {

// Neighbours among the rows of a left factor: one feature of x times `count` of y.
struct Segment {
    Index x, y, count, row;  // row: of the block
};

// Rows of a left factor that are multiplied at once.
struct LeftRows {
    Index count, used = 0;  // used: segments
    std::array<Segment, linalg::product_rows> segments;
    std::array<Index, linalg::product_rows> offsets;  // where each row goes in the matrix
};

namespace {

// Between the samples of a left block: room for a register past its end. An odd number of cache lines, so that all sets
// of a cache get their share.
template <typename T>
constexpr Index left_stride = linalg::product_rows + simd::lanes<T>;

// Walks through the rows (j, q) of a left factor in order.
template <typename T>
class RowWalk {
  public:
    explicit RowWalk(const LeftFactor<T>& left) : left_(left) {}

    void next(Index count, LeftRows& rows) {
        rows.count = count;
        rows.used = 0;
        for (Index row = 0; row < count;) {
            const Index end = left_.triangular ? j_ + 1 : left_.y_count, length = std::min(count - row, end - q_);
            rows.segments[static_cast<std::size_t>(rows.used++)] = {j_, q_, length, row};
            for (Index i = 0; i < length; ++i)
                rows.offsets[static_cast<std::size_t>(row + i)] = j_ * left_.x_step + (q_ + i) * left_.y_step;
            row += length;
            q_ += length;
            if (q_ < end) continue;
            q_ = 0;
            ++j_;
        }
    }

  private:
    const LeftFactor<T>& left_;
    Index j_ = 0, q_ = 0;
};

// Writes rows of x ⊙ y for samples [first, last), (samples, rows) with left_stride, whole registers: what is written
// past a segment is written again by the next, or lies between the rows.
template <typename T>
void make_rows(const LeftFactor<T>& left, const LeftRows& rows, Index first, Index last, T* to) {
    static constexpr T one = 1;
    const T *x = left.x == nullptr ? &one : left.x + first * left.x_count, *y = left.y + first * left.y_distance();
    const std::span<const Segment> segments(rows.segments.data(), static_cast<std::size_t>(rows.used));
    for (Index n = first; n < last; ++n, x += left.x_count, y += left.y_distance(), to += left_stride<T>) {
        for (const Segment& segment : segments) {
            const T factor = x[segment.x];
            for (Index i = 0; i < segment.count; i += simd::lanes<T>)
                simd::store(to + segment.row + i, factor * simd::load(y + segment.y + i));
        }
    }
}

template <typename T>
void put(const T* from, const Run& run, T* row, bool accumulate) {
    constexpr Index width = simd::lanes<T>;
    T* to = row + run.offset;
    const Index body = run.length / width * width;
    for (Index c = 0; c < body; c += width) {
        const simd::Pack<T> value = simd::load(from + c);
        simd::store(to + c, accumulate ? simd::load(to + c) + value : value);
    }
    for (Index c = body; c < run.length; ++c) to[c] = accumulate ? to[c] + from[c] : from[c];
}

template <typename T>
void put_row(const T* from, std::span<const Run> runs, T* row, bool accumulate) {
    for (const Run& run : runs) {
        put(from, run, row, accumulate);
        from += run.length;
    }
}

}  // namespace

template <typename T>
Assembler<T>::Assembler(Index samples, Cutter& cutter)
    : panel_(cutter.take<T>(checked_product(samples + 1, panel_columns))),
      left_(cutter.take<T>(std::min(samples, linalg::product_cut) * left_stride<T>)),
      tiles_(cutter.take<T>(group * linalg::product_rows * panel_columns)),
      product_(cutter.take<T>(linalg::product_scratch())) {}

// A group of tiles at a time stays in the second-level cache, with the samples of the panel and of the left factor that
// are summed into it: the panel comes from afar once for the whole group.
template <typename T>
void Assembler<T>::add(const LeftFactor<T>& left, Index samples, Index columns, std::span<const Run> runs,
                       const Target<T>& target) {
    const Index stride = panel_stride(columns), count = left.count();
    RowWalk<T> walk(left);
    std::array<LeftRows, group> rows;
    for (Index first = 0; first < count;) {
        interrupt::poll();
        Index blocks = 0;
        for (; blocks < group && first < count; first += linalg::product_rows)
            walk.next(std::min(linalg::product_rows, count - first), rows[static_cast<std::size_t>(blocks++)]);
        const std::span<const LeftRows> all(rows.data(), static_cast<std::size_t>(blocks));
        for (Index sample = 0; sample < samples; sample += linalg::product_cut)
            multiply(left, all, sample, std::min(samples, sample + linalg::product_cut), columns);
        const T* from = tiles_;
        for (const LeftRows& block : all) {
            for (Index row = 0; row < block.count; ++row, from += stride)
                put_row(from, runs, target.data + block.offsets[static_cast<std::size_t>(row)], target.accumulate);
        }
    }
}

// Tiles of all rows (+)= their sum over samples [first, last).
template <typename T>
void Assembler<T>::multiply(const LeftFactor<T>& left, std::span<const LeftRows> all, Index first, Index last,
                            Index columns) {
    const Index stride = panel_stride(columns);
    T* tile = tiles_;
    for (const LeftRows& rows : all) {
        make_rows(left, rows, first, last, left_);
        linalg::product<T>({.m = rows.count,
                            .n = columns,
                            .k = last - first,
                            .a = left_,
                            .a_stride = left_stride<T>,
                            .a_transposed = true,
                            .b = panel_ + first * stride,
                            .b_stride = stride,
                            .c = tile,
                            .c_stride = stride,
                            .accumulate = first > 0},
                           product_);
        tile += rows.count * stride;
    }
}

template class Assembler<float>;
template class Assembler<double>;

}  // namespace ravine::derivatives
