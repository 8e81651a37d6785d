#include "optim/minimize.hpp"

#include "functions.hpp"
#include "harness.hpp"

using ravine::Index;
using ravine::optim::default_options;
using ravine::optim::Method;
using ravine::optim::minimise;
using ravine::optim::Options;
using ravine::optim::Result;
using ravine::optim::Stop;
using ravine::testing::Plane;
using ravine::testing::Rosenbrock;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN(),
                 infinity = std::numeric_limits<double>::infinity();

constexpr Method second_order[] = {Method::newton, Method::damped_newton, Method::trust_region, Method::newton_cg};
constexpr Method first_order[] = {Method::bfgs, Method::lbfgs, Method::nonlinear_cg};

Result run(ravine::objective::Objective& f, std::vector<double> x0, const Options& options) {
    return minimise(f, x0.data(), options);
}

Result run(ravine::objective::Objective& f, std::vector<double> x0, Method method) {
    return run(f, std::move(x0), default_options(method));
}

}  // namespace

RAVINE_TEST(every_method_finds_the_minimum_of_rosenbrock) {
    for (const auto& methods : {std::vector<Method>(std::begin(second_order), std::end(second_order)),
                                std::vector<Method>(std::begin(first_order), std::end(first_order)),
                                std::vector<Method>{Method::levenberg_marquardt}}) {
        for (const Method method : methods) {
            Rosenbrock f(6);
            const Result result = run(f, {-1.2, 1, -1.2, 1, 0.5, 2}, method);
            CHECK(result.stop == Stop::gradient_small || result.stop == Stop::rounding_floor);
            for (const double x : result.at.x) CHECK_NEAR(x, 1.0, 1e-6);
        }
    }
}

RAVINE_TEST(rows_are_sampled_only_where_there_are_rows) {
    Rosenbrock f(2);
    Options options = default_options(Method::newton_cg);
    options.hessian_rows = 0.5;
    CHECK_THROWS(run(f, {-1.2, 1}, options), ravine::InvalidArgument);
    options.hessian_rows = 1;
    CHECK(run(f, {-1.2, 1}, options).stop == Stop::gradient_small);
}

RAVINE_TEST(derivatives_of_another_function_are_no_floor_and_raise_doubts) {
    // A gradient of the wrong sign, and a Hessian three times too large.
    auto wrong = Plane([](double x, double y) { return x * x + y * y + 1; },
                       [](double x, double y, double* g) { g[0] = -2 * x, g[1] = -2 * y; },
                       [](double, double, double* h) { h[0] = h[3] = 2, h[1] = h[2] = 0; });
    auto large = Plane([](double x, double y) { return x * x + y * y + 1; },
                       [](double x, double y, double* g) { g[0] = 2 * x, g[1] = 2 * y; },
                       [](double, double, double* h) { h[0] = h[3] = 6, h[1] = h[2] = 0; });
    for (const Method method : {Method::newton, Method::trust_region, Method::newton_cg}) {
        CHECK(run(wrong, {3, 4}, method).stop == Stop::no_descent);
        const Result slow = run(large, {3, 4}, method);
        CHECK(ravine::optim::info_of(slow.stop).success);
        CHECK(slow.doubtful);
        Rosenbrock f(2);
        CHECK(!run(f, {-1.2, 1}, method).doubtful);
    }
}

RAVINE_TEST(no_second_order_method_ends_at_a_strict_saddle) {
    for (const Method method : second_order) {
        auto f = ravine::testing::double_well();
        const Result result = run(f, {0, 0}, method);
        CHECK(result.stop == Stop::gradient_small);
        CHECK_NEAR(result.at.value, -0.25, 1e-12);
        CHECK(result.second_order.checked);
        CHECK(!result.second_order.strict_saddle);
        CHECK(f.kept == result.at.x);
    }
}

RAVINE_TEST(the_textbooks_newton_says_that_it_is_at_a_saddle) {
    auto f = ravine::testing::double_well();
    const Result result = run(f, {0.1, 1}, Method::textbook_newton);
    CHECK(result.stop == Stop::strict_saddle);
    CHECK_NEAR(result.at.x[0], 0.0, 1e-8);
    CHECK_NEAR(result.second_order.eigmin, -1.0, 1e-6);
}

RAVINE_TEST(what_has_no_bottom_is_said_to_have_none) {
    for (const Method method : {Method::newton, Method::trust_region, Method::newton_cg, Method::lbfgs}) {
        auto f = ravine::testing::unbounded_saddle();
        CHECK(run(f, {0.5, 1}, method).stop == Stop::unbounded);
    }
}

RAVINE_TEST(a_singular_minimum_is_reached) {
    for (const Method method : {Method::newton, Method::trust_region, Method::newton_cg, Method::bfgs}) {
        auto f = ravine::testing::quartic();
        const Result result = run(f, {4, 3}, method);
        CHECK(ravine::optim::info_of(result.stop).success);
        CHECK_NEAR(result.at.x[0], 1.0, 5e-3);
        CHECK_NEAR(result.at.x[1], -2.0, 5e-3);
    }
}

