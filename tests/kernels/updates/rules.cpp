#include "updates/rules.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "adam.hpp"
#include "harness.hpp"
#include "samples.hpp"
#include "thread_count.hpp"

using ravine::Index;
using ravine::testing::adam_options;
using ravine::testing::Block;
using ravine::testing::random_block;
using ravine::updates::GradientScaling;
using ravine::updates::make_optimizer;
using ravine::updates::Options;
using ravine::updates::Piece;

namespace {

// Each rule, and each form of it that has a kernel or coefficients of its own.
struct Form {
    const char* rule;
    Options options;
};

const std::vector<Form> forms{
    {"SGD", {{"lr", 0.1}, {"weight_decay", 0.01}}},
    {"SGD", {{"lr", 0.1}, {"momentum", 0.9}, {"nesterov", 1}}},
    {"SGD", {{"lr", 0.1}, {"momentum", 0.9}, {"form", 1}}},
    {"SGD", {{"lr", 0.1}, {"momentum", 0.9}, {"form", 2}, {"unbiased", 1}}},
    {"Adagrad", {{"lr", 0.1}, {"eps", 1e-10}, {"initial_accumulator_value", 0.1}}},
    {"RMSprop", {{"lr", 0.1}, {"alpha", 0.99}, {"eps", 1e-8}}},
    {"RMSprop", {{"lr", 0.1}, {"alpha", 0.9}, {"eps", 1e-8}, {"centered", 1}}},
    {"RMSprop", {{"lr", 0.1}, {"alpha", 0.9}, {"eps", 1e-8}, {"momentum", 0.5}}},
    {"RMSprop", {{"lr", 0.1}, {"alpha", 0.9}, {"eps", 1e-8}, {"momentum", 0.5}, {"centered", 1}}},
    {"Adadelta", {{"lr", 1}, {"rho", 0.9}, {"eps", 1e-6}}},
    {"Adam", adam_options(0.1)},
    {"AdamW", {{"lr", 0.1}, {"betas[0]", 0.9}, {"betas[1]", 0.99}, {"amsgrad", 1}, {"weight_decay", 0.1}}},
    {"NAdam", {{"lr", 0.1}, {"betas[0]", 0.9}, {"betas[1]", 0.99}, {"eps", 1e-8}, {"momentum_decay", 0.004}}},
    {"RAdam", {{"lr", 0.1}, {"betas[0]", 0.9}, {"betas[1]", 0.99}, {"eps", 1e-8}}},
    {"Adamax", {{"lr", 0.1}, {"betas[0]", 0.9}, {"betas[1]", 0.99}, {"eps", 1e-8}}},
    {"Rprop", {{"lr", 0.1}, {"etas[0]", 0.5}, {"etas[1]", 1.2}, {"step_sizes[0]", 1e-6}, {"step_sizes[1]", 50}}},
    {"Lion", {{"lr", 0.1}, {"betas[0]", 0.9}, {"betas[1]", 0.99}, {"weight_decay", 0.1}}},
};

template <class T>
Block<T> gradient_of(int step, Index n, Index shift = 0) {
    return random_block<T>(n, 10 + static_cast<std::uint64_t>(step), -1, 1, shift);
}

template <class T>
Block<T> after_steps(const Form& form, Index n, int steps, int thread_count = 1, Index shift = 0) {
    const ravine::testing::Threads guard(thread_count);
    auto theta = random_block<T>(n, 1, -1, 1, shift);
    const auto rule = make_optimizer(form.rule, form.options);
    for (int step = 0; step < steps; ++step) {
        const auto gradient = gradient_of<T>(step, n, shift);
        rule->step(theta.data(), gradient.data(), n);
    }
    return theta;
}

template <class T>
void check_bits(const Form& form) {
    // Long enough that several threads do get work, and with a last register that is not full.
    constexpr Index n = 300'001;
    const auto reference = after_steps<T>(form, n, 2);
    CHECK((after_steps<T>(form, n, 2, 2) == reference));
    CHECK((after_steps<T>(form, n, 2, 3, 1) == reference));
}

// clamp(scale g, ±clip), stored.
template <class T>
Block<T> scaled(const Block<T>& gradient, T scale, T clip) {
    Block<T> result(gradient.size());
    for (Index i = 0; i < result.size(); ++i) result[i] = std::min(std::max(scale * gradient[i], -clip), clip);
    return result;
}

template <class T>
void check_scaling(const Form& form, GradientScaling scaling) {
    constexpr Index n = 5'003;
    const auto rule = make_optimizer(form.rule, form.options), twin = make_optimizer(form.rule, form.options);
    auto theta = random_block<T>(n, 1), other = random_block<T>(n, 1);
    for (int step = 0; step < 4; ++step) {
        const auto gradient = gradient_of<T>(step, n);
        const auto stored = scaled<T>(gradient, static_cast<T>(scaling.scale), static_cast<T>(scaling.clip_value));
        rule->step(theta.data(), gradient.data(), n, scaling);
        twin->step(other.data(), stored.data(), n);
        CHECK((theta == other));
    }
}

}  // namespace

