#include "linalg/transpose.hpp"

#include "harness.hpp"
#include "samples.hpp"

using ravine::Index;
using ravine::testing::Block;
using ravine::testing::random_block;

namespace {

template <class T>
void check_shapes() {
    for (const Index rows : {0, 1, 3, 8, 16, 17, 70}) {
        for (const Index cols : {0, 1, 5, 8, 16, 33}) {
            const Index from_stride = cols + 1, to_stride = rows + 2;
            const auto from = random_block<T>(rows * from_stride, 1);
            const auto before = random_block<T>(cols * to_stride, 2);
            auto to = random_block<T>(cols * to_stride, 2);
            ravine::linalg::transpose(from.data(), from_stride, rows, cols, to.data(), to_stride);
            for (Index j = 0; j < cols; ++j) {
                for (Index i = 0; i < to_stride; ++i) {
                    const Index at = j * to_stride + i;
                    CHECK_EQUAL(to[at], i < rows ? from[i * from_stride + j] : before[at]);
                }
            }
        }
    }
}

}  // namespace

RAVINE_TEST(every_element_of_a_double_matrix_finds_its_place) { check_shapes<double>(); }
RAVINE_TEST(every_element_of_a_float_matrix_finds_its_place) { check_shapes<float>(); }
