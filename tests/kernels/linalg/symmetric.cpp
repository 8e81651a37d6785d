#include "linalg/symmetric.hpp"

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
