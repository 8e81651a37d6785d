#include "signals/signals.hpp"

#include <cmath>

#include "derivatives/gradient.hpp"
#include "harness.hpp"
#include "networks.hpp"

using ravine::Index;
using ravine::Workspace;
using ravine::network::Activation;
using ravine::network::Loss;
using ravine::network::Rows;
using ravine::network::Samples;
using ravine::signals::join;
using ravine::signals::Moments;
using ravine::signals::moments_of;
using ravine::testing::Block;
using ravine::testing::Case;
using ravine::testing::make_architecture;
using ravine::testing::Threads;

namespace {

template <class T>
struct Gathered {
    Block<double> units, layer_squares;
    Block<T> gradient;
    Block<double> second_moments;
    ravine::signals::Totals totals;

    Gathered(const Case<T>& problem, const Samples<T>& samples, const Rows& rows)
        : units((problem.architecture.inputs() + unit_count(problem)) * ravine::signals::columns),
          layer_squares(std::ssize(problem.architecture.layers())),
          gradient(problem.theta.size()),
          second_moments(problem.theta.size()) {
        Workspace workspace;
        const std::vector<double> slopes(problem.architecture.layers().size(), 0.05);
        const auto second = problem.theta.size() > 1000 ? nullptr : second_moments.data();
        totals = ravine::signals::gather<T>(
            problem.architecture, Loss::squared_error, samples, rows, problem.theta.data(), slopes,
            {units.data(), layer_squares.data(), gradient.data(), second, 0}, workspace);
        CHECK_EQUAL(workspace.bytes(),
                    ravine::signals::gather_bytes<T>(problem.architecture, rows.count, second != nullptr));
    }

    static Index unit_count(const Case<T>& problem) {
        Index count = 0;
        for (const auto& layer : problem.architecture.layers()) count += layer.outputs;
        return count;
    }
};

}  // namespace

RAVINE_TEST(moments_of_parts_join_to_those_of_the_whole) {
    const auto x = ravine::testing::random_block<double>(101, 3, 1e6, 1e6 + 1);
    const Moments whole = moments_of(x.data(), 101);
    for (const Index cut : {1, 7, 64, 100}) {
        const Moments joined = join(moments_of(x.data(), cut), cut, moments_of(x.data() + cut, 101 - cut), 101 - cut);
        CHECK_NEAR(joined.mean, whole.mean, 1e-9);
        CHECK_NEAR(joined.squares, whole.squares, 1e-7);
    }
    const Moments first = join({0, 0}, 0, whole, 101);
    CHECK_EQUAL(first.mean, whole.mean);
    CHECK_EQUAL(first.squares, whole.squares);
}

RAVINE_TEST(squares_are_those_of_gradients_of_single_rows) {
    const Case<double> problem(make_architecture({3, 5, 2}, Activation::tanh), 70);
    const Gathered<double> all(problem, problem.dense(), problem.all());
    Block<double> sum(problem.theta.size()), squares(problem.theta.size());
    double norms = 0, value = 0;
    for (Index row = 0; row < 70; ++row) {
        Workspace workspace;
        ravine::derivatives::RowSums<double> sums(problem.architecture, 1, true, workspace);
        const auto one = sums.gradient(Loss::squared_error, problem.dense(), {nullptr, row, 1}, problem.theta.data());
        value += one.value;
        for (Index p = 0; p < sum.size(); ++p) {
            sum[p] += one.slots[p];
            squares[p] += one.slots[p] * one.slots[p];
            norms += one.slots[p] * one.slots[p];
        }
    }
    CHECK_NEAR(all.totals.value, value, 1e-11);
    CHECK_NEAR(all.layer_squares[0] + all.layer_squares[1], norms, 1e-11 * norms);
    for (Index p = 0; p < sum.size(); ++p) {
        CHECK_NEAR(all.gradient[p], sum[p], 1e-11);
        CHECK_NEAR(all.second_moments[p], squares[p], 1e-11 * (1 + squares[p]));
    }
}

RAVINE_TEST(rows_of_weight_zero_are_left_out) {
    Case<double> problem(make_architecture({3, 5, 2}, Activation::relu), 200);
    for (Index row = 0; row < 130; ++row) problem.weights[row] = 0;
    const Gathered<double> all(problem, problem.dense(), problem.all());
    const Gathered<double> rest(problem, problem.dense(), {nullptr, 130, 70});
    CHECK_EQUAL(all.totals.rows, 70);
    CHECK_NEAR(all.totals.value, rest.totals.value, 1e-12);
    for (Index i = 0; i < all.units.size(); ++i) CHECK_NEAR(all.units[i], rest.units[i], 1e-11);
    for (Index p = 0; p < all.gradient.size(); ++p) CHECK_NEAR(all.gradient[p], rest.gradient[p], 1e-12);
}

RAVINE_TEST(the_number_of_threads_changes_no_bit) {
    for (const std::vector<Index>& widths : {std::vector<Index>{20, 64, 64, 10}, {30, 600, 500, 10}}) {
        const Case<float> problem(make_architecture(widths, Activation::gelu), 900);
        const Threads one(1);
        const Gathered<float> reference(problem, problem.dense(), problem.all());
        for (const int count : {2, 3}) {
            const Threads several(count);
            const Gathered<float> again(problem, problem.dense(), problem.all());
            CHECK(again.units == reference.units);
            CHECK(again.gradient == reference.gradient);
            CHECK(again.layer_squares == reference.layer_squares);
        }
    }
}

RAVINE_TEST(the_failure_of_any_allocation_is_survived) {
    const Case<double> problem(make_architecture({3, 4, 2}, Activation::tanh), 70);
    const Gathered<double> reference(problem, problem.dense(), problem.all());
    const long failures = ravine::testing::allocations::survive_each_failure([&] {
        const Gathered<double> again(problem, problem.dense(), problem.all());
        CHECK(again.units == reference.units);
    });
    CHECK(failures >= 3);
}
