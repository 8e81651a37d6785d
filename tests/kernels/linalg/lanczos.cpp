#include "linalg/lanczos.hpp"

#include <cmath>
#include <limits>

#include "harness.hpp"
#include "known_spectrum.hpp"
#include "linalg/tridiagonal.hpp"

using ravine::Index;
using ravine::Workspace;
using ravine::testing::Block;
using ravine::testing::KnownSpectrum;
using ravine::testing::random_block;
using ravine::testing::spread;
namespace linalg = ravine::linalg;

namespace {

struct Pairs {
    explicit Pairs(Index n, Index count) : values(count), vectors(count * n), residuals(count) {}
    Block<double> values, vectors, residuals;
};

linalg::LanczosResult run(const KnownSpectrum& A, const linalg::LanczosOptions& options, Pairs& pairs) {
    Workspace workspace;
    return linalg::lanczos(A.product(), A.size(), options, pairs.values.data(), pairs.vectors.data(),
                           pairs.residuals.data(), workspace);
}

}  // namespace

RAVINE_TEST(the_ends_of_a_spectrum_with_restarts) {
    std::vector<double> eigenvalues = spread(300, -1, 1);
    eigenvalues[0] = -3;
    eigenvalues[299] = 8;
    const KnownSpectrum A(eigenvalues);
    Pairs pairs(300, 5);
    const auto result = run(A, {.lowest = 2, .highest = 3, .dimension = 25}, pairs);
    CHECK(result.end == linalg::LanczosEnd::converged);
    CHECK(result.restarts > 1);
    CHECK(result.asymmetry < 1e-13);
    const double wanted[] = {-3, eigenvalues[1], eigenvalues[297], eigenvalues[298], 8};
    for (Index k = 0; k < 5; ++k) {
        CHECK_NEAR(pairs.values[k], wanted[k], 1e-12);
        CHECK(pairs.residuals[k] <= 1.1e-10 * 8);
    }
    const auto lowest = A.vector(0);
    CHECK_NEAR(std::abs(linalg::dot(lowest.data(), pairs.vectors.data(), 300)), 1.0, 1e-12);
}

// Few different eigenvalues: the space closes early and goes on from a new vector.
RAVINE_TEST(multiple_eigenvalues_and_whole_spaces) {
    for (const Index n : {1, 2, 3, 12}) {
        std::vector<double> eigenvalues(static_cast<std::size_t>(n), 2.0);
        eigenvalues[0] = -1;
        const KnownSpectrum A(eigenvalues);
        Pairs pairs(n, n);
        const auto result = run(A, {.lowest = 1, .highest = n - 1}, pairs);
        CHECK(result.end == linalg::LanczosEnd::converged);
        for (Index k = 0; k < n; ++k) CHECK_NEAR(pairs.values[k], k == 0 ? -1.0 : 2.0, 1e-13);
    }
    const KnownSpectrum zero(std::vector<double>(20, 0.0));
    Pairs pairs(20, 2);
    CHECK(run(zero, {}, pairs).end == linalg::LanczosEnd::converged);
    CHECK_EQUAL(pairs.values[0], 0.0);
}

RAVINE_TEST(products_may_run_out) {
    const KnownSpectrum A(spread(400, 0, 1));
    Pairs pairs(400, 2);
    const auto result = run(A, {.dimension = 10, .max_products = 25}, pairs);
    CHECK(result.end == linalg::LanczosEnd::product_limit);
    CHECK(result.products <= 27);
    CHECK(pairs.residuals[0] > 1e-10);
    CHECK(pairs.values[0] >= -1e-15);  // Ritz values lie inside the spectrum
    CHECK(pairs.values[0] <= pairs.residuals[0]);
}

RAVINE_TEST(the_seed_decides_the_bits) {
    const KnownSpectrum A(spread(100, -1, 5));
    Pairs first(100, 2), second(100, 2), other(100, 2);
    run(A, {.seed = 3}, first);
    run(A, {.seed = 3}, second);
    run(A, {.seed = 4}, other);
    CHECK(first.vectors == second.vectors);
    CHECK(!(first.vectors == other.vectors));
}

RAVINE_TEST(what_is_not_finite_or_not_symmetric_is_told) {
    const linalg::ProductFunction nan = [](const double*, double* out) {
        std::fill_n(out, 50, std::numeric_limits<double>::quiet_NaN());
    };
    const linalg::ProductFunction turned = [](const double* v, double* out) {
        for (Index i = 0; i < 50; ++i) out[i] = v[(i + 1) % 50];
    };
    Workspace workspace;
    Pairs pairs(50, 2);
    const auto broken =
        linalg::lanczos(nan, 50, {}, pairs.values.data(), pairs.vectors.data(), pairs.residuals.data(), workspace);
    CHECK(broken.end == linalg::LanczosEnd::not_finite);
    const auto result =
        linalg::lanczos(turned, 50, {}, pairs.values.data(), pairs.vectors.data(), pairs.residuals.data(), workspace);
    CHECK(result.asymmetry > 0.1);
    CHECK_THROWS(linalg::lanczos(nan, 50, {.lowest = 30, .highest = 21}, nullptr, nullptr, nullptr, workspace),
                 ravine::InvalidArgument);
    CHECK_THROWS(linalg::lanczos(nan, 50, {.dimension = 2}, nullptr, nullptr, nullptr, workspace),
                 ravine::InvalidArgument);
}

RAVINE_TEST(a_krylov_space_projects_the_matrix) {
    constexpr Index n = 60, steps = 15;
    const KnownSpectrum A(spread(n, -2, 3));
    const auto start = random_block<double>(n, 9);
    Block<double> V(steps * n), diagonal(steps), below(steps), image(n);
    Workspace workspace;
    const auto space =
        linalg::krylov_space(A.product(), n, start.data(), steps, V.data(), diagonal.data(), below.data(), workspace);
    CHECK_EQUAL(space.dimension, steps);
    CHECK(space.outside > 0.1);
    for (Index k = 0; k < steps; ++k) {
        A.product()(V.data() + k * n, image.data());
        for (Index j = 0; j < steps; ++j) {
            const double wanted = j == k ? diagonal[k] : j == k + 1 ? below[k] : j == k - 1 ? below[j] : 0;
            CHECK_NEAR(linalg::dot(V.data() + j * n, image.data(), n), wanted, 1e-13);
            CHECK_NEAR(linalg::dot(V.data() + j * n, V.data() + k * n, n), j == k ? 1.0 : 0.0, 1e-14);
        }
    }
}

RAVINE_TEST(a_krylov_space_closes_at_an_eigenvector) {
    const KnownSpectrum A(spread(40, 1, 4));
    const auto start = A.vector(7);
    Block<double> V(400), diagonal(10), below(10);
    Workspace workspace;
    const auto space =
        linalg::krylov_space(A.product(), 40, start.data(), 10, V.data(), diagonal.data(), below.data(), workspace);
    CHECK_EQUAL(space.dimension, Index{1});
    CHECK_EQUAL(space.outside, 0.0);
    CHECK_NEAR(diagonal[0], 1 + 7 * 3.0 / 39, 1e-13);
    const Block<double> zero(40);
    CHECK_THROWS(
        linalg::krylov_space(A.product(), 40, zero.data(), 10, V.data(), diagonal.data(), below.data(), workspace),
        ravine::InvalidArgument);
}
