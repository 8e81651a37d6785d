#include "derivatives/gradient.hpp"

#include <cmath>

#include "harness.hpp"
#include "networks.hpp"

using ravine::Index;
using ravine::Workspace;
using ravine::derivatives::RowSums;
using ravine::network::Activation;
using ravine::network::Loss;
using ravine::network::Rows;
using ravine::network::Samples;
using ravine::testing::Block;
using ravine::testing::Case;
using ravine::testing::make_architecture;
using ravine::testing::Threads;

namespace {

template <class T>
struct Sum {
    double value;
    Block<T> gradient;
};

template <class T>
Sum<T> gradient_of(const Case<T>& problem, Loss loss, const Samples<T>& samples, const Rows& rows) {
    Workspace workspace;
    RowSums<T> sums(problem.architecture, rows.count, true, workspace);
    const auto result = sums.gradient(loss, samples, rows, problem.theta.data());
    Sum<T> sum{result.value, Block<T>(problem.architecture.parameters())};
    for (Index slot = 0; slot < result.count; ++slot) {
        for (Index p = 0; p < sum.gradient.size(); ++p) sum.gradient[p] += result.slots[slot * result.stride + p];
    }
    return sum;
}

double value_at(const Case<double>& problem, Loss loss, const Samples<double>& samples, const Block<double>& theta) {
    Workspace workspace;
    return RowSums<double>(problem.architecture, problem.rows, false, workspace)
        .value(loss, samples, problem.all(), theta.data());
}

void check_differences(const Case<double>& problem, Loss loss, const Samples<double>& samples) {
    const auto sum = gradient_of(problem, loss, samples, problem.all());
    CHECK_NEAR(sum.value, value_at(problem, loss, samples, problem.theta), 1e-12 * std::abs(sum.value));
    constexpr double h = 1e-5;
    for (Index p = 0; p < problem.theta.size(); ++p) {
        auto theta = ravine::testing::random_block<double>(problem.theta.size(), 1, -0.7, 0.7);
        theta[p] += h;
        const double above = value_at(problem, loss, samples, theta);
        theta[p] -= 2 * h;
        CHECK_NEAR(sum.gradient[p], (above - value_at(problem, loss, samples, theta)) / (2 * h), 1e-6);
    }
}

}  // namespace

RAVINE_TEST(gradients_are_the_differences_of_values) {
    for (const Activation activation : ravine::testing::activations) {
        // One kink in reach would spoil a difference; with these numbers there is none.
        const Case<double> problem(make_architecture({3, 4, 3}, activation), 9);
        for (const Loss loss : {Loss::squared_error, Loss::cross_entropy, Loss::binary_cross_entropy}) {
            check_differences(problem, loss, problem.dense());
        }
        check_differences(problem, Loss::cross_entropy, problem.labelled());
    }
}

RAVINE_TEST(networks_without_bias_and_with_one_layer) {
    const Case<double> no_bias(make_architecture({2, 5, 2}, Activation::tanh, false), 40);
    check_differences(no_bias, Loss::squared_error, no_bias.dense());
    const Case<double> one_layer(make_architecture({4, 3}, Activation::tanh), 5);
    check_differences(one_layer, Loss::cross_entropy, one_layer.labelled());
}

RAVINE_TEST(the_number_of_threads_changes_no_bit) {
    for (const std::vector<Index>& widths : {std::vector<Index>{20, 64, 64, 10}, {30, 600, 500, 10}}) {
        const Case<float> problem(make_architecture(widths, Activation::relu), 900);
        const Threads one(1);
        const auto reference = gradient_of(problem, Loss::cross_entropy, problem.labelled(), problem.all());
        for (const int count : {2, 3, 8}) {
            const Threads several(count);
            const auto again = gradient_of(problem, Loss::cross_entropy, problem.labelled(), problem.all());
            CHECK_EQUAL(again.value, reference.value);
            CHECK(again.gradient == reference.gradient);
        }
    }
}

RAVINE_TEST(sums_over_parts_make_the_whole) {
    const Case<double> problem(make_architecture({6, 15, 4}, Activation::silu), 333);
    const auto whole = gradient_of(problem, Loss::squared_error, problem.dense(), problem.all());
    const auto first = gradient_of(problem, Loss::squared_error, problem.dense(), Rows{nullptr, 0, 100});
    const auto second = gradient_of(problem, Loss::squared_error, problem.dense(), Rows{nullptr, 100, 233});
    CHECK_NEAR(first.value + second.value, whole.value, 1e-11);
    for (Index p = 0; p < whole.gradient.size(); ++p) {
        CHECK_NEAR(first.gradient[p] + second.gradient[p], whole.gradient[p], 1e-11);
    }
}

RAVINE_TEST(chosen_rows_are_those_rows) {
    const Case<double> problem(make_architecture({6, 15, 4}, Activation::tanh), 50);
    const Index order[] = {49, 0, 7, 7, 12};
    const auto chosen = gradient_of(problem, Loss::squared_error, problem.dense(), Rows{order, 1, 4});
    Block<double> expected(problem.theta.size());
    double value = 0;
    for (const Index row : {0, 7, 7, 12}) {
        const auto one = gradient_of(problem, Loss::squared_error, problem.dense(), Rows{nullptr, row, 1});
        value += one.value;
        for (Index p = 0; p < expected.size(); ++p) expected[p] += one.gradient[p];
    }
    CHECK_NEAR(chosen.value, value, 1e-12);
    for (Index p = 0; p < expected.size(); ++p) CHECK_NEAR(chosen.gradient[p], expected[p], 1e-12);
}

RAVINE_TEST(memory_is_told_and_does_not_grow_with_the_rows) {
    const auto architecture = make_architecture({20, 64, 10}, Activation::tanh);
    const Index few = RowSums<double>::bytes(architecture, 100'000, true);
    CHECK_EQUAL(RowSums<double>::bytes(architecture, 10'000'000, true), few);
    Workspace workspace;
    const RowSums<double> sums(architecture, 100'000, true, workspace);
    CHECK_EQUAL(workspace.bytes(), few);
}

RAVINE_TEST(the_failure_of_any_allocation_is_survived) {
    const Case<double> problem(make_architecture({3, 4, 2}, Activation::tanh), 70);
    const auto reference = gradient_of(problem, Loss::squared_error, problem.dense(), problem.all());
    const long failures = ravine::testing::allocations::survive_each_failure([&] {
        const auto again = gradient_of(problem, Loss::squared_error, problem.dense(), problem.all());
        CHECK(again.gradient == reference.gradient);
    });
    CHECK(failures >= 3);
}