RAVINE_TEST(sgd_with_momentum_follows_its_formula) {
    const Form form{"SGD", {{"lr", 0.1}, {"momentum", 0.9}, {"dampening", 0.2}, {"weight_decay", 0.01}}};
    for (const Index n : {1, 7, 8, 100}) {
        const auto got = after_steps<double>(form, n, 3);
        for (Index i = 0; i < n; ++i) {
            double theta = random_block<double>(n, 1)[i], velocity = 0;
            for (int step = 0; step < 3; ++step) {
                const double g = gradient_of<double>(step, n)[i] + 0.01 * theta;
                velocity = step == 0 ? g : 0.9 * velocity + 0.8 * g;
                theta -= 0.1 * velocity;
            }
            CHECK_NEAR(got[i], theta, 1e-15);
        }
    }
}

RAVINE_TEST(adam_follows_its_formula) {
    auto options = adam_options(0.1);
    options["betas[0]"] = 0.8;
    options["betas[1]"] = 0.95;
    options["eps"] = 1e-6;
    options["weight_decay"] = 0.01;
    for (const Index n : {1, 7, 8, 100}) {
        const auto got = after_steps<double>({"Adam", options}, n, 3);
        for (Index i = 0; i < n; ++i) {
            double theta = random_block<double>(n, 1)[i], m = 0, v = 0;
            for (int step = 0; step < 3; ++step) {
                const double g = gradient_of<double>(step, n)[i] + 0.01 * theta;
                m = 0.8 * m + 0.2 * g;
                v = 0.95 * v + 0.05 * g * g;
                const double m_hat = m / (1 - std::pow(0.8, step + 1)), v_hat = v / (1 - std::pow(0.95, step + 1));
                theta -= 0.1 * m_hat / (std::sqrt(v_hat) + 1e-6);
            }
            CHECK_NEAR(got[i], theta, 1e-14);
        }
    }
}

RAVINE_TEST(threads_and_addresses_change_no_bit) {
    for (const auto& form : forms) {
        check_bits<float>(form);
        check_bits<double>(form);
    }
}

RAVINE_TEST(scaling_in_registers_is_scaling_that_was_stored) {
    for (const auto& form : forms) {
        check_scaling<float>(form, {.scale = 0.3});
        check_scaling<double>(form, {.scale = 0.3, .clip_value = 0.1});
    }
}

RAVINE_TEST(pieces_move_like_one_vector) {
    for (const auto& form : forms) {
        auto theta = random_block<double>(30, 1), other = random_block<double>(30, 1);
        const auto gradient = gradient_of<double>(0, 30);
        const auto rule = make_optimizer(form.rule, form.options), twin = make_optimizer(form.rule, form.options);
        const std::vector<Piece<double>> pieces{{theta.data(), gradient.data(), 7},
                                                {theta.data() + 7, gradient.data() + 7, 0},
                                                {theta.data() + 7, gradient.data() + 7, 23}};
        for (int step = 0; step < 3; ++step) {
            rule->step(std::span<const Piece<double>>(pieces));
            twin->step(other.data(), gradient.data(), 30);
        }
        CHECK((theta == other));
        CHECK_THROWS(rule->step(theta.data(), gradient.data(), 30), ravine::InvalidArgument);
        CHECK((theta == other));
    }
}

