#include "updates/rules.hpp"

#include <cmath>
#include <limits>

#include "harness.hpp"
#include "samples.hpp"
#include "thread_count.hpp"

using ravine::Index;
using ravine::testing::Block;
using ravine::testing::random_block;
using ravine::updates::Adam;
using ravine::updates::AdamOptions;
using ravine::updates::Sgd;
using ravine::updates::SgdOptions;

namespace {

template <class T, class Rule, class Options>
Block<T> after_steps(const Options& options, Index n, int steps, int thread_count = 1, Index shift = 0) {
    const ravine::testing::Threads guard(thread_count);
    auto theta = random_block<T>(n, 1, -1, 1, shift);
    Rule rule(options);
    for (int step = 0; step < steps; ++step) {
        const auto gradient = random_block<T>(n, 10 + static_cast<std::uint64_t>(step), -1, 1, shift);
        rule.step(theta.data(), gradient.data(), n);
    }
    return theta;
}

template <class T, class Rule, class Options>
void check_bits(const Options& options) {
    // Long enough that several threads do get work.
    constexpr Index n = 3'000'001;
    const auto reference = after_steps<T, Rule>(options, n, 2);
    CHECK((after_steps<T, Rule>(options, n, 2, 2) == reference));
    CHECK((after_steps<T, Rule>(options, n, 2, 3, 1) == reference));
}

}  // namespace

RAVINE_TEST(sgd_with_momentum_follows_its_formula) {
    const SgdOptions options{.lr = 0.1, .momentum = 0.9, .dampening = 0.2, .weight_decay = 0.01};
    for (const Index n : {1, 7, 8, 100}) {
        const auto got = after_steps<double, Sgd>(options, n, 3);
        for (Index i = 0; i < n; ++i) {
            double theta = random_block<double>(n, 1)[i], velocity = 0;
            for (int step = 0; step < 3; ++step) {
                const double g = random_block<double>(n, 10 + static_cast<std::uint64_t>(step))[i] + 0.01 * theta;
                velocity = step == 0 ? g : 0.9 * velocity + 0.8 * g;
                theta -= 0.1 * velocity;
            }
            CHECK_NEAR(got[i], theta, 1e-15);
        }
    }
}

RAVINE_TEST(adam_follows_its_formula) {
    const AdamOptions options{.lr = 0.1, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6, .weight_decay = 0.01};
    for (const Index n : {1, 7, 8, 100}) {
        const auto got = after_steps<double, Adam>(options, n, 3);
        for (Index i = 0; i < n; ++i) {
            double theta = random_block<double>(n, 1)[i], m = 0, v = 0;
            for (int step = 0; step < 3; ++step) {
                const double g = random_block<double>(n, 10 + static_cast<std::uint64_t>(step))[i] + 0.01 * theta;
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
    check_bits<float, Sgd>(SgdOptions{.lr = 0.1, .momentum = 0.9, .nesterov = true});
    check_bits<double, Sgd>(SgdOptions{.lr = 0.1});
    check_bits<float, Adam>(AdamOptions{});
    check_bits<double, Adam>(AdamOptions{});
}

RAVINE_TEST(a_zero_gradient_moves_nothing_even_without_eps) {
    auto theta = random_block<double>(10, 1);
    const Block<double> zero(10);
    Adam adam(AdamOptions{.eps = 0});
    adam.step(theta.data(), zero.data(), 10);
    CHECK((theta == random_block<double>(10, 1)));
}

RAVINE_TEST(a_buffer_of_another_length_or_type_is_refused_and_untouched) {
    auto theta = random_block<double>(10, 1);
    const auto gradient = random_block<double>(10, 2);
    auto single = random_block<float>(10, 1);
    const auto single_gradient = random_block<float>(10, 2);
    Adam adam(AdamOptions{});
    adam.step(theta.data(), gradient.data(), 10);
    auto other = random_block<double>(9, 1);
    CHECK_THROWS(adam.step(other.data(), gradient.data(), 9), ravine::InvalidArgument);
    CHECK_THROWS(adam.step(single.data(), single_gradient.data(), 10), ravine::InvalidArgument);
    CHECK((other == random_block<double>(9, 1)));
    CHECK((single == random_block<float>(10, 1)));
    CHECK_EQUAL(adam.updates(), Index{1});
}

RAVINE_TEST(options_out_of_range_are_refused) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS(Sgd(SgdOptions{.lr = -1}), ravine::InvalidArgument);
    CHECK_THROWS(Sgd(SgdOptions{.lr = nan}), ravine::InvalidArgument);
    CHECK_THROWS(Sgd(SgdOptions{.momentum = -0.1}), ravine::InvalidArgument);
    CHECK_THROWS(Sgd(SgdOptions{.momentum = 0, .nesterov = true}), ravine::InvalidArgument);
    CHECK_THROWS(Adam(AdamOptions{.beta1 = 1}), ravine::InvalidArgument);
    CHECK_THROWS(Adam(AdamOptions{.beta2 = -0.1}), ravine::InvalidArgument);
    CHECK_THROWS(Adam(AdamOptions{.eps = nan}), ravine::InvalidArgument);
}

RAVINE_TEST(without_memory_for_the_state_nothing_happens) {
    auto theta = random_block<double>(100, 1);
    const auto gradient = random_block<double>(100, 2);
    Adam adam(AdamOptions{});
    const long failures = ravine::testing::allocations::survive_each_failure([&] {
        CHECK((theta == random_block<double>(100, 1)));
        adam.step(theta.data(), gradient.data(), 100);
    });
    CHECK(failures >= 2);
    CHECK_EQUAL(adam.updates(), Index{1});
}
