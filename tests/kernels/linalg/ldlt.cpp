#include "linalg/ldlt.hpp"

#include <cmath>
#include <vector>

#include "base/interrupt.hpp"
#include "harness.hpp"
#include "linalg/eigen.hpp"
#include "samples.hpp"
#include "thread_count.hpp"

using ravine::Index;
using ravine::Workspace;
using namespace ravine::linalg;
using namespace ravine::testing;

namespace {

// Symmetric, without large elements on the diagonal, so that blocks of order 2 are taken; NaN above.
Block<double> indefinite(Index n, Index stride) {
    Block<double> a = random_block<double>(n * stride, 13);
    for (Index i = 0; i < n; ++i) {
        a[i * stride + i] *= 0.1;
        for (Index j = i + 1; j < stride; ++j) a[i * stride + j] = std::nan("");
    }
    return a;
}

struct Factors {
    Block<double> l, diagonal, below;
    std::vector<Index> order;

    Factors(Index n, Index stride)
        : l(indefinite(n, stride)), diagonal(n), below(n), order(static_cast<std::size_t>(n)) {
        Workspace workspace;
        ldlt(l.data(), n, stride, pivots(), workspace);
    }

    Pivots pivots() { return {order.data(), diagonal.data(), below.data()}; }
};

double at(const Block<double>& a, Index stride, Index i, Index j) {
    return i >= j ? a[i * stride + j] : a[j * stride + i];
}

bool stop_at_once() { return true; }

}  // namespace

RAVINE_TEST(the_factors_make_the_permuted_matrix) {
    for (const Index n : {0, 1, 2, 3, 9, 62, 63, 64, 65, 128, 200}) {
        const Index stride = n + 3;
        const Block<double> a = indefinite(n, stride);
        Factors factors(n, stride);
        const auto l = [&](Index i, Index j) { return i >= j ? factors.l[i * stride + j] : 0.0; };
        for (Index i = 0; i < n; ++i) {
            CHECK_EQUAL(l(i, i), 1.0);
            for (Index j = 0; j <= i; ++j) {
                double sum = 0;
                for (Index k = 0; k <= j; ++k) {
                    sum += l(i, k) * factors.diagonal[k] * l(j, k);
                    if (k + 1 < n) sum += factors.below[k] * (l(i, k) * l(j, k + 1) + l(i, k + 1) * l(j, k));
                }
                const Index row = factors.order[static_cast<std::size_t>(i)],
                            column = factors.order[static_cast<std::size_t>(j)];
                CHECK_NEAR(sum, at(a, stride, row, column), 1e-12 * static_cast<double>(n));
            }
        }
    }
}

RAVINE_TEST(solutions_solve_and_bits_do_not_depend_on_threads) {
    const Index n = 500, columns = 3;
    const Block<double> a = indefinite(n, n), b = random_block<double>(n * columns, 2);
    const auto with = [&](int count) {
        const Threads several(count);
        Factors factors(n, n);
        Block<double> x = random_block<double>(n * columns, 2);
        Workspace workspace;
        ldlt_solve(factors.l.data(), n, n, factors.pivots(), x.data(), columns, columns, workspace);
        return x;
    };
    const Block<double> one = with(1);
    for (Index i = 0; i < n; i += 17) {
        for (Index c = 0; c < columns; ++c) {
            double sum = 0;
            for (Index j = 0; j < n; ++j) sum += at(a, n, i, j) * one[j * columns + c];
            CHECK_NEAR(sum, b[i * columns + c], 1e-9);
        }
    }
    for (const int count : {2, 3}) CHECK(with(count) == one);
}

RAVINE_TEST(a_matrix_of_zeros_has_zeros_for_pivots) {
    Block<double> a(9), diagonal = random_block<double>(3, 1), below(3);
    std::vector<Index> order(3);
    Workspace workspace;
    ldlt(a.data(), 3, 3, {order.data(), diagonal.data(), below.data()}, workspace);
    for (Index i = 0; i < 3; ++i) CHECK_EQUAL(diagonal[i], 0.0);
}

RAVINE_TEST(an_interrupt_ends_an_elimination) {
    const Threads single(1);
    ravine::threads::sleep_milliseconds(25);  // the probe is asked every 20 ms at most
    ravine::interrupt::set_probe(&stop_at_once);
    CHECK_THROWS(Factors(200, 200), ravine::Interrupted);
    ravine::interrupt::set_probe(nullptr);
}

RAVINE_TEST(eigendecompositions_need_a_solver_and_call_it) {
    const double a[1] = {4};
    double value = 0;
    CHECK_THROWS(eigendecompose(a, 1, &value, nullptr), ravine::InvalidArgument);
    set_eigensolver([](const double* matrix, Index, double* values, double*) { values[0] = matrix[0]; });
    eigendecompose(a, 1, &value, nullptr);
    CHECK_EQUAL(value, 4.0);
    eigendecompose(nullptr, 0, nullptr, nullptr);
    set_eigensolver(nullptr);
}
