#include "linalg/product.hpp"

#include <algorithm>
#include <array>

#include "base/simd.hpp"
#include "linalg/tile.hpp"
#include "linalg/transpose.hpp"

namespace ravine::linalg {

namespace {

using simd::lanes;
using simd::Pack;

// Cuts along k: a (cut, tile) panel of B fits the first-level cache, a (cut, product_rows) block of A the second.
constexpr Index cut = 256;

// Rows of A a multiple of this apart share few cache sets: they are copied together first. All others are read where
// they lie, however far apart, because the copies would cost 5 to 12 % of the time.
constexpr Index colliding_bytes = 4096;

template <typename T>
bool is_copied(Index a_stride) {
    return a_stride * static_cast<Index>(sizeof(T)) % colliding_bytes == 0;
}

// What becomes of C: AB, C + AB, C - AB.
enum class Into { set, add, subtract };

template <typename Value>
Value put_into(Into into, const Value& old, const Value& product) {
    return into == Into::add ? old + product : old - product;
}

template <typename T>
using TileFunction = void (*)(Index k, const T* a, Index a_stride, const T* b, Index b_stride, T* c, Index c_stride,
                              Into into);

// Asks for a tile of C that may lie far away, so that it has come once the sums are there.
template <typename T, int rows, int packs>
void fetch_early(const T* c, Index c_stride) {
    constexpr Index line = 64 / static_cast<Index>(sizeof(T)), width = packs * lanes<T>;
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
        for (Index j = 0; j < width; j += line) __builtin_prefetch(c + i * c_stride + j, 1);
        __builtin_prefetch(c + i * c_stride + width - 1, 1);
    }
}

// A as its transpose (k, rows), or with `by_rows` as it is, (rows, k).
template <typename T, int rows, int packs, bool by_rows>
void multiply_tile(Index k, const T* a, Index a_stride, const T* b, Index b_stride, T* c, Index c_stride, Into into) {
    const auto at = [=](int i, Index step) { return by_rows ? a[i * a_stride + step] : a[step * a_stride + i]; };
    if (into != Into::set) fetch_early<T, rows, packs>(c, c_stride);
    Pack<T> sum[rows][packs] = {};
    for (Index step = 0; step < k; ++step, b += b_stride) {
        Pack<T> row[packs];
#pragma GCC unroll 4
        for (int j = 0; j < packs; ++j) row[j] = simd::load(b + j * lanes<T>);
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
            for (int j = 0; j < packs; ++j) sum[i][j] += at(i, step) * row[j];
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
        for (int j = 0; j < packs; ++j) {
            T* target = c + i * c_stride + j * lanes<T>;
            simd::store(target, into == Into::set ? sum[i][j] : put_into(into, simd::load(target), sum[i][j]));
        }
    }
}

// multiply_tile for every number of rows and packs up to the full tile.
template <typename T, bool by_rows, int... index>
constexpr auto tile_table(std::integer_sequence<int, index...>) {
    return std::array<TileFunction<T>, sizeof...(index)>{
        &multiply_tile<T, index / tile_packs + 1, index % tile_packs + 1, by_rows>...};
}

template <typename T, bool by_rows>
constexpr auto tiles = tile_table<T, by_rows>(std::make_integer_sequence<int, tile_rows * tile_packs>{});

// Splits `total` into the fewest parts of at most `most`, as even as can be.
struct EvenParts {
    Index count, total;
    EvenParts(Index size, Index most) : count(ceil_divide(size, most)), total(size) {}
    Index begin(Index part) const { return part * total / count; }
};

// A block of A, at most product_rows rows and one cut along k: in place where it lies well, else copied into `scratch`
// as its transpose.
template <typename T>
struct BlockOfA {
    const T* data;
    Index stride;
    bool by_rows = false;

    BlockOfA(const Product<T>& p, Index row, Index rows, Index step, Index k, T* scratch)
        : data(scratch), stride(product_rows) {
        const T* a = p.a_transposed ? p.a + step * p.a_stride + row : p.a + row * p.a_stride + step;
        if (!is_copied<T>(p.a_stride)) {
            data = a;
            stride = p.a_stride;
            by_rows = !p.a_transposed;
        } else if (p.a_transposed) {
            for (Index i = 0; i < k; ++i) std::copy_n(a + i * p.a_stride, rows, scratch + i * product_rows);
        } else {
            transpose(a, p.a_stride, rows, k, scratch, product_rows);
        }
    }

