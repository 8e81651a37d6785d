#include "linalg/symmetric.hpp"

#include <cmath>

#include "harness.hpp"
#include "samples.hpp"
#include "thread_count.hpp"

using ravine::Index;
using ravine::testing::Block;
using ravine::testing::random_block;
using ravine::testing::Threads;

namespace {

template <class T>
void check_orders() {
    for (const Index n : {0, 1, 2, 47, 48, 49, 96, 200}) {
        for (const int count : {1, 3}) {
            const Threads several(count);
            const Block<T> given = random_block<T>(n * n, 7);
            Block<T> matrix(n * n);
            for (Index i = 0; i < n * n; ++i) matrix[i] = given[i];
            ravine::linalg::complete_symmetric(matrix.data(), n, T(0.5));
            for (Index i = 0; i < n; ++i) {
                for (Index j = 0; j <= i; ++j) {
                    CHECK_EQUAL(matrix[i * n + j], T(0.5) * given[i * n + j]);
                    CHECK_EQUAL(matrix[j * n + i], matrix[i * n + j]);
                }
            }
        }
    }
}

}  // namespace

RAVINE_TEST(the_lower_triangle_decides_a_double_matrix) { check_orders<double>(); }
RAVINE_TEST(the_lower_triangle_decides_a_float_matrix) { check_orders<float>(); }

RAVINE_TEST(the_first_number_that_is_not_finite_is_found_before_what_is_not_symmetric) {
    for (const Index n : {1, 47, 48, 100, 200}) {
        const Index stride = n + 1;
        Block<double> a = random_block<double>(n * stride, 3);
        for (Index i = 0; i < n; ++i) {
            for (Index j = 0; j < i; ++j) a[j * stride + i] = a[i * stride + j];
        }
        CHECK(!ravine::linalg::find_flaw(a.data(), n, stride).has_value());
        if (n == 1) continue;
        a[(n - 1) * stride] += 1e-6;
        const auto apart = ravine::linalg::find_flaw(a.data(), n, stride);
        CHECK(apart.has_value());
        CHECK_EQUAL(apart->row, n - 1);
        CHECK_EQUAL(apart->column, 0);
        CHECK_NEAR(apart->value - apart->mirrored, 1e-6, 1e-15);
        a[(n / 2) * stride + n - 1] = a[(n - 1) * stride + n - 1] = std::nan("");
        const auto lost = ravine::linalg::find_flaw(a.data(), n, stride);
        CHECK_EQUAL(lost->row, n / 2);
        CHECK_EQUAL(lost->column, n - 1);
        CHECK(std::isnan(lost->value));
    }
}

RAVINE_TEST(the_lower_triangle_is_copied_and_the_upper_cleared) {
    for (const Index n : {1, 130, 1100}) {  // the last in two tasks
        Block<double> a = random_block<double>(n * n, 3), elsewhere(n * (n + 2));
        const Block<double> given = random_block<double>(n * n, 3);
        ravine::linalg::copy_lower(a.data(), n, n, elsewhere.data(), n + 2);
        CHECK(a == given);
        ravine::linalg::clear_upper(a.data(), n, n);
        for (Index i = 0; i < n; ++i) {
            for (Index j = 0; j < n; ++j) {
                CHECK_EQUAL(a[i * n + j], j <= i ? given[i * n + j] : 0.0);
                CHECK_EQUAL(elsewhere[i * (n + 2) + j], a[i * n + j]);
            }
        }
    }
}
