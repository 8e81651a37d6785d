#include "linalg/tridiagonal.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "harness.hpp"
#include "samples.hpp"

using ravine::Index;
using ravine::testing::Block;
using ravine::testing::random_block;
namespace linalg = ravine::linalg;

namespace {

// ‖A v - λ v‖ and the orthonormality of the columns.
void check_eigen(const Block<double>& A, Index m, const Block<double>& values, const Block<double>& Z, double scale) {
    const double tolerance = 40 * static_cast<double>(m) * std::numeric_limits<double>::epsilon();
    for (Index k = 0; k < m; ++k) {
        if (k > 0) CHECK(values[k - 1] <= values[k]);
        for (Index i = 0; i < m; ++i) {
            double image = 0, along = 0;
            for (Index j = 0; j < m; ++j) {
                image += (j <= i ? A[i * m + j] : A[j * m + i]) * Z[j * m + k];
                along += Z[j * m + k] * Z[j * m + i];
            }
            CHECK_NEAR(image, values[k] * Z[i * m + k], tolerance * scale);
            CHECK_NEAR(along, i == k ? 1.0 : 0.0, tolerance);
        }
    }
}

}  // namespace

RAVINE_TEST(random_matrices_are_diagonalised) {
    for (const Index m : {1, 2, 3, 4, 9, 40}) {
        for (const double scale : {1.0, 1e-150, 1e100}) {
            const Block<double> A = random_block<double>(m * m, static_cast<std::uint64_t>(m), -scale, scale);
            Block<double> Z(m * m), values(m), scratch(2 * m);
            for (Index i = 0; i < m * m; ++i) Z[i] = A[i];
            CHECK(linalg::symmetric_eigen(Z.data(), m, values.data(), scratch.data()));
            check_eigen(A, m, values, Z, scale * std::sqrt(static_cast<double>(m)));
        }
    }
}

RAVINE_TEST(diagonal_zero_and_multiple_eigenvalues) {
    constexpr Index m = 7;
    for (const auto& wanted :
         {std::vector<double>{0, 0, 0, 0, 0, 0, 0}, {5, 5, 5, 5, 5, 5, 5}, {3, -1, 3, 0, -1, 2, 3}}) {
        Block<double> A(m * m), Z(m * m), values(m), scratch(2 * m);
        for (Index i = 0; i < m; ++i) A[i * m + i] = Z[i * m + i] = wanted[static_cast<std::size_t>(i)];
        CHECK(linalg::symmetric_eigen(Z.data(), m, values.data(), scratch.data()));
        check_eigen(A, m, values, Z, 5);
    }
}

// The second difference has the eigenvalues 2 - 2 cos(kπ/(m+1)), and first components √(2/(m+1)) sin(kπ/(m+1)).
RAVINE_TEST(second_differences_and_first_components) {
    constexpr Index m = 30;
    Block<double> d(m), e(m), first(m);
    for (Index i = 0; i < m; ++i) {
        d[i] = 2;
        e[i] = -1;
    }
    first[0] = 1;
    CHECK(linalg::tridiagonal_eigen(d.data(), e.data(), m, first.data(), 1));
    for (Index k = 0; k < m; ++k) {
        const double angle = static_cast<double>(k + 1) * std::numbers::pi / (m + 1);
        CHECK_NEAR(d[k], 2 - 2 * std::cos(angle), 1e-13);
        CHECK_NEAR(std::abs(first[k]), std::sqrt(2.0 / (m + 1)) * std::sin(angle), 1e-13);
    }
}

RAVINE_TEST(numbers_that_are_not_finite_are_told) {
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        Block<double> A = random_block<double>(25, 1), values(5), scratch(10);
        A[12] = bad;
        CHECK(!linalg::symmetric_eigen(A.data(), 5, values.data(), scratch.data()));
    }
}
