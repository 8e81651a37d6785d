#include "derivatives/hessian.hpp"

#include <cmath>
#include <limits>

#include "derivatives/gradient.hpp"
#include "harness.hpp"
#include "networks.hpp"

using ravine::Index;
using ravine::Workspace;
using ravine::derivatives::Matrix;
using ravine::derivatives::MatrixSum;
using ravine::derivatives::RowSums;
using ravine::network::Activation;
using ravine::network::Loss;
using ravine::testing::Block;
using ravine::testing::Case;
using ravine::testing::make_architecture;
using ravine::testing::Threads;

namespace {

// The lower triangle; what is above it is made zero.
template <class T>
Block<T> lower_triangle(const Case<T>& problem, Matrix matrix, Loss loss) {
    const Index n = problem.architecture.parameters();
    Block<T> out(n * n);
    for (Index i = 0; i < n * n; ++i) out[i] = std::numeric_limits<T>::quiet_NaN();
    Workspace workspace;
    MatrixSum<T>(problem.architecture, loss, problem.rows, matrix, workspace)
        .run(problem.dense(), problem.all(), problem.theta.data(), out.data());
    for (Index i = 0; i < n; ++i)
        for (Index j = i + 1; j < n; ++j) out[i * n + j] = 0;
    return out;
}

Block<double> gradient_at(const Case<double>& problem, Loss loss, const Block<double>& theta) {
    Workspace workspace;
    RowSums<double> sums(problem.architecture, problem.rows, true, workspace);
    const auto sum = sums.gradient(loss, problem.dense(), problem.all(), theta.data());
    Block<double> gradient(theta.size());
    for (Index slot = 0; slot < sum.count; ++slot)
        for (Index p = 0; p < theta.size(); ++p) gradient[p] += sum.slots[slot * sum.stride + p];
    return gradient;
}

void check_differences(const Case<double>& problem, Loss loss) {
    constexpr double h = 1e-5;
    const Index n = problem.theta.size();
    const auto hessian = lower_triangle(problem, Matrix::hessian, loss);
    for (Index i = 0; i < n; ++i) {
        auto theta = ravine::testing::random_block<double>(n, 1, -0.7, 0.7);
        theta[i] += h;
        const auto above = gradient_at(problem, loss, theta);
        theta[i] -= 2 * h;
        const auto below = gradient_at(problem, loss, theta);
        for (Index j = 0; j <= i; ++j) CHECK_NEAR(hessian[i * n + j], (above[j] - below[j]) / (2 * h), 1e-6);
    }
}

}  // namespace

RAVINE_TEST(hessians_are_the_differences_of_gradients) {
    const Threads one(1);
    for (const std::vector<Index>& widths :
         {std::vector<Index>{3, 2}, {1, 4, 2}, {3, 4, 5, 2}, {2, 3, 4, 3, 2}, {6, 5, 4, 5, 3}, {2, 203, 1}}) {
        for (const bool bias : {true, false}) {
            const Case<double> problem(make_architecture(widths, Activation::tanh, bias), 21);
            check_differences(problem, Loss::cross_entropy);
        }
    }
}

RAVINE_TEST(the_number_of_threads_changes_no_bit_of_a_matrix) {
    for (const Matrix matrix : {Matrix::hessian, Matrix::gauss_newton}) {
        const Case<float> problem(make_architecture({5, 12, 11, 10, 3}, Activation::silu), 1100);
        const Threads one(1);
        const auto reference = lower_triangle(problem, matrix, Loss::squared_error);
        for (const int count : {2, 3, 8}) {
            const Threads several(count);
            CHECK(lower_triangle(problem, matrix, Loss::squared_error) == reference);
        }
    }
}

RAVINE_TEST(the_workspace_is_told_and_stays_within_its_bound) {
    for (const std::vector<Index>& widths :
         {std::vector<Index>{1, 20, 20, 1}, {64, 64, 64, 10}, {1, 6000, 1}, {1, 9, 1000}}) {
        const auto architecture = make_architecture(widths, Activation::tanh);
        for (const int count : {1, 4, 32}) {
            const Threads several(count);
            const Index stated = MatrixSum<double>::bytes(architecture, Loss::squared_error, 5000, Matrix::hessian);
            CHECK(stated <= 64 << 20);
            Workspace workspace;
            const MatrixSum<double> sum(architecture, Loss::squared_error, 5000, Matrix::hessian, workspace);
            CHECK_EQUAL(workspace.bytes(), stated);
        }
    }
}

RAVINE_TEST(a_matrix_survives_the_failure_of_any_allocation) {
    const Case<double> problem(make_architecture({3, 4, 2}, Activation::tanh), 70);
    const auto reference = lower_triangle(problem, Matrix::hessian, Loss::squared_error);
    const long failures = ravine::testing::allocations::survive_each_failure(
        [&] { CHECK(lower_triangle(problem, Matrix::hessian, Loss::squared_error) == reference); });
    CHECK(failures >= 3);
}
