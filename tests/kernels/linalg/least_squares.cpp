#include "linalg/least_squares.hpp"

#include <cmath>
#include <vector>

#include "base/interrupt.hpp"
#include "harness.hpp"
#include "linalg/row_folder.hpp"
#include "samples.hpp"
#include "thread_count.hpp"

using ravine::Index;
using ravine::Workspace;
using namespace ravine::linalg;
using namespace ravine::testing;

namespace {

struct Solved {
    Block<double> x, rest;
    Solution solution;
};

Solved solve(const Block<double>& a, Index m, Index n, Index a_stride, const Block<double>& b, Index columns,
             const double* damping = nullptr) {
    Block<double> norms(n), r(n * reduced_stride(n, columns));
    Solved solved{Block<double>(n * columns), Block<double>(columns), {}};
    column_norms(a.data(), m, n, a_stride, norms.data());
    const Reduced reduced{.n = n, .columns = columns, .r = r.data(), .scale = norms.data(), .rest = solved.rest.data()};
    Workspace workspace;
    reduce_rows(a.data(), m, a_stride, b.data(), columns, reduced, workspace);
    solved.solution = solve_reduced(reduced, damping, 1e-13, solved.x.data(), columns, workspace);
    for (Index side = 0; side < columns; ++side)
        solved.rest[side] = residual_squares(reduced, side, solved.x.data() + side, columns, workspace);
    return solved;
}

bool stop_at_once() { return true; }

}  // namespace

RAVINE_TEST(folding_rows_keeps_the_sums_of_products) {
    for (const Index n : {1, 7, 32, 33, 70, 300}) {
        for (const Index rows : {1, 31, 300}) {
            for (const bool triangular : {false, true}) {
                const Index columns = 2, stride = RowFolder::stride(n, columns), count = triangular ? n : rows;
                Block<double> r = random_block<double>(n * stride, 1), c = random_block<double>(count * stride, 2);
                for (Index i = 0; i < n; ++i) {
                    for (Index j = 0; j < i; ++j) r[i * stride + j] = 0;
                    for (Index j = 0; triangular && j < i; ++j) c[i * stride + j] = 0;
                }
                const auto products = [&](Index j, Index k) {
                    double sum = 0;
                    for (Index i = 0; i < n; ++i) sum += r[i * stride + j] * r[i * stride + k];
                    return sum;
                };
                const auto of_rows = [&](Index j, Index k) {
                    double sum = 0;
                    for (Index i = 0; i < count; ++i) sum += c[i * stride + j] * c[i * stride + k];
                    return sum;
                };
                std::vector<double> before;
                for (Index j = 0; j < n + columns; j += 3)
                    for (Index k = 0; k < n; k += 5) before.push_back(products(j, k) + of_rows(j, k));
                ravine::Cutter measure;
                const RowFolder sizes(n, columns, 1, measure);
                Workspace workspace;
                ravine::Cutter cutter = workspace.cutter(measure.bytes());
                RowFolder(n, columns, 1, cutter).fold(r.data(), c.data(), count, triangular);
                std::size_t at = 0;
                for (Index j = 0; j < n + columns; j += 3)
                    for (Index k = 0; k < n; k += 5)
                        CHECK_NEAR(products(j, k), before[at++], 1e-13 * static_cast<double>(n + count));
                for (Index i = 0; i < n; ++i)
                    for (Index j = 0; j < i; ++j) CHECK_EQUAL(r[i * stride + j], 0.0);
            }
        }
    }
}

RAVINE_TEST(the_residual_is_orthogonal_to_the_columns) {
    for (const Index n : {1, 5, 40, 130}) {
        for (const Index m : {n, n + 1, 20 * n, Index(2500)}) {
            for (const Index columns : {1, 3}) {
                const Index stride = n + 2;
                const Block<double> a = random_block<double>(m * stride, 3), b = random_block<double>(m * columns, 4);
                const Solved solved = solve(a, m, n, stride, b, columns);
                CHECK_EQUAL(solved.solution.rank, n);
                for (Index side = 0; side < columns; ++side) {
                    Block<double> gradient(n);
                    double squares = 0;
                    for (Index i = 0; i < m; ++i) {
                        double residual = -b[i * columns + side];
                        for (Index j = 0; j < n; ++j) residual += a[i * stride + j] * solved.x[j * columns + side];
                        for (Index j = 0; j < n; ++j) gradient[j] += residual * a[i * stride + j];
                        squares += residual * residual;
                    }
                    for (Index j = 0; j < n; ++j) CHECK_NEAR(gradient[j], 0, 1e-9 * solved.solution.condition);
                    CHECK_NEAR(solved.rest[side], squares, 1e-10 * (1 + squares));
                }
            }
        }
    }
}

RAVINE_TEST(the_rank_of_dependent_columns_is_told) {
    const Index m = 90, n = 40;
    Block<double> a = random_block<double>(m * n, 5);
    const Block<double> b = random_block<double>(m, 6);
    for (Index i = 0; i < m; ++i) {
        for (Index j = 30; j < n; ++j) a[i * n + j] = a[i * n + j - 30] - a[i * n + j - 29];
    }
    const Solved solved = solve(a, m, n, n, b, 1);
    CHECK_EQUAL(solved.solution.rank, 30);
    CHECK(std::isinf(solved.solution.condition));
    const Block<double> damping = random_block<double>(n, 7, 0.5, 1);
    CHECK_EQUAL(solve(a, m, n, n, b, 1, damping.data()).solution.rank, n);
}

RAVINE_TEST(bits_of_solutions_do_not_depend_on_threads) {
    for (const Index m : {1500, 6000}) {
        const Index n = m == 1500 ? 300 : 60;
        const Block<double> a = random_block<double>(m * n, 8), b = random_block<double>(m, 9);
        const Block<double> damping = random_block<double>(n, 10, 0, 1);
        const auto with = [&](int count) {
            const Threads several(count);
            return solve(a, m, n, n, b, 1, damping.data());
        };
        const Solved one = with(1);
        for (const int count : {2, 3, 4}) {
            const Solved many = with(count);
            CHECK(many.x == one.x);
            CHECK(many.rest == one.rest);
        }
    }
}

RAVINE_TEST(norms_neither_overflow_nor_vanish) {
    const Block<double> a = random_block<double>(12, 1);
    for (const double size : {1e-300, 1e-160, 1.0, 1e160, 1e300}) {
        Block<double> scaled(12), norms(3), plain(3);
        for (Index i = 0; i < 12; ++i) scaled[i] = size * a[i];
        column_norms(scaled.data(), 4, 3, 3, norms.data());
        column_norms(a.data(), 4, 3, 3, plain.data());
        for (Index j = 0; j < 3; ++j) CHECK_NEAR(norms[j] / size, plain[j], 1e-14);
    }
    const double zeros[2] = {0, 0};
    double norms[2];
    column_norms(zeros, 1, 2, 2, norms);
    CHECK_EQUAL(norms[0], 1.0);
}

RAVINE_TEST(an_interrupt_ends_a_reduction) {
    const Index m = 500, n = 60;
    const Block<double> a = random_block<double>(m * n, 8), b = random_block<double>(m, 9);
    const Threads single(1);
    ravine::threads::sleep_milliseconds(25);  // the probe is asked every 20 ms at most
    ravine::interrupt::set_probe(&stop_at_once);
    CHECK_THROWS(solve(a, m, n, n, b, 1), ravine::Interrupted);
    ravine::interrupt::set_probe(nullptr);
}
