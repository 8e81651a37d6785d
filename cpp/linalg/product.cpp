#include "linalg/product.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/fetch.hpp"
#include "base/simd.hpp"
#include "linalg/tile.hpp"
#include "linalg/transpose.hpp"

namespace ravine::linalg {

namespace {

using simd::lanes;
using simd::Pack;

constexpr Index cut = product_cut;

// Products that one tile of C can be the sum of.
constexpr std::size_t most_terms = 2;

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

// One of the products that a tile of C sums: k columns of A, where the tile's first row begins, and as many rows of B.
template <typename T>
struct Term {
    Index k;
    const T* a;
    Index a_stride;
    const T* b;
    Index b_stride;
};

template <typename T>
using Terms = std::span<const Term<T>>;

template <typename T>
Finish<T> shifted(const Finish<T>& f, Index row, Index column, Index c_stride) {
    const Index offset = row * f.stride + column, own = row * c_stride + column;
    return {.factor = f.factor + offset,
            .stride = f.stride,
            .added_factor = f.added_factor == nullptr ? nullptr : f.added_factor + offset,
            .added = f.added == nullptr ? nullptr : f.added + own,
            .plain = f.plain == nullptr ? nullptr : f.plain + own};
}

// Where a tile of C goes.
template <typename T>
struct Output {
    T* c;
    Index c_stride;
    Into into;
    bool finished = false;  // as `finish` says, from the tile's corner on
    Finish<T> finish{};

    Output at(Index row, Index column) const {
        T* const corner = c + row * c_stride + column;
        if (!finished) return {corner, c_stride, into};
        return {corner, c_stride, into, true, shifted(finish, row, column, c_stride)};
    }
};

template <typename T>
using TileFunction = void (*)(Terms<T> terms, const Output<T>& output);

// What a Finish asks for beside the factor.
enum class Besides { nothing, plain, added };

template <typename T>
Besides besides(const Finish<T>& f) {
    return f.plain != nullptr ? Besides::plain : (f.added != nullptr ? Besides::added : Besides::nothing);
}

// One register of C.
template <Besides what, typename T>
void put_finished(const Finish<T>& f, const Pack<T>& sum, T* c, Index column) {
    if constexpr (what == Besides::plain) simd::store(f.plain + column, sum);
    const Pack<T> value = simd::load(f.factor + column) * sum;
    if constexpr (what == Besides::added)
        simd::store(c + column, value + simd::load(f.added_factor + column) * simd::load(f.added + column));
    else
        simd::store(c + column, value);
}

template <Besides what, typename T>
void to_next_row(Finish<T>& f, T*& c, Index c_stride) {
    c += c_stride;
    f.factor += f.stride;
    if constexpr (what == Besides::plain) f.plain += c_stride;
    if constexpr (what == Besides::added) {
        f.added_factor += f.stride;
        f.added += c_stride;
    }
}

// `f` is a copy, so that no store can change it: its pointers stay in registers, as the sums do, which a function of
// its own would put into memory.
template <Besides what, typename T, int rows, int packs>
[[gnu::always_inline]] inline void put_finished_tile(Finish<T> f, const Pack<T> (&sum)[rows][packs], T* c,
                                                     Index c_stride) {
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
        for (int j = 0; j < packs; ++j) put_finished<what>(f, sum[i][j], c, j * lanes<T>);
        to_next_row<what>(f, c, c_stride);
    }
}

template <Into into, typename T, int rows, int packs>
[[gnu::always_inline]] inline void put_tile(const Pack<T> (&sum)[rows][packs], T* c, Index c_stride) {
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
        for (int j = 0; j < packs; ++j) {
            T* const target = c + j * lanes<T>;
            simd::store(target, into == Into::set ? sum[i][j] : put_into(into, simd::load(target), sum[i][j]));
        }
        c += c_stride;
    }
}

// Asks for a tile of C that may lie far away, so that it has come once the sums are there.
template <typename T, int rows, int packs>
[[gnu::always_inline]] inline void fetch_early(const T* c, Index c_stride) {
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) fetch<Use::write>(c + i * c_stride, packs * lanes<T>);
}

