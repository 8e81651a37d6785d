#include "linalg/cholesky.hpp"

#include <algorithm>

#include "base/interrupt.hpp"
#include "definite.hpp"
#include "harness.hpp"
#include "linalg/shifted_cholesky.hpp"
#include "thread_count.hpp"

using ravine::Index;
using ravine::Workspace;
using namespace ravine::linalg;
using namespace ravine::testing;

namespace {

template <typename T>
void check_order(Index n) {
    const double eps = std::numeric_limits<T>::epsilon();
    const Index stride = n + 3;
    const Block<T> a = definite_block<T>(n, stride);
    Block<T> l = definite_block<T>(n, stride), moved = definite_block<T>(n, stride, 1);
    Workspace workspace;
    CHECK_EQUAL(cholesky(l.data(), n, stride, workspace), -1);
    CHECK(workspace.bytes() <= cholesky_bytes<T>(n));
    const Index step = std::max<Index>(1, n / 40);
    for (Index i = 0; i < n; i += step) {
        for (Index j = 0; j < n; ++j) {
            if (j > i)
                CHECK(std::isnan(l[i * stride + j]));  // what lies above is left as it was
            else
                CHECK_NEAR(factor_product(l, stride, i, j), a[i * stride + j], 500 * eps * static_cast<double>(n));
        }
    }
    CHECK_EQUAL(cholesky(moved.data(), n, stride, workspace), -1);
    CHECK(same_bits(moved, l));
}

// A matrix of which everything before `pivot` is definite, and the pivot there is negative.
Block<double> broken_at(Index n, Index pivot) {
    Block<double> a = definite_block(n, n);
    a[pivot * (n + 1)] = -1;
    return a;
}

bool stop_at_once() { return true; }

}  // namespace

RAVINE_TEST(the_factor_times_its_transpose_is_the_matrix) {
    for (const Index n : {0, 1, 2, 7, 8, 9, 16, 63, 64, 65, 71, 72, 73, 130, 192, 193, 256, 257, 320, 500}) {
        check_order<float>(n);
        check_order<double>(n);
    }
}

RAVINE_TEST(the_logarithm_of_the_determinant_sums_the_diagonal) {
    for (const Index n : {0, 1, 9, 130}) {
        const Index stride = n + 3;
        const Block<double> l = definite_block(n, stride);
        double log_diagonal = 0;
        for (Index i = 0; i < n; ++i) log_diagonal += std::log(l[i * (stride + 1)]);
        CHECK_NEAR(log_determinant(l.data(), n, stride), 2 * log_diagonal, 1e-12 * static_cast<double>(n));
    }
}

namespace {

template <typename T>
void check_threads() {
    for (const Index n : {300, 1100}) {
        Block<T> one = definite_block<T>(n, n);
        Workspace workspace;
        {
            const Threads single(1);
            CHECK_EQUAL(cholesky(one.data(), n, n, workspace), -1);
        }
        for (const int count : {2, 3, 4}) {
            const Threads several(count);
            Block<T> many = definite_block<T>(n, n);
            CHECK_EQUAL(cholesky(many.data(), n, n, workspace), -1);
            CHECK(same_bits(many, one));
        }
    }
}

}  // namespace

RAVINE_TEST(every_number_of_threads_gives_the_same_bits) {
    check_threads<float>();
    check_threads<double>();
}

RAVINE_TEST(a_failing_pivot_is_named_and_left_on_the_diagonal) {
    for (const Index n : {1, 5, 64, 65, 200, 400}) {
        for (const Index pivot : {Index(0), n / 3, n - 1}) {
            const Block<double> a = broken_at(n, pivot);
            Block<double> l = broken_at(n, pivot);
            Workspace workspace;
            CHECK_EQUAL(cholesky(l.data(), n, n, workspace), pivot);
            double squares = 0;
            for (Index j = 0; j < pivot; ++j) squares += l[pivot * n + j] * l[pivot * n + j];
            CHECK_NEAR(l[pivot * (n + 1)], -1 - squares, 1e-12);

            Block<double> x(n);
            const double bound = negative_curvature(l.data(), n, n, pivot, x.data());
            double curvature = 0, norm = 0;
            for (Index i = 0; i < n; ++i) {
                norm += x[i] * x[i];
                for (Index j = 0; j < n; ++j) curvature += x[i] * symmetric_at(a, n, i, j) * x[j];
            }
            CHECK(bound < 0);
            CHECK_NEAR(bound, curvature / norm, 1e-10);
        }
    }
}

