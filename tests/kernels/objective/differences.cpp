#include "objective/differences.hpp"

#include "functions.hpp"
#include "harness.hpp"

using ravine::Index;
using ravine::objective::Derivative;
using ravine::objective::Differences;
using ravine::testing::Rosenbrock;

namespace {

const std::vector<double> x = {-1.2, 1.0, 0.3, 2.0};

}  // namespace

RAVINE_TEST(the_gradient_by_differences_has_eleven_digits) {
    Rosenbrock f(4);
    Differences with(f, Derivative::gradient);
    std::vector<double> exact(4), made(4);
    const double value = f.value_and_gradient(x.data(), exact.data());
    CHECK_EQUAL(with.value_and_gradient(x.data(), made.data()), value);
    for (std::size_t i = 0; i < 4; ++i) CHECK_NEAR(made[i], exact[i], 1e-9);
    CHECK_EQUAL(with.counts().value, Index(1 + 4 * 4 + 1));
}

RAVINE_TEST(the_hessian_and_its_products_by_differences_of_the_gradient) {
    Rosenbrock f(4);
    Differences with(f, Derivative::hessian);
    std::vector<double> exact(16), made(16), column(4), unit(4);
    f.hessian(x.data(), exact.data());
    with.hessian(x.data(), made.data());
    for (std::size_t i = 0; i < 16; ++i) CHECK_NEAR(made[i], exact[i], 1e-7);
    for (std::size_t j = 0; j < 4; ++j) {
        unit.assign(4, 0.0);
        unit[j] = 3;
        with.hessian_product(x.data(), unit.data(), column.data());
        for (std::size_t i = 0; i < 4; ++i) CHECK_NEAR(column[i], 3 * exact[i * 4 + j], 1e-6);
    }
    unit.assign(4, 0.0);
    with.hessian_product(x.data(), unit.data(), column.data());
    for (std::size_t i = 0; i < 4; ++i) CHECK_EQUAL(column[i], 0.0);
}

RAVINE_TEST(the_jacobian_by_differences_yields_the_gradient) {
    Rosenbrock f(4);
    Differences with(f, Derivative::jacobian);
    std::vector<double> jacobian(16), residuals(4), gradient(4);
    with.jacobian(x.data(), jacobian.data());
    with.residuals(x.data(), residuals.data());
    f.value_and_gradient(x.data(), gradient.data());
    for (std::size_t j = 0; j < 4; ++j) {
        double sum = 0;
        for (std::size_t i = 0; i < 4; ++i) sum += jacobian[i * 4 + j] * residuals[i];
        CHECK_NEAR(sum, gradient[j], 1e-7);
    }
}

RAVINE_TEST(what_a_function_cannot_tell_is_refused) {
    auto f = ravine::testing::double_well();
    std::vector<double> out(4);
    CHECK(!f.abilities().residuals);
    CHECK_THROWS(f.residuals(x.data(), out.data()), ravine::InvalidArgument);
    CHECK_THROWS(f.jacobian(x.data(), out.data()), ravine::InvalidArgument);
    CHECK_THROWS(f.gauss_newton(x.data(), out.data()), ravine::InvalidArgument);
    CHECK_THROWS(f.gauss_newton_product(x.data(), x.data(), out.data()), ravine::InvalidArgument);
}
