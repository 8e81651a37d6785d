#include "derivatives/assembly.hpp"

#include <algorithm>
#include <array>

#include "base/interrupt.hpp"
#include "base/simd.hpp"
#include "linalg/product.hpp"

namespace ravine::derivatives {

namespace {

// Between the samples of a left block: room for a register past its end.
constexpr Index left_stride = linalg::product_rows + 16;

// Neighbours among the rows of a left factor: one feature of x times `count` of y.
struct Segment {
    Index x, y, count, row;  // row: of the block
};

// Walks through the rows (j, q) of a left factor in order.
template <typename T>
class RowWalk {
  public:
    explicit RowWalk(const LeftFactor<T>& left) : left_(left) {}

    // The next `rows` rows as segments; tells where each row goes.
    std::span<const Segment> next(Index rows) {
        std::size_t used = 0;
        for (Index row = 0; row < rows; row += segments_[used++].count) {
            const Index end = left_.triangular ? j_ + 1 : left_.y_count, count = std::min(rows - row, end - q_);
            segments_[used] = {j_, q_, count, row};
            for (Index i = 0; i < count; ++i)
                offsets_[static_cast<std::size_t>(row + i)] = j_ * left_.x_step + (q_ + i) * left_.y_step;
            q_ += count;
            if (q_ < end) continue;
            q_ = 0;
            ++j_;
        }
        return {segments_.data(), used};
    }

    Index offset(Index row) const { return offsets_[static_cast<std::size_t>(row)]; }

  private:
    const LeftFactor<T>& left_;
    Index j_ = 0, q_ = 0;
    std::array<Segment, linalg::product_rows> segments_;
    std::array<Index, linalg::product_rows> offsets_;
};

// Writes rows of x ⊙ y, (samples, rows) with left_stride, whole registers: what is written past a segment is written
// again by the next, or lies between the rows.
template <typename T>
void make_rows(const LeftFactor<T>& left, std::span<const Segment> segments, Index samples, T* to) {
    static constexpr T one = 1;
    const T *x = left.x == nullptr ? &one : left.x, *y = left.y;
    for (Index n = 0; n < samples; ++n, x += left.x_count, y += left.y_distance(), to += left_stride) {
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

}  // namespace

template <typename T>
Assembler<T>::Assembler(Index samples, Cutter& cutter)
    : panel_(cutter.take<T>(checked_product(samples + 1, panel_columns))),
      left_(cutter.take<T>(checked_product(samples, left_stride))),
      tile_(cutter.take<T>(block_rows * panel_columns)),
      product_(cutter.take<T>(linalg::product_scratch())) {}

template <typename T>
void Assembler<T>::add(const LeftFactor<T>& left, Index samples, Index columns, std::span<const Run> runs,
                       const Target<T>& target) {
    RowWalk<T> walk(left);
    for (Index first = 0; first < left.count(); first += block_rows) {
        interrupt::poll();
        const Index rows = std::min(block_rows, left.count() - first);
        make_rows(left, walk.next(rows), samples, left_);
        linalg::product<T>({.m = rows,
                            .n = columns,
                            .k = samples,
                            .a = left_,
                            .a_stride = left_stride,
                            .a_transposed = true,
                            .b = panel_,
                            .b_stride = panel_stride(columns),
                            .c = tile_,
                            .c_stride = panel_columns},
                           product_);
        for (Index row = 0; row < rows; ++row) {
            const T* from = tile_ + row * panel_columns;
            for (const Run& run : runs) {
                put(from, run, target.data + walk.offset(row), target.accumulate);
                from += run.length;
            }
        }
    }
}

template class Assembler<float>;
template class Assembler<double>;

}  // namespace ravine::derivatives
