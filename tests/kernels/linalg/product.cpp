#include "linalg/product.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness.hpp"
#include "linalg/rows_times_vector.hpp"
#include "linalg/transpose.hpp"
#include "samples.hpp"

using ravine::Index;
using ravine::linalg::padded;
using ravine::linalg::product;
using ravine::linalg::Product;
using ravine::testing::Block;
using ravine::testing::random_block;

namespace {

// A problem in buffers of exactly the size that the kernel may touch; what pads B is not a number.
template <class T>
struct Problem {
    Index m, n, k, a_stride, b_stride, c_stride;
    bool a_transposed;
    Block<T> a, b, c;

    Problem(Index rows, Index cols, Index depth, bool transposed, Index shift = 0, Index stride_of_a = 0)
        : m(rows),
          n(cols),
          k(depth),
          a_stride(stride_of_a > 0 ? stride_of_a : (transposed ? rows : depth) + 3),
          b_stride(padded<T>(cols) + cols % 3),
          c_stride(cols + 2),
          a_transposed(transposed),
          a(random_block<T>((transposed ? depth : rows) * a_stride, 1, -1, 1, shift)),
          b(random_block<T>(depth * b_stride, 2, -1, 1, shift)),
          c(random_block<T>(rows * c_stride, 3, -1, 1, shift)) {
        for (Index row = 0; row < k; ++row) {
            for (Index col = n; col < b_stride; ++col) b[row * b_stride + col] = std::numeric_limits<T>::quiet_NaN();
        }
    }

    void run(Block<T>& into, bool accumulate, Index first = 0, Index count = -1) {
        Block<T> scratch(ravine::linalg::product_scratch());
        product(Product<T>{.m = count < 0 ? m : count,
                           .n = n,
                           .k = k,
                           .a = a.data() + first * (a_transposed ? 1 : a_stride),
                           .a_stride = a_stride,
                           .a_transposed = a_transposed,
                           .b = b.data(),
                           .b_stride = b_stride,
                           .c = into.data() + first * c_stride,
                           .c_stride = c_stride,
                           .accumulate = accumulate},
                scratch.data());
    }