    const T* at_row(Index row) const { return data + (by_rows ? row * stride : row); }
    TileFunction<T> tile(Index rows, Index packs) const {
        const auto index = static_cast<std::size_t>((rows - 1) * tile_packs + packs - 1);
        return by_rows ? tiles<T, true>[index] : tiles<T, false>[index];
    }
};

// One block of rows of C and one cut along k.
template <typename T>
class Block {
  public:
    Block(const Product<T>& p, Index k, const BlockOfA<T>& a, const T* b, T* c, Index rows, Into into)
        : p_(p), k_(k), a_(a), b_(b), c_(c), rows_(rows, tile_rows), into_(into) {}

    void run() const {
        const EvenParts panels(ceil_divide(p_.n, lanes<T>), tile_packs);
        for (Index part = 0; part < panels.count; ++part) {
            const Index first = panels.begin(part), packs = panels.begin(part + 1) - first;
            const Index column = first * lanes<T>, columns = std::min(packs * lanes<T>, p_.n - column);
            for (Index tile = 0; tile < rows_.count; ++tile) {
                const Index row = rows_.begin(tile), rows = rows_.begin(tile + 1) - row;
                const auto multiply = a_.tile(rows, packs);
                if (columns == packs * lanes<T>) {
                    multiply(k_, a_.at_row(row), a_.stride, b_ + column, p_.b_stride, c_ + row * p_.c_stride + column,
                             p_.c_stride, into_);
                } else {
                    multiply_edge(multiply, row, rows, column, columns);
                }
            }
        }
    }

  private:
    // Where C ends within a register the tile goes through a buffer, whose surplus columns are left behind.
    void multiply_edge(TileFunction<T> multiply, Index row, Index rows, Index column, Index columns) const {
        constexpr Index stride = tile_packs * lanes<T>;
        T buffer[tile_rows * stride];
        multiply(k_, a_.at_row(row), a_.stride, b_ + column, p_.b_stride, buffer, stride, Into::set);
        for (Index i = 0; i < rows; ++i) {
            T* target = c_ + (row + i) * p_.c_stride + column;
            const T* source = buffer + i * stride;
            for (Index j = 0; j < columns; ++j)
                target[j] = into_ == Into::set ? source[j] : put_into(into_, target[j], source[j]);
        }
    }

    const Product<T>& p_;
    Index k_;
    const BlockOfA<T>& a_;
    const T* b_;
    T* c_;
    EvenParts rows_;
    Into into_;
};

template <typename T>
void set_zero(const Product<T>& p) {
    for (Index i = 0; i < p.m; ++i) std::fill_n(p.c + i * p.c_stride, p.n, T(0));
}

}  // namespace

Index product_scratch() { return cut * product_rows; }

template <typename T>
Index padded(Index n) {
    return round_up(n, lanes<T>);
}

template <typename T>
void product(const Product<T>& p, T* scratch) {
    // An A that is read where it lies needs no scratch memory, and fewer passes over B.
    const EvenParts blocks(p.m, is_copied<T>(p.a_stride) ? product_rows : 2 * product_rows);
    const Into whole = p.subtract ? Into::subtract : (p.accumulate ? Into::add : Into::set);
    if (p.k == 0 && whole == Into::set) return set_zero(p);
    for (Index step = 0; step < p.k; step += cut) {
        const Index k = std::min(cut, p.k - step);
        const Into into = whole == Into::set && step > 0 ? Into::add : whole;
        for (Index block = 0; block < blocks.count; ++block) {
            const Index row = blocks.begin(block), rows = blocks.begin(block + 1) - row;
            const BlockOfA<T> a(p, row, rows, step, k, scratch);
            Block<T>(p, k, a, p.b + step * p.b_stride, p.c + row * p.c_stride, rows, into).run();
        }
    }
}

template Index padded<float>(Index);
template Index padded<double>(Index);
template void product(const Product<float>&, float*);
template void product(const Product<double>&, double*);

}  // namespace ravine::linalg
