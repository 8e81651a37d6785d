#include "objective/sum_of_squares.hpp"

#include "functions.hpp"
#include "harness.hpp"

using ravine::Index;
using ravine::objective::FitSettings;
using ravine::objective::residual_loss;
using ravine::objective::SumOfSquares;
using ravine::testing::Rosenbrock;

namespace {

constexpr Index n = 4;
const std::vector<double> x = {-1.2, 1.0, 0.3, 2.0};

FitSettings with_loss(const char* name) {
    FitSettings settings;
    settings.loss = residual_loss(name);
    settings.loss_scale = 3;
    return settings;
}

}  // namespace

RAVINE_TEST(without_a_loss_it_is_half_the_sum_of_squares) {
    Rosenbrock f(n);
    SumOfSquares fit(f, {});
    std::vector<double> expected(n), made(n);
    CHECK_NEAR(fit.value_and_gradient(x.data(), made.data()), f.value_and_gradient(x.data(), expected.data()), 1e-12);
    for (std::size_t i = 0; i < n; ++i) CHECK_NEAR(made[i], expected[i], 1e-10);
}

RAVINE_TEST(a_point_is_asked_for_once) {
    Rosenbrock f(n);
    SumOfSquares fit(f, {});
    std::vector<double> gradient(n), residuals(n), jacobian(n * n);
    fit.value(x.data());
    fit.gradient(x.data(), gradient.data());
    fit.residuals(x.data(), residuals.data());
    fit.jacobian(x.data(), jacobian.data());
    const std::vector<double> elsewhere = {0, 0, 0, 0};
    fit.value(elsewhere.data());
    fit.rounding_error(x.data(), 0, nullptr);
    CHECK_EQUAL(fit.counts().value, Index(2));
    CHECK_EQUAL(fit.counts().gradient, Index(1));
    CHECK_EQUAL(f.counts().jacobian, Index(1));
}

// Central differences of the value; and what the minimiser sees, r̃ and J̃, has the same gradient.
RAVINE_TEST(every_loss_has_the_gradient_of_its_value) {
    for (const char* name : {"huber", "soft_l1", "cauchy", "arctan"}) {
        Rosenbrock f(n);
        SumOfSquares fit(f, with_loss(name));
        std::vector<double> gradient(n), residuals(n), jacobian(n * n), matrix(n * n), column(n);
        fit.gradient(x.data(), gradient.data());
        fit.residuals(x.data(), residuals.data());
        fit.jacobian(x.data(), jacobian.data());
        fit.gauss_newton(x.data(), matrix.data());
        for (std::size_t j = 0; j < n; ++j) {
            std::vector<double> there = x;
            const double h = 1e-6;
            there[j] += h;
            const double above = fit.value(there.data());
            there[j] -= 2 * h;
            CHECK_NEAR(gradient[j], (above - fit.value(there.data())) / (2 * h), 1e-5);
            double sum = 0;
            for (std::size_t i = 0; i < n; ++i) sum += jacobian[i * n + j] * residuals[i];
            CHECK_NEAR(sum, gradient[j], 1e-10);
            std::vector<double> unit(n);
            unit[j] = 1;
            fit.gauss_newton_product(x.data(), unit.data(), column.data());
            for (std::size_t i = 0; i < n; ++i) CHECK_NEAR(column[i], matrix[i * n + j], 1e-10);
            CHECK(matrix[j * n + j] >= 0);
        }
    }
}

// Of r = √2 (10 (y - x²), 1 - x) along v: r″ = √2 (-20 v_x², 0).
RAVINE_TEST(the_bending_of_residuals_along_a_line) {
    Rosenbrock f(2);
    SumOfSquares fit(f, {});
    const std::vector<double> v = {0.5, -1};
    std::vector<double> bending(2), jacobian(4);
    fit.path_bending(x.data(), v.data(), bending.data());
    fit.jacobian(x.data(), jacobian.data());
    const double bend = -20 * std::sqrt(2.0) * v[0] * v[0];
    for (std::size_t j = 0; j < 2; ++j) CHECK_NEAR(bending[j], jacobian[j] * bend, 1e-9);
}

RAVINE_TEST(a_loss_of_unknown_name_is_refused) {
    CHECK_THROWS(residual_loss("huberr"), ravine::InvalidArgument);
    CHECK(!residual_loss("linear"));
}