    void check_against_definition(bool accumulate) {
        Block<T> result = random_block<T>(c.size(), 3);
        run(result, accumulate);
        for (Index i = 0; i < m; ++i) {
            for (Index j = 0; j < c_stride; ++j) {
                const Index at = i * c_stride + j;
                if (j >= n) {
                    CHECK_EQUAL(result[at], c[at]);  // what lies between the rows of C is not the kernel's
                    continue;
                }
                double sum = accumulate ? static_cast<double>(c[at]) : 0;
                double magnitude = std::abs(sum);
                for (Index l = 0; l < k; ++l) {
                    const double x = static_cast<double>(a[a_transposed ? l * a_stride + i : i * a_stride + l]);
                    const double term = x * static_cast<double>(b[l * b_stride + j]);
                    sum += term;
                    magnitude += std::abs(term);
                }
                const double eps = static_cast<double>(std::numeric_limits<T>::epsilon());
                CHECK_NEAR(static_cast<double>(result[at]), sum, eps * static_cast<double>(k + 2) * magnitude);
            }
        }
    }
};

template <class T>
void check_shapes() {
    for (const Index m : {1, 2, 7, 8, 65, 130}) {
        for (const Index n : {1, 3, 8, 17, 64}) {
            for (const Index k : {1, 2, 9, 300, 700}) {
                for (const bool transposed : {false, true}) {
                    Problem<T>(m, n, k, transposed, (m + n + k) % 3).check_against_definition(k % 2 == 0);
                }
            }
        }
    }
}

// Rows of A a page apart are copied together.
template <class T>
void check_rows_of_a_a_page_apart() {
    constexpr Index page = 4096 / static_cast<Index>(sizeof(T));
    for (const bool transposed : {false, true}) {
        for (const Index m : {1, 64, 65, 130})
            Problem<T>(m, 17, 300, transposed, 0, page).check_against_definition(true);
        Problem<T> close(70, 24, 300, transposed), apart(70, 24, 300, transposed, 0, 2 * page);
        for (Index i = 0; i < (transposed ? 300 : 70); ++i) {
            std::copy_n(&close.a[i * close.a_stride], close.a_stride, &apart.a[i * apart.a_stride]);
        }
        Block<T> one(close.c.size()), other(close.c.size());
        close.run(one, false);
        apart.run(other, false);
        CHECK(one == other);
    }
}

template <class T>
void check_bits_do_not_depend_on_cuts_and_addresses() {
    for (const bool transposed : {false, true}) {
        Problem<T> whole(150, 37, 555, transposed), shifted(150, 37, 555, transposed, 1);
        Block<T> reference(whole.c.size()), parts(whole.c.size()), moved(shifted.c.size(), 1);
        whole.run(reference, false);
        shifted.run(moved, false);
        for (const Index size : {1, 13, 64}) {
            for (Index first = 0; first < 150; first += size) {
                whole.run(parts, false, first, std::min<Index>(size, 150 - first));
            }
            CHECK(parts == reference);
        }
        CHECK(moved == reference);
    }
}

// The sums of two products, and what is made of them, against the same in three steps.
template <class T>
void check_two_at_once(Index m, Index n, Index k, bool transposed, Index stride_of_a = 0) {
    using ravine::linalg::Factors;
    using ravine::linalg::Finish;
    Problem<T> one(m, n, k, transposed, 0, stride_of_a), two(m, n, k + 3, transposed, 0, stride_of_a);
    Block<T> scratch(ravine::linalg::product_scratch()), sums(one.c.size()), result(one.c.size()), plain(one.c.size());
    one.run(sums, false);
    two.run(sums, true);
    const Factors<T> second{.k = two.k,
                            .a = two.a.data(),
                            .a_stride = two.a_stride,
                            .a_transposed = transposed,
                            .b = two.b.data(),
                            .b_stride = two.b_stride};
    const auto run = [&](const Finish<T>* finish) {
        product<T>({.m = m,
                    .n = n,
                    .k = k,
                    .a = one.a.data(),
                    .a_stride = one.a_stride,
                    .a_transposed = transposed,
                    .b = one.b.data(),
                    .b_stride = one.b_stride,
                    .c = result.data(),
                    .c_stride = one.c_stride},
                   &second, finish, scratch.data());
    };
    const double tolerance =
        4 * static_cast<double>(2 * k + 5) * static_cast<double>(std::numeric_limits<T>::epsilon());
    const auto compare = [&](const Block<T>& found, auto&& expected) {
        for (Index i = 0; i < m; ++i) {
            for (Index j = 0; j < n; ++j) {
                const Index at = i * one.c_stride + j;
                CHECK_NEAR(static_cast<double>(found[at]), static_cast<double>(expected(at, i, j)), tolerance);
            }
        }
    };
    run(nullptr);
    compare(result, [&](Index at, Index, Index) { return sums[at]; });
    if (n % padded<T>(1) != 0) return;
    const Index stride = n + 5;
    const Block<T> factor = random_block<T>(m * stride, 5), added_factor = random_block<T>(m * stride, 6);
    const auto multiplied = [&](Index at, Index i, Index j) { return factor[i * stride + j] * sums[at]; };
    Finish<T> finish{.factor = factor.data(), .stride = stride};
    run(&finish);
    compare(result, multiplied);
    finish.plain = plain.data();
    run(&finish);
    compare(plain, [&](Index at, Index, Index) { return sums[at]; });
    compare(result, multiplied);
    finish.plain = nullptr;
    finish.added = one.c.data();
    finish.added_factor = added_factor.data();
    run(&finish);
    compare(result, [&](Index at, Index i, Index j) {
        return multiplied(at, i, j) + added_factor[i * stride + j] * one.c[at];
    });
}

template <class T>
void check_two_at_once() {
    for (const bool transposed : {false, true}) {
        for (const Index n : {3, 10, 16, 64, 80})
            for (const Index k : {1, 64, 254, 300}) check_two_at_once<T>(67, n, k, transposed);
        check_two_at_once<T>(9, 32, 20, transposed, 4096);  // copied together
    }
}

template <class T>
void check_rows_times_vector() {
    for (const Index m : {1, 3, 4, 33}) {
        for (const Index k : {16, 32, 48, 128}) {
            const Index stride = k + 16;
            const Block<T> a = random_block<T>(m * stride, 1), x = random_block<T>(k, 2), old = random_block<T>(m, 3);
            Block<T> y = random_block<T>(m, 3);
            for (const bool accumulate : {true, false}) {
                ravine::linalg::rows_times_vector(a.data(), stride, m, k, x.data(), y.data(), accumulate);
                for (Index i = 0; i < m; ++i) {
                    double sum = accumulate ? static_cast<double>(old[i]) : 0;
                    for (Index j = 0; j < k; ++j)
                        sum += static_cast<double>(a[i * stride + j]) * static_cast<double>(x[j]);
                    const double eps = static_cast<double>(std::numeric_limits<T>::epsilon());
                    CHECK_NEAR(static_cast<double>(y[i]), sum, eps * static_cast<double>(k + 2));
                    T alone = 0;
                    ravine::linalg::rows_times_vector(a.data() + i * stride, stride, 1, k, x.data(), &alone, false);
                    if (!accumulate) CHECK_EQUAL(y[i], alone);
                }
            }
        }
    }
}

}  // namespace