RAVINE_TEST(limits_are_kept_and_named) {
    Options options = default_options(Method::newton);
    options.maxiter = 3;
    Rosenbrock f(2);
    const Result few = run(f, {-1.2, 1}, options);
    CHECK(few.stop == Stop::iterations);
    CHECK_EQUAL(few.iterations, Index(3));
    CHECK_EQUAL(static_cast<Index>(few.history.size()), Index(3));

    options = default_options(Method::newton);
    options.max_fun = 5;
    Rosenbrock g(2);
    CHECK(run(g, {-1.2, 1}, options).stop == Stop::evaluations);

    options = default_options(Method::newton);
    options.max_time = 0;
    CHECK(run(g, {-1.2, 1}, options).stop == Stop::time);

    options = default_options(Method::newton);
    options.goal = 1;
    const Result goal = run(g, {-1.2, 1}, options);
    CHECK(goal.stop == Stop::goal_reached);
    CHECK(goal.at.value <= 1);

    options = default_options(Method::newton);
    options.ftol = 1e-2;
    auto well = ravine::testing::quartic();
    options.gtol = 0;
    options.xtol = 0;
    CHECK(run(well, {4, 3}, options).stop != Stop::iterations);
    options.ftol = 0;
    options.xtol = 1e-3;
    CHECK(run(well, {4, 3}, options).stop == Stop::step_small);
}

// 1 + x² + y²: near its minimum a step lowers f by less than one rounding of 1.
RAVINE_TEST(the_rounding_floor_has_a_name) {
    Plane f([](double x, double y) { return 1e8 + std::cosh(x) + y * y; },
            [](double x, double y, double* g) { g[0] = std::sinh(x), g[1] = 2 * y; },
            [](double x, double, double* h) { h[0] = std::cosh(x), h[1] = h[2] = 0, h[3] = 2; });
    Options options = default_options(Method::newton);
    options.gtol = 0;
    const Result result = run(f, {3, 2}, options);
    CHECK(result.stop == Stop::rounding_floor || result.at.gradient_norm == 0);
    CHECK(result.at.gradient_norm < 1e-10);
}

RAVINE_TEST(a_function_that_is_not_finite_somewhere_is_walked_around) {
    Plane f([](double x, double y) { return x <= 0 ? not_a_number : x - std::log(x) + y * y; },
            [](double x, double y, double* g) { g[0] = 1 - 1 / x, g[1] = 2 * y; },
            [](double x, double, double* h) { h[0] = 1 / (x * x), h[1] = h[2] = 0, h[3] = 2; });
    for (const Method method : {Method::newton, Method::damped_newton, Method::trust_region, Method::newton_cg,
                                Method::bfgs, Method::lbfgs, Method::nonlinear_cg}) {
        const Result result = run(f, {5, 1}, method);
        CHECK(ravine::optim::info_of(result.stop).success);
        CHECK_NEAR(result.at.x[0], 1.0, 1e-6);
    }
}

RAVINE_TEST(a_start_that_is_not_finite_ends_at_once) {
    Plane f([](double, double) { return not_a_number; }, [](double, double, double* g) { g[0] = g[1] = 0; }, nullptr);
    const Result result = run(f, {1, 1}, Method::bfgs);
    CHECK(result.stop == Stop::not_finite);
    CHECK_EQUAL(result.iterations, Index(0));
    CHECK(result.at.x == std::vector<double>({1, 1}));
}

// The value rises along every direction that the gradient calls downhill.
RAVINE_TEST(a_wrong_gradient_ends_without_descent) {
    for (const Method method : {Method::bfgs, Method::lbfgs, Method::nonlinear_cg, Method::gradient_descent}) {
        Plane f([](double x, double y) { return x * x + y * y; },
                [](double x, double y, double* g) { g[0] = -2 * x, g[1] = -2 * y; }, nullptr);
        const Result result = run(f, {1, 1}, method);
        CHECK(result.stop == Stop::no_descent);
        CHECK_EQUAL(result.at.value, 2.0);
    }
}

RAVINE_TEST(an_observer_can_end_the_run) {
    struct Second final : ravine::optim::Observer {
        bool goes_on(const ravine::optim::Point&, const ravine::optim::Record&, Index iteration) override {
            return iteration < 2;
        }
    } observer;
    Rosenbrock f(2);
    const std::vector<double> x0 = {-1.2, 1};
    const Options options = default_options(Method::trust_region);
    const Result result = minimise(f, x0.data(), options, &observer);
    CHECK(result.stop == Stop::callback);
    CHECK_EQUAL(result.iterations, Index(2));
}

RAVINE_TEST(options_refuse_by_name) {
    Options options = default_options(Method::newton);
    CHECK_THROWS(ravine::optim::set_option(options, "maxcor", 5.0), ravine::InvalidArgument);
    CHECK_THROWS(ravine::optim::set_option(options, "gtol", -1.0), ravine::InvalidArgument);
    CHECK_THROWS(ravine::optim::set_option(options, "gtol", not_a_number), ravine::InvalidArgument);
    CHECK_THROWS(ravine::optim::set_option(options, "gtol", "small"), ravine::InvalidArgument);
    CHECK_THROWS(ravine::optim::method_from_name("newtn"), ravine::InvalidArgument);
    Options cg = default_options(Method::nonlinear_cg);
    ravine::optim::set_option(cg, "beta", "dai-yuan");
    CHECK_EQUAL(cg.beta, 4.0);
    CHECK_THROWS(ravine::optim::set_option(cg, "beta", "newton"), ravine::InvalidArgument);
    CHECK_THROWS(ravine::optim::set_option(cg, "beta", 1.0), ravine::InvalidArgument);
    ravine::optim::set_option(options, "goal", -infinity);
}