RAVINE_TEST(what_is_not_finite_ends_in_a_failing_pivot) {
    for (const double x : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        for (const Index n : {10, 100, 300}) {
            Block<double> a = definite_block(n, n);
            a[(n - 2) * n + 3] = x;
            Workspace workspace;
            const Index failed = cholesky(a.data(), n, n, workspace);
            CHECK(failed >= 0 && failed <= n - 2);
        }
    }
}

RAVINE_TEST(zero_is_no_pivot) {
    Block<double> a(1);
    Workspace workspace;
    CHECK_EQUAL(cholesky(a.data(), 1, 1, workspace), 0);
}

RAVINE_TEST(an_interrupt_ends_a_factorisation) {
    const Index n = 700;
    Block<double> a = definite_block(n, n);
    Workspace workspace;
    const Threads single(1);                  // the caller's thread asks
    ravine::threads::sleep_milliseconds(25);  // the probe is asked every 20 ms at most
    ravine::interrupt::set_probe(&stop_at_once);
    CHECK_THROWS(cholesky(a.data(), n, n, workspace), ravine::Interrupted);
    ravine::interrupt::set_probe(nullptr);
}

RAVINE_TEST(a_definite_matrix_needs_no_shift) {
    Block<double> h = definite_block(90, 95), l(90 * 90), expected(90 * 90);
    for (Index i = 0; i < 90; ++i) std::copy_n(&h[i * 95], 90, &expected[i * 90]);
    Workspace workspace;
    const Shift shift = shifted_cholesky(h.data(), 90, 95, l.data(), 90, workspace);
    CHECK_EQUAL(shift.alpha, 0.0);
    CHECK_EQUAL(shift.tries, 1);
    cholesky(expected.data(), 90, 90, workspace);
    for (Index i = 0; i < 90; ++i) {
        for (Index j = 0; j <= i; ++j) CHECK_EQUAL(l[i * 90 + j], expected[i * 90 + j]);
    }
}

RAVINE_TEST(a_shift_is_enough_and_not_much_too_large) {
    // Reflections QDQᵀ with Q = I - 2vvᵀ/vᵀv have the eigenvalues D.
    for (const Index n : {2, 30, 100}) {
        for (const double smallest : {-1e-3, -1.0, -1e6}) {
            Block<double> v = random_block<double>(n, 5), h(n * n), l(n * n);
            double norm = 0;
            for (Index i = 0; i < n; ++i) norm += v[i] * v[i];
            const auto q = [&](Index i, Index j) { return (i == j) - 2 * v[i] * v[j] / norm; };
            for (Index i = 0; i < n; ++i) {
                for (Index j = 0; j <= i; ++j) {
                    for (Index k = 0; k < n; ++k)
                        h[i * n + j] += q(i, k) * (k == 0 ? smallest : 1 + static_cast<double>(k)) * q(j, k);
                }
            }
            Workspace workspace;
            const Shift shift = shifted_cholesky(h.data(), n, n, l.data(), n, workspace);
            CHECK(shift.alpha >= -smallest * (1 - 1e-8));
            CHECK(shift.alpha <= -5 * smallest);
            CHECK(shift.tries <= 12);
            for (Index i = 0; i < n; ++i) {
                for (Index j = 0; j <= i; ++j)
                    CHECK_NEAR(factor_product(l, n, i, j), h[i * n + j] + (i == j) * shift.alpha,
                               1e-12 * static_cast<double>(n) * (1 + std::abs(smallest)));
            }
        }
    }
}

RAVINE_TEST(a_matrix_of_zeros_is_shifted_and_one_with_nan_refused) {
    Block<double> h(9), l(9);
    Workspace workspace;
    const Shift shift = shifted_cholesky(h.data(), 3, 3, l.data(), 3, workspace);
    CHECK(shift.alpha > 0);
    h[3] = std::nan("");
    CHECK_THROWS(shifted_cholesky(h.data(), 3, 3, l.data(), 3, workspace), ravine::InvalidArgument);
}