// A as its transpose (k, rows), or with `by_rows` as it is, (rows, k).
template <typename T, int rows, int packs, bool by_rows>
void multiply_tile(Terms<T> terms, const Output<T>& output) {
    const Into into = output.into;
    const Index c_stride = output.c_stride;
    if (into != Into::set) fetch_early<T, rows, packs>(output.c, c_stride);
    Pack<T> sum[rows][packs] = {};
    for (const Term<T>& term : terms) {
        const T *a = term.a, *b = term.b;
        const Index k = term.k, a_stride = term.a_stride, b_stride = term.b_stride;
        const auto at = [=](int i, Index step) { return by_rows ? a[i * a_stride + step] : a[step * a_stride + i]; };
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
    }
    T* c = output.c;
    if (output.finished) {
        switch (besides(output.finish)) {
            case Besides::nothing:
                return put_finished_tile<Besides::nothing>(output.finish, sum, c, c_stride);
            case Besides::plain:
                return put_finished_tile<Besides::plain>(output.finish, sum, c, c_stride);
            case Besides::added:
                return put_finished_tile<Besides::added>(output.finish, sum, c, c_stride);
        }
    }
    switch (into) {
        case Into::set:
            return put_tile<Into::set>(sum, c, c_stride);
        case Into::add:
            return put_tile<Into::add>(sum, c, c_stride);
        case Into::subtract:
            return put_tile<Into::subtract>(sum, c, c_stride);
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
// as its transpose. With it the rows of B that belong to the cut.
template <typename T>
struct BlockOfTerm {
    Index k;
    const T* a;
    Index a_stride;
    bool by_rows = false;
    const T* b;
    Index b_stride;

    BlockOfTerm(const Factors<T>& f, Index row, Index rows, Index step, T* scratch)
        : k(std::min(cut, f.k - step)),
          a(scratch),
          a_stride(product_rows),
          b(f.b + step * f.b_stride),
          b_stride(f.b_stride) {
        const T* from = f.a_transposed ? f.a + step * f.a_stride + row : f.a + row * f.a_stride + step;
        if (!is_copied<T>(f.a_stride)) {
            a = from;
            a_stride = f.a_stride;
            by_rows = !f.a_transposed;
        } else if (f.a_transposed) {
            for (Index i = 0; i < k; ++i) std::copy_n(from + i * f.a_stride, rows, scratch + i * product_rows);
        } else {
            transpose(from, f.a_stride, rows, k, scratch, product_rows);
        }
    }

    Term<T> at(Index row, Index column) const {
        return {k, a + (by_rows ? row * a_stride : row), a_stride, b + column, b_stride};
    }
};

// One block of rows of C, and of each term one cut along k.
template <typename T>
class Block {
  public:
    Block(std::span<const BlockOfTerm<T>> terms, const Output<T>& output, Index rows, Index columns)
        : terms_(terms), output_(output), rows_(rows, tile_rows), columns_(columns) {}

    void run() const {
        const EvenParts panels(ceil_divide(columns_, lanes<T>), tile_packs);
        for (Index part = 0; part < panels.count; ++part) {
            const Index first = panels.begin(part), packs = panels.begin(part + 1) - first;
            const Index column = first * lanes<T>, columns = std::min(packs * lanes<T>, columns_ - column);
            for (Index tile = 0; tile < rows_.count; ++tile) {
                const Index row = rows_.begin(tile), rows = rows_.begin(tile + 1) - row;
                std::array<Term<T>, most_terms> terms;
                for (std::size_t i = 0; i < terms_.size(); ++i) terms[i] = terms_[i].at(row, column);
                const Terms<T> all(terms.data(), terms_.size());
                const auto multiply = function(rows, packs);
                const Output<T> output = output_.at(row, column);
                if (columns == packs * lanes<T>)
                    multiply(all, output);
                else
                    multiply_edge(multiply, all, output, rows, columns);
            }
        }
    }

  private:
    TileFunction<T> function(Index rows, Index packs) const {
        const auto index = static_cast<std::size_t>((rows - 1) * tile_packs + packs - 1);
        return terms_.front().by_rows ? tiles<T, true>[index] : tiles<T, false>[index];
    }

    // Where C ends within a register the tile goes through a buffer, whose surplus columns are left behind.
    static void multiply_edge(TileFunction<T> multiply, Terms<T> terms, const Output<T>& output, Index rows,
                              Index columns) {
        constexpr Index stride = tile_packs * lanes<T>;
        T buffer[tile_rows * stride];
        multiply(terms, {buffer, stride, Into::set});
        T* c = output.c;
        for (Index i = 0; i < rows; ++i, c += output.c_stride) {
            const T* source = buffer + i * stride;
            for (Index j = 0; j < columns; ++j)
                c[j] = output.into == Into::set ? source[j] : put_into(output.into, c[j], source[j]);
        }
    }

    std::span<const BlockOfTerm<T>> terms_;
    Output<T> output_;
    EvenParts rows_;
    Index columns_;
};

template <typename T>
void set_zero(const Product<T>& p) {
    for (Index i = 0; i < p.m; ++i) std::fill_n(p.c + i * p.c_stride, p.n, T(0));
}

template <typename T>
Factors<T> factors_of(const Product<T>& p) {
    return {p.k, p.a, p.a_stride, p.a_transposed, p.b, p.b_stride};
}

template <Besides what, typename T>
void finish_rows(const Product<T>& p, Finish<T> finish) {
    T* c = p.c;
    for (Index i = 0; i < p.m; ++i, to_next_row<what>(finish, c, p.c_stride)) {
        for (Index j = 0; j < p.n; j += lanes<T>) put_finished<what>(finish, simd::load(c + j), c, j);
    }
}

// What no single pass can do.
template <typename T>
void one_after_the_other(const Product<T>& p, const Factors<T>* second, const Finish<T>* finish, T* scratch) {
    product(p, scratch);
    if (second != nullptr) {
        Product<T> rest = p;
        rest.k = second->k;
        rest.a = second->a;
        rest.a_stride = second->a_stride;
        rest.a_transposed = second->a_transposed;
        rest.b = second->b;
        rest.b_stride = second->b_stride;
        rest.accumulate = true;
        product(rest, scratch);
    }
    if (finish == nullptr) return;
    switch (besides(*finish)) {
        case Besides::nothing:
            return finish_rows<Besides::nothing>(p, *finish);
        case Besides::plain:
            return finish_rows<Besides::plain>(p, *finish);
        case Besides::added:
            return finish_rows<Besides::added>(p, *finish);
    }
}

template <typename T>
Into into_of(const Product<T>& p) {
    return p.subtract ? Into::subtract : (p.accumulate ? Into::add : Into::set);
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
    const Into whole = into_of(p);
    if (p.k == 0 && whole == Into::set) return set_zero(p);
    for (Index step = 0; step < p.k; step += cut) {
        const Into into = whole == Into::set && step > 0 ? Into::add : whole;
        const Output<T> output{p.c, p.c_stride, into};
        for (Index block = 0; block < blocks.count; ++block) {
            const Index row = blocks.begin(block), rows = blocks.begin(block + 1) - row;
            const BlockOfTerm<T> term(factors_of(p), row, rows, step, scratch);
            Block<T>({&term, 1}, output.at(row, 0), rows, p.n).run();
        }
    }
}

template <typename T>
void product(const Product<T>& p, const Factors<T>* second, const Finish<T>* finish, T* scratch) {
    const auto is_short = [](const Factors<T>& f) { return f.k > 0 && f.k <= cut && !is_copied<T>(f.a_stride); };
    const Factors<T> first = factors_of(p);
    const bool two = second != nullptr, alike = !two || second->a_transposed == p.a_transposed;
    if (!alike || !is_short(first) || (two && !is_short(*second)))
        return one_after_the_other(p, second, finish, scratch);
    const EvenParts blocks(p.m, 2 * product_rows);
    Output<T> output{p.c, p.c_stride, into_of(p)};
    if (finish != nullptr) {
        output.finished = true;
        output.finish = *finish;
    }
    for (Index block = 0; block < blocks.count; ++block) {
        const Index row = blocks.begin(block), rows = blocks.begin(block + 1) - row;
        const std::array terms{BlockOfTerm<T>(first, row, rows, 0, scratch),
                               BlockOfTerm<T>(two ? *second : first, row, rows, 0, scratch)};
        Block<T>({terms.data(), two ? 2U : 1U}, output.at(row, 0), rows, p.n).run();
    }
}

template Index padded<float>(Index);
template Index padded<double>(Index);
template void product(const Product<float>&, float*);
template void product(const Product<double>&, double*);
template void product(const Product<float>&, const Factors<float>*, const Finish<float>*, float*);
template void product(const Product<double>&, const Factors<double>*, const Finish<double>*, double*);

}  // namespace ravine::linalg
