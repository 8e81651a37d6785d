#include "training/curvature_solve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "harness.hpp"
#include "networks.hpp"
#include "training/products.hpp"

using ravine::Index;
using ravine::Workspace;
using ravine::derivatives::Matrix;
using ravine::linalg::DefiniteSolve;
using ravine::network::Activation;
using ravine::network::Loss;
using ravine::network::Rows;
using ravine::network::Samples;
using ravine::testing::Block;
using ravine::testing::Case;
using ravine::testing::make_architecture;
using ravine::testing::random_block;
using ravine::testing::Threads;
using ravine::training::Risk;
using ravine::training::solve_curvature;

namespace {

constexpr double shift = 30;
constexpr Index vectors = 2;

template <class T>
Risk<T> risk_of(const Case<T>& problem, const Samples<T>& samples, Loss loss) {
    const auto architecture = std::make_shared<const ravine::network::Architecture>(problem.architecture);
    const std::size_t layers = architecture->layers().size();
    const auto strengths = std::make_shared<const ravine::training::Strengths>(
        ravine::training::Strengths{std::vector<double>(layers, 0.0), std::vector<double>(layers, 0.5)});
    return {architecture, samples, {loss, static_cast<double>(problem.rows)}, {strengths, nullptr}};
}

// The largest |v - (A + shift I) x| of all elements.
template <class T>
double residual(const Risk<T>& risk, Matrix matrix, const Rows& rows, const Block<T>& theta, const Block<T>& v,
                const Block<T>& x) {
    Workspace workspace;
    Block<T> product(v.size());
    ravine::training::matrix_products<T>(risk, matrix, rows, static_cast<double>(rows.count), theta.data(), x.data(),
                                         vectors, product.data(), workspace);
    double worst = 0;
    for (Index i = 0; i < v.size(); ++i) {
        const double left = std::abs(static_cast<double>(v[i] - product[i]) - shift * static_cast<double>(x[i]));
        worst = left <= worst ? worst : left;  // NaN counts as worse
    }
    return worst;
}

template <class T>
DefiniteSolve check(const Case<T>& problem, const Samples<T>& samples, Loss loss, const Rows& rows) {
    const Risk<T> risk = risk_of(problem, samples, loss);
    const Block<T> v = random_block<T>(vectors * problem.theta.size(), 5);
    DefiniteSolve end;
    for (const Matrix matrix : {Matrix::hessian, Matrix::gauss_newton}) {
        Block<T> x(v.size());
        Workspace workspace;
        end = solve_curvature<T>(risk, matrix, rows, static_cast<double>(rows.count), problem.theta.data(), shift,
                                 v.data(), vectors, x.data(), workspace);
        CHECK_EQUAL(end.failed_pivot, -1);
        CHECK_NEAR(residual(risk, matrix, rows, problem.theta, v, x), 0, 50 * std::numeric_limits<T>::epsilon());
    }
    return end;
}

}  // namespace

// All on one thread: to start others takes memory, where kernels promise to take none.

RAVINE_TEST(large_networks_in_double_are_refined) {
    const Threads one(1);
    const Case<double> problem(make_architecture({7, 20, 10, 3}, Activation::tanh), 90);
    const Index some[] = {80, 3, 3, 41, 7, 66, 12};
    CHECK(check(problem, problem.dense(), Loss::squared_error, problem.all()).refinements > 0);
    CHECK(check(problem, problem.labelled(), Loss::cross_entropy, problem.all()).refinements > 0);
    CHECK(check(problem, problem.dense(), Loss::squared_error, {some, 1, 6}).refinements > 0);
    CHECK(check(problem, problem.labelled(), Loss::cross_entropy, {some, 0, 7}).refinements > 0);
}

RAVINE_TEST(small_networks_and_float_are_factored_once) {
    const Threads one(1);
    const Case<double> small(make_architecture({3, 5, 2}, Activation::tanh), 30);
    CHECK_EQUAL(check(small, small.dense(), Loss::squared_error, small.all()).refinements, 0);
    const Case<float> single(make_architecture({7, 20, 10, 3}, Activation::tanh), 90);
    CHECK_EQUAL(check(single, single.dense(), Loss::squared_error, single.all()).refinements, 0);
    CHECK_EQUAL(check(single, single.labelled(), Loss::cross_entropy, single.all()).refinements, 0);
}

RAVINE_TEST(a_matrix_that_is_not_definite_is_told_by_the_pivot_in_double) {
    const Threads one(1);
    const Case<double> problem(make_architecture({7, 20, 10, 3}, Activation::tanh), 90);
    const Risk<double> risk = risk_of(problem, problem.dense(), Loss::squared_error);
    const Block<double> v = random_block<double>(problem.theta.size(), 5);
    Block<double> x(v.size());
    Workspace workspace;
    const DefiniteSolve end = solve_curvature<double>(risk, Matrix::hessian, problem.all(), 90, problem.theta.data(),
                                                      -1e3, v.data(), 1, x.data(), workspace);
    CHECK_EQUAL(end.failed_pivot, 0);
    CHECK(end.pivot < -900 && end.pivot > -1000);
}

RAVINE_TEST(samples_that_single_precision_does_not_hold_are_solved_in_double) {
    const Threads one(1);
    Case<double> problem(make_architecture({7, 20, 10, 3}, Activation::identity), 20);
    for (Index i = 0; i < problem.rows; ++i) problem.inputs[i * problem.stride] = 1e60;
    const Risk<double> risk = risk_of(problem, problem.dense(), Loss::squared_error);
    const Block<double> v = random_block<double>(problem.theta.size(), 5);
    Block<double> x(v.size());
    Workspace workspace;
    const DefiniteSolve end = solve_curvature<double>(risk, Matrix::gauss_newton, problem.all(), 20,
                                                      problem.theta.data(), 1e120, v.data(), 1, x.data(), workspace);
    CHECK_EQUAL(end.failed_pivot, -1);
    CHECK_EQUAL(end.refinements, 0);
    for (Index i = 0; i < x.size(); ++i) CHECK(std::isfinite(x[i]));
}
