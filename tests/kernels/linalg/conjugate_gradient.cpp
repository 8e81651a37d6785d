#include "linalg/conjugate_gradient.hpp"

#include <cmath>
#include <limits>

#include "harness.hpp"
#include "known_spectrum.hpp"

using ravine::Index;
using ravine::Workspace;
using ravine::testing::Block;
using ravine::testing::KnownSpectrum;
using ravine::testing::random_block;
using ravine::testing::spread;
namespace linalg = ravine::linalg;
using End = linalg::ConjugateGradientEnd;

namespace {

constexpr Index n = 80;

struct Run {
    Block<double> x{n}, direction{n};
    linalg::ConjugateGradientResult result{};

    Run(const KnownSpectrum& A, const Block<double>& b, const linalg::ConjugateGradientOptions& options,
        const linalg::ProductFunction& preconditioner = nullptr) {
        Workspace workspace;
        result = linalg::conjugate_gradient(
            {.n = n, .b = b.data(), .product = A.product(), .preconditioner = preconditioner}, options, x.data(),
            direction.data(), workspace);
    }

    double model(const KnownSpectrum& A, const Block<double>& b) const {
        Block<double> Ax(n);
        A.product()(x.data(), Ax.data());
        return 0.5 * linalg::dot(x.data(), Ax.data(), n) - linalg::dot(b.data(), x.data(), n);
    }

    double residual(const KnownSpectrum& A, const Block<double>& b) const {
        Block<double> r(n);
        A.product()(x.data(), r.data());
        for (Index i = 0; i < n; ++i) r[i] = b[i] - r[i];
        return linalg::norm(r.data(), n);
    }
};

}  // namespace

RAVINE_TEST(it_solves_and_says_how_well) {
    const KnownSpectrum A(spread(n, 1, 30));
    for (const double scale : {1.0, 1e-200, 1e200}) {
        const auto b = random_block<double>(n, 5, -scale, scale);
        const Run run(A, b, {.relative_tolerance = 1e-12, .true_residual = true});
        CHECK(run.result.end == End::converged);
        CHECK(run.result.residual_norm <= run.result.threshold);
        CHECK_NEAR(run.residual(A, b) / scale, run.result.residual_norm / scale, 1e-13);
        if (scale == 1.0) CHECK_NEAR(run.result.model, run.model(A, b), 1e-12);
        CHECK(run.result.least_curvature >= 1 && run.result.greatest_curvature <= 30);
    }
}

RAVINE_TEST(as_many_iterations_as_different_eigenvalues) {
    std::vector<double> eigenvalues(n, 2.0);
    eigenvalues[3] = 7;
    eigenvalues[9] = 0.5;
    const KnownSpectrum A(eigenvalues);
    const Run run(A, random_block<double>(n, 5), {});
    CHECK_EQUAL(run.result.iterations, Index{3});
    CHECK_EQUAL(run.result.products, Index{3});
}

RAVINE_TEST(zero_is_solved_by_zero) {
    const KnownSpectrum A(spread(n, 1, 2));
    const Run run(A, Block<double>(n), {.true_residual = true});
    CHECK(run.result.end == End::converged);
    CHECK_EQUAL(run.result.products, Index{0});
    CHECK_EQUAL(linalg::norm(run.x.data(), n), 0.0);
}

RAVINE_TEST(it_stops_at_the_boundary) {
    const KnownSpectrum A(spread(n, 1, 30));
    const auto b = random_block<double>(n, 5);
    const double whole = [&] {
        const Run run(A, b, {.relative_tolerance = 1e-12});
        return linalg::norm(run.x.data(), n);
    }();
    double last = 0;
    for (const double share : {0.01, 0.3, 0.9}) {
        const Run run(A, b, {.radius = share * whole});
        CHECK(run.result.end == End::boundary);
        CHECK_NEAR(linalg::norm(run.x.data(), n), share * whole, 1e-13 * whole);
        CHECK_NEAR(run.result.model, run.model(A, b), 1e-12);
        CHECK_NEAR(run.residual(A, b), run.result.residual_norm, 1e-12);
        CHECK(run.result.model < last);
        last = run.result.model;
    }
    CHECK(Run(A, b, {.radius = 1.01 * whole}).result.end == End::converged);
}

