#include "derivatives/jacobian.hpp"

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
Block<T> jacobian_of(const Case<T>& problem) {
    Block<T> jacobian(problem.rows * problem.architecture.outputs() * problem.architecture.parameters());
    Workspace workspace;
    ravine::derivatives::jacobian(problem.architecture, problem.theta.data(), problem.input(), jacobian.data(),
                                  workspace);
    return jacobian;
}

Block<double> outputs_at(const Case<double>& problem, const Block<double>& theta) {
    Block<double> out(problem.rows * problem.architecture.outputs());
    Workspace workspace;
    ravine::network::predict(problem.architecture, theta.data(), problem.input(), out.data(),
                             problem.architecture.outputs(), workspace);
    return out;
}

}  // namespace

RAVINE_TEST(columns_are_the_differences_of_the_outputs) {
    constexpr double h = 1e-5;
    for (const Activation activation : {Activation::tanh, Activation::gelu, Activation::identity}) {
        const Case<double> problem(make_architecture({3, 5, 4, 2}, activation), 11);
        const auto jacobian = jacobian_of(problem);
        const Index parameters = problem.theta.size();
        for (Index p = 0; p < parameters; ++p) {
            auto theta = ravine::testing::random_block<double>(parameters, 1, -0.7, 0.7);
            theta[p] += h;
            const auto above = outputs_at(problem, theta);
            theta[p] -= 2 * h;
            const auto below = outputs_at(problem, theta);
            for (Index i = 0; i < above.size(); ++i) {
                CHECK_NEAR(jacobian[i * parameters + p], (above[i] - below[i]) / (2 * h), 1e-8);
            }
        }
    }
}

RAVINE_TEST(the_number_of_threads_changes_no_bit) {
    const Case<float> problem(make_architecture({10, 40, 30, 5}, Activation::relu), 300);
    const Threads one(1);
    const auto reference = jacobian_of(problem);
    for (const int count : {2, 3}) {
        const Threads several(count);
        CHECK(jacobian_of(problem) == reference);
    }
}

RAVINE_TEST(no_rows_are_no_work) {
    const Case<double> problem(make_architecture({3, 4, 2}, Activation::tanh), 0);
    CHECK_EQUAL(jacobian_of(problem).size(), Index{0});
}