RAVINE_TEST(a_zero_gradient_moves_nothing_even_without_eps) {
    const Block<double> zero(10);
    for (const auto& form : forms) {
        auto options = form.options;
        if (options.contains("eps")) options["eps"] = 0;
        options["weight_decay"] = 0;
        if (form.rule == std::string_view("Rprop")) options.erase("weight_decay");
        auto theta = random_block<double>(10, 1);
        const auto rule = make_optimizer(form.rule, options);
        rule->step(theta.data(), zero.data(), 10);
        CHECK((theta == random_block<double>(10, 1)));
    }
}

RAVINE_TEST(the_look_ahead_goes_where_momentum_alone_would) {
    for (const double form : {0.0, 1.0, 2.0}) {
        const auto rule = make_optimizer("SGD", {{"lr", 0.1}, {"momentum", 0.9}, {"form", form}, {"nesterov", 2}});
        const auto twin = make_optimizer("SGD", {{"lr", 0.1}, {"momentum", 0.9}, {"form", form}});
        CHECK(rule->looks_ahead());
        CHECK(!twin->looks_ahead());
        auto theta = random_block<double>(20, 1), other = random_block<double>(20, 1);
        Block<double> point(20);
        const Block<double> zero(20);
        rule->look_ahead(theta.data(), point.data(), 20);
        CHECK((point == theta));
        const auto gradient = gradient_of<double>(0, 20);
        rule->step(theta.data(), gradient.data(), 20);
        rule->look_ahead(theta.data(), point.data(), 20);
        twin->step(other.data(), gradient.data(), 20);
        twin->step(other.data(), zero.data(), 20);  // no gradient: momentum alone
        for (Index i = 0; i < 20; ++i) CHECK_NEAR(point[i], other[i], 1e-15);
    }
}

RAVINE_TEST(a_buffer_of_another_length_or_type_is_refused_and_untouched) {
    auto theta = random_block<double>(10, 1);
    const auto gradient = random_block<double>(10, 2);
    auto single = random_block<float>(10, 1);
    const auto single_gradient = random_block<float>(10, 2);
    const auto adam = ravine::testing::adam();
    adam->step(theta.data(), gradient.data(), 10);
    auto other = random_block<double>(9, 1);
    CHECK_THROWS(adam->step(other.data(), gradient.data(), 9), ravine::InvalidArgument);
    CHECK_THROWS(adam->step(single.data(), single_gradient.data(), 10), ravine::InvalidArgument);
    CHECK((other == random_block<double>(9, 1)));
    CHECK((single == random_block<float>(10, 1)));
    CHECK_EQUAL(adam->updates(), Index{1});
}

RAVINE_TEST(options_out_of_range_are_refused) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<Form> wrong{
        {"SGD", {{"lr", -1}}},
        {"SGD", {{"lr", nan}}},
        {"SGD", {{"momentum", -0.1}}},
        {"SGD", {{"nesterov", 1}}},
        {"SGD", {{"form", 1.5}}},
        {"SGD", {{"form", 3}}},
        {"SGD", {{"momentum", 0.9}, {"unbiased", 1}}},
        {"SGD", {{"momentum", 1.5}, {"form", 2}}},
        {"SGD", {{"learning_rate", 1}}},
        {"Adam", {{"betas[0]", 1}}},
        {"Adam", {{"betas[1]", -0.1}}},
        {"Adam", {{"eps", nan}}},
        {"Rprop", {{"etas[0]", 1.5}, {"etas[1]", 1.2}}},
        {"Rprop", {{"etas[0]", 0.5}, {"etas[1]", 1.2}, {"step_sizes[0]", 2}, {"step_sizes[1]", 1}}},
        {"Newton", {}},
    };
    for (const auto& form : wrong) CHECK_THROWS(make_optimizer(form.rule, form.options), ravine::InvalidArgument);
    const auto sgd = make_optimizer("SGD", {{"lr", 1}});
    CHECK_THROWS(sgd->set_momentum(0.5), ravine::InvalidArgument);
    CHECK_THROWS(sgd->set_rate(-1), ravine::InvalidArgument);
}

RAVINE_TEST(without_memory_for_the_state_nothing_happens) {
    auto theta = random_block<double>(100, 1);
    const auto gradient = random_block<double>(100, 2);
    const auto adam = ravine::testing::adam();
    const long failures = ravine::testing::allocations::survive_each_failure([&] {
        CHECK((theta == random_block<double>(100, 1)));
        adam->step(theta.data(), gradient.data(), 100);
    });
    CHECK(failures >= 2);
    CHECK_EQUAL(adam->updates(), Index{1});
}
