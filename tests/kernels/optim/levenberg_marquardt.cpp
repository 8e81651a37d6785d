#include "optim/levenberg_marquardt.hpp"

#include "functions.hpp"
#include "harness.hpp"
#include "objective/sum_of_squares.hpp"
#include "optim/minimize.hpp"

using ravine::Index;
using ravine::objective::Abilities;
using ravine::objective::Objective;
using ravine::objective::SumOfSquares;
using ravine::optim::default_options;
using ravine::optim::Method;
using ravine::optim::minimise;
using ravine::optim::Options;
using ravine::optim::ReducedResiduals;
using ravine::optim::Result;
using ravine::optim::Stop;
using ravine::testing::Rosenbrock;

namespace {

// r = A x - b, row by row.
class Linear final : public Objective {
  public:
    Linear(std::vector<double> a, std::vector<double> b) : a_(std::move(a)), b_(std::move(b)) {}
    Index size() const override { return static_cast<Index>(a_.size() / b_.size()); }
    Index residual_count() const override { return static_cast<Index>(b_.size()); }
    Abilities abilities() const override { return {.residuals = true}; }

  private:
    double do_value(const double*) override { return 0; }
    double do_value_and_gradient(const double*, double*) override { return 0; }
    void do_residuals(const double* x, double* out) override {
        const auto n = static_cast<std::size_t>(size());
        for (std::size_t i = 0; i < b_.size(); ++i) {
            out[i] = -b_[i];
            for (std::size_t j = 0; j < n; ++j) out[i] += a_[i * n + j] * x[j];
        }
    }
    void do_jacobian(const double*, double* out) override { std::copy(a_.begin(), a_.end(), out); }

    std::vector<double> a_, b_;
};

Result run(Objective& f, const std::vector<double>& x0, double damping = 1e-3) {
    SumOfSquares fit(f, {});
    Options options = default_options(Method::levenberg_marquardt);
    options.gtol = 0;
    options.damping = damping;
    return minimise(fit, x0.data(), options);
}

}  // namespace

RAVINE_TEST(a_damped_step_solves_the_normal_equations) {
    Linear f({1, 2, 3, -1, 0.5, 4}, {1, -2, 3});
    ReducedResiduals fit(2);
    const std::vector<double> x = {0.3, -0.7}, damping = {0.5, 2};
    CHECK(fit.load(f, x.data()));
    fit.damp(damping.data());
    std::vector<double> p(2), r(3), gradient(2), normal(2);
    fit.solve(p.data());
    f.residuals(x.data(), r.data());
    const double a[3][2] = {{1, 2}, {3, -1}, {0.5, 4}};
    double square = 0;
    for (int i = 0; i < 3; ++i) {
        const double rise = a[i][0] * p[0] + a[i][1] * p[1];
        square += rise * rise;
        for (std::size_t j = 0; j < 2; ++j) {
            gradient[j] += a[i][j] * r[static_cast<std::size_t>(i)];
            normal[j] += a[i][j] * rise;
        }
    }
    for (std::size_t j = 0; j < 2; ++j) CHECK_NEAR(normal[j] + damping[j] * damping[j] * p[j], -gradient[j], 1e-13);
    CHECK_NEAR(fit.model_square(p.data()), square, 1e-13);
    fit.solve_normal(gradient.data());
    for (std::size_t j = 0; j < 2; ++j) CHECK_NEAR(gradient[j], -p[j], 1e-13);
}

// Columns whose angle is 1e-10: JᵀJ has lost them, J has not.
RAVINE_TEST(a_badly_conditioned_fit_keeps_its_digits) {
    const double e = 1e-10;
    Linear f({1, 1, e, 0, 0, e}, {3, 1 * e, 2 * e});
    const Result result = run(f, {0, 0});
    CHECK(result.stop == Stop::rounding_floor || result.stop == Stop::gradient_small);
    CHECK_NEAR(result.at.x[0], 1.0, 1e-5);
    CHECK_NEAR(result.at.x[1], 2.0, 1e-5);
}

RAVINE_TEST(a_parameter_that_the_data_do_not_see_stays) {
    Linear f({1, 0, 2, 0, 1, 0}, {1, 2, 0});
    const Result result = run(f, {5, 7});
    CHECK(ravine::optim::info_of(result.stop).success);
    CHECK_NEAR(result.at.x[0], 5.0 / 6, 1e-12);
    CHECK_EQUAL(result.at.x[1], 7.0);
}

RAVINE_TEST(residuals_that_vanish_end_at_zero) {
    Rosenbrock f(2);
    const Result result = run(f, {-1.2, 1});
    CHECK(ravine::optim::info_of(result.stop).success);
    CHECK_NEAR(result.at.value, 0.0, 1e-27);
    CHECK(result.iterations < 40);
}
