#include "network/forward.hpp"

#include <cmath>

#include "harness.hpp"
#include "networks.hpp"

using ravine::Index;
using ravine::Workspace;
using ravine::network::Activation;
using ravine::testing::Block;
using ravine::testing::Case;
using ravine::testing::make_architecture;
using ravine::testing::Threads;

namespace {

template <class T>
Block<T> predictions(const Case<T>& problem) {
    Block<T> out(problem.rows * problem.architecture.outputs());
    Workspace workspace;
    ravine::network::predict(problem.architecture, problem.theta.data(), problem.input(), out.data(),
                             problem.architecture.outputs(), workspace);
    return out;
}

// The definition, one sample and one unit at a time.
template <class T>
std::vector<double> by_hand(const Case<T>& problem, Index row) {
    std::vector<double> a;
    for (Index i = 0; i < problem.architecture.inputs(); ++i) a.push_back(problem.inputs[row * problem.stride + i]);
    for (const auto& layer : problem.architecture.layers()) {
        std::vector<double> next(static_cast<std::size_t>(layer.outputs));
        for (Index j = 0; j < layer.outputs; ++j) {
            double z = layer.bias ? problem.theta[layer.offset + layer.inputs * layer.outputs + j] : T(0);
            for (Index i = 0; i < layer.inputs; ++i) {
                z += a[static_cast<std::size_t>(i)] * problem.theta[layer.offset + i * layer.outputs + j];
            }
            next[static_cast<std::size_t>(j)] = layer.activation == Activation::tanh ? std::tanh(z) : z;
        }
        a = next;
    }
    return a;
}

template <class T>
void check_definition(double tolerance) {
    for (const bool bias : {true, false}) {
        for (const std::vector<Index>& widths : {std::vector<Index>{1, 1}, {3, 4, 2}, {5, 17, 33, 3}, {2, 1, 1, 9}}) {
            for (const Index rows : {1, 2, 31, 200}) {
                const Case<T> problem(make_architecture(widths, Activation::tanh, bias), rows);
                const auto out = predictions(problem);
                for (Index row = 0; row < rows; ++row) {
                    const auto expected = by_hand(problem, row);
                    for (std::size_t j = 0; j < expected.size(); ++j) {
                        const Index at = row * problem.architecture.outputs() + static_cast<Index>(j);
                        CHECK_NEAR(out[at], expected[j], tolerance);
                    }
                }
            }
        }
    }
}

}  // namespace

RAVINE_TEST(predictions_of_doubles_follow_the_definition) { check_definition<double>(1e-13); }
RAVINE_TEST(predictions_of_floats_follow_the_definition) { check_definition<float>(2e-5); }

RAVINE_TEST(the_number_of_threads_changes_no_bit) {
    for (const std::vector<Index>& widths : {std::vector<Index>{20, 64, 64, 10}, {30, 600, 500, 10}}) {
        const Case<float> problem(make_architecture(widths, Activation::relu), 700);
        const Threads one(1);
        const auto reference = predictions(problem);
        for (const int count : {2, 3, 5}) {
            const Threads several(count);
            CHECK(predictions(problem) == reference);
        }
    }
}

RAVINE_TEST(no_rows_are_no_work) {
    const Case<double> problem(make_architecture({3, 4, 2}, Activation::tanh), 0);
    CHECK_EQUAL(predictions(problem).size(), Index{0});
}

RAVINE_TEST(what_lies_between_the_rows_of_the_result_is_left_alone) {
    const Case<double> problem(make_architecture({3, 4, 2}, Activation::tanh), 37);
    const auto dense = predictions(problem);
    const auto before = ravine::testing::random_block<double>(37 * 5, 9);
    auto out = ravine::testing::random_block<double>(37 * 5, 9);
    Workspace workspace;
    ravine::network::predict(problem.architecture, problem.theta.data(), problem.input(), out.data(), 5, workspace);
    for (Index row = 0; row < 37; ++row) {
        for (Index j = 0; j < 5; ++j) CHECK_EQUAL(out[row * 5 + j], j < 2 ? dense[row * 2 + j] : before[row * 5 + j]);
    }
}