RAVINE_TEST(product_of_doubles_is_the_sum_over_k) { check_shapes<double>(); }
RAVINE_TEST(product_of_floats_is_the_sum_over_k) { check_shapes<float>(); }
RAVINE_TEST(two_products_of_doubles_at_once) { check_two_at_once<double>(); }
RAVINE_TEST(two_products_of_floats_at_once) { check_two_at_once<float>(); }
RAVINE_TEST(rows_of_doubles_times_a_vector) { check_rows_times_vector<double>(); }
RAVINE_TEST(rows_of_floats_times_a_vector) { check_rows_times_vector<float>(); }
RAVINE_TEST(rows_of_doubles_a_page_apart_give_the_same_sums) { check_rows_of_a_a_page_apart<double>(); }
RAVINE_TEST(rows_of_floats_a_page_apart_give_the_same_sums) { check_rows_of_a_a_page_apart<float>(); }
RAVINE_TEST(bits_of_doubles_depend_on_nothing_but_the_numbers) {
    check_bits_do_not_depend_on_cuts_and_addresses<double>();
}
RAVINE_TEST(bits_of_floats_depend_on_nothing_but_the_numbers) {
    check_bits_do_not_depend_on_cuts_and_addresses<float>();
}

RAVINE_TEST(a_sum_over_nothing_is_zero) {
    Problem<double> problem(5, 6, 0, true);
    Block<double> result = random_block<double>(problem.c.size(), 3);
    problem.run(result, true);
    CHECK(result == problem.c);
    problem.run(result, false);
    for (Index i = 0; i < 5; ++i) {
        for (Index j = 0; j < 6; ++j) CHECK_EQUAL(result[i * problem.c_stride + j], 0.0);
    }
}

RAVINE_TEST(not_a_number_comes_through) {
    Problem<float> problem(9, 5, 20, true);
    problem.a[3 * problem.a_stride + 4] = std::numeric_limits<float>::quiet_NaN();
    Block<float> result(problem.c.size());
    problem.run(result, false);
    for (Index i = 0; i < 9; ++i) {
        for (Index j = 0; j < 5; ++j) CHECK_EQUAL(std::isnan(result[i * problem.c_stride + j]), i == 4);
    }
}

RAVINE_TEST(blocks_of_rows_cover_each_row_once) {
    for (const Index rows : {0, 1, 63, 64, 65, 511, 512, 513, 1000, 1024, 1025}) {
        const ravine::linalg::RowBlocks blocks(rows);
        CHECK_EQUAL(blocks.begin(0), 0);
        CHECK_EQUAL(blocks.begin(blocks.count()), rows);
        for (Index i = 0; i < blocks.count(); ++i) {
            const Index size = blocks.begin(i + 1) - blocks.begin(i);
            CHECK(size > 0 && size <= ravine::linalg::product_rows);
        }
    }
}