RAVINE_TEST(it_finds_negative_curvature) {
    const KnownSpectrum A(spread(n, -5, 30));
    const auto b = random_block<double>(n, 5);
    const Run open(A, b, {});
    CHECK(open.result.end == End::negative_curvature);
    CHECK(open.result.least_curvature < 0);
    Block<double> image(n);
    A.product()(open.direction.data(), image.data());
    CHECK(linalg::dot(open.direction.data(), image.data(), n) < 0);
    CHECK(linalg::dot(open.direction.data(), b.data(), n) > 0);

    const Run bounded(A, b, {.radius = 100});
    CHECK(bounded.result.end == End::negative_curvature);
    CHECK_NEAR(linalg::norm(bounded.x.data(), n), 100.0, 1e-11);
    CHECK_NEAR(bounded.result.model, bounded.model(A, b), 1e-9);
    CHECK(bounded.result.model < open.result.model);
}

// M = diag(A) scaled badly on purpose: with M⁻¹ the problem is an easy one, and the ball is M's.
RAVINE_TEST(a_preconditioner_changes_the_problem_and_the_ball) {
    std::vector<double> scales(n);
    for (Index i = 0; i < n; ++i) scales[static_cast<std::size_t>(i)] = std::pow(10.0, static_cast<double>(i % 7));
    const linalg::ProductFunction A = [&](const double* v, double* out) {
        double mean = 0;
        for (Index i = 0; i < n; ++i) mean += v[i] / n;
        for (Index i = 0; i < n; ++i) out[i] = scales[static_cast<std::size_t>(i)] * v[i] + mean;
    };
    const linalg::ProductFunction inverse = [&](const double* v, double* out) {
        for (Index i = 0; i < n; ++i) out[i] = v[i] / scales[static_cast<std::size_t>(i)];
    };
    const auto b = random_block<double>(n, 5);
    Block<double> x(n);
    Workspace workspace;
    const linalg::ConjugateGradientProblem plain{.n = n, .b = b.data(), .product = A};
    const linalg::ConjugateGradientProblem better{.n = n, .b = b.data(), .product = A, .preconditioner = inverse};
    const auto slow = linalg::conjugate_gradient(plain, {}, x.data(), nullptr, workspace);
    const auto fast = linalg::conjugate_gradient(better, {}, x.data(), nullptr, workspace);
    CHECK(fast.end == End::converged);
    CHECK(2 * fast.iterations < slow.iterations);
    const auto at_boundary = linalg::conjugate_gradient(better, {.radius = 1e-3}, x.data(), nullptr, workspace);
    CHECK(at_boundary.end == End::boundary);
    double squares = 0;
    for (Index i = 0; i < n; ++i) squares += scales[static_cast<std::size_t>(i)] * x[i] * x[i];
    CHECK_NEAR(std::sqrt(squares), 1e-3, 1e-15);
}

RAVINE_TEST(its_ends_have_names) {
    const KnownSpectrum A(spread(n, 1e-3, 30));
    const auto b = random_block<double>(n, 5);
    CHECK(Run(A, b, {.max_iterations = 3}).result.end == End::iteration_limit);
    CHECK_EQUAL(Run(A, b, {.max_iterations = 3}).result.iterations, Index{3});
    CHECK(Run(A, b,
              {.relative_tolerance = 0, .absolute_tolerance = 1e-300, .max_iterations = 10000, .true_residual = true})
              .result.end == End::rounding_floor);
    const auto negative = [](const double* v, double* out) {
        for (Index i = 0; i < n; ++i) out[i] = -v[i];
    };
    CHECK(Run(A, b, {}, negative).result.end == End::bad_preconditioner);
    const KnownSpectrum broken(std::vector<double>(n, std::numeric_limits<double>::quiet_NaN()));
    const Run run(broken, b, {});
    CHECK(run.result.end == End::not_finite);
    CHECK_EQUAL(linalg::norm(run.x.data(), n), 0.0);
}
