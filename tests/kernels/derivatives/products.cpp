#include "derivatives/products.hpp"

#include "harness.hpp"
#include "networks.hpp"

using ravine::Index;
using ravine::Workspace;
using ravine::derivatives::KeptSweeps;
using ravine::derivatives::Matrix;
using ravine::derivatives::ProductSums;
using ravine::derivatives::RowSums;
using ravine::derivatives::SlotSum;
using ravine::network::Activation;
using ravine::network::Loss;
using ravine::testing::Block;
using ravine::testing::Case;
using ravine::testing::make_architecture;
using ravine::testing::random_block;
using ravine::testing::Threads;

namespace {

template <class T>
Block<T> total(const SlotSum<T>& sum, Index size) {
    Block<T> all(size);
    sum.add_up(T(1), 0, size, all.data());
    return all;
}

template <class T>
Block<T> product(const Case<T>& problem, Matrix matrix, Loss loss, const Block<T>& v) {
    Workspace workspace;
    ProductSums<T> sums(problem.architecture, loss, problem.rows, 1, workspace);
    sums.run(matrix, problem.dense(), problem.all(), problem.theta.data(), v.data(), 1);
    return total(sums.sum(0), v.size());
}

template <class T>
Block<T> kept_product(const Case<T>& problem, Matrix matrix, Loss loss, const Block<T>& v) {
    Workspace workspace;
    KeptSweeps<T> sweeps(problem.architecture, loss, problem.dense(), problem.rows, 1, workspace);
    sweeps.start(problem.dense(), problem.all(), problem.theta.data());
    sweeps.run(matrix, v.data(), 1);
    return total(sweeps.sum(0), v.size());
}

Block<double> gradient_at(const Case<double>& problem, Loss loss, const Block<double>& v, double step) {
    auto theta = random_block<double>(problem.theta.size(), 1, -0.7, 0.7);
    for (Index p = 0; p < theta.size(); ++p) theta[p] += step * v[p];
    Workspace workspace;
    RowSums<double> sums(problem.architecture, problem.rows, true, workspace);
    return total<double>(sums.gradient(loss, problem.dense(), problem.all(), theta.data()), theta.size());
}

}  // namespace

RAVINE_TEST(products_are_differences_of_gradients) {
    const Threads one(1);
    for (const std::vector<Index>& widths :
         {std::vector<Index>{3, 2}, {1, 4, 2}, {3, 70, 5, 2}, {2, 3, 4, 3, 2}, {5, 400, 360, 3}}) {
        for (const bool bias : {true, false}) {
            const Case<double> problem(make_architecture(widths, Activation::tanh, bias), 40);
            const auto v = random_block<double>(problem.theta.size(), 9, -0.1, 0.1);
            constexpr double h = 1e-4;
            const auto got = product(problem, Matrix::hessian, Loss::cross_entropy, v);
            const auto above = gradient_at(problem, Loss::cross_entropy, v, h);
            const auto below = gradient_at(problem, Loss::cross_entropy, v, -h);
            for (Index p = 0; p < v.size(); ++p) CHECK_NEAR(got[p], (above[p] - below[p]) / (2 * h), 1e-5);
        }
    }
}

RAVINE_TEST(threads_and_kept_sweeps_change_no_bit) {
    for (const std::vector<Index>& widths : {std::vector<Index>{5, 12, 11, 3}, {30, 600, 500, 10}}) {
        const Case<float> problem(make_architecture(widths, Activation::silu), 700);
        const auto v = random_block<float>(problem.theta.size(), 9, -1, 1);
        for (const Matrix matrix : {Matrix::hessian, Matrix::gauss_newton}) {
            const Threads one(1);
            const auto reference = product(problem, matrix, Loss::squared_error, v);
            for (const int count : {1, 2, 3, 8}) {
                const Threads several(count);
                CHECK(product(problem, matrix, Loss::squared_error, v) == reference);
                CHECK(kept_product(problem, matrix, Loss::squared_error, v) == reference);
            }
        }
    }
}

RAVINE_TEST(memory_is_told) {
    const auto architecture = make_architecture({20, 64, 10}, Activation::tanh);
    const Case<double> problem(make_architecture({20, 64, 10}, Activation::tanh), 333);
    for (const int count : {1, 4}) {
        const Threads several(count);
        Workspace scratch, kept;
        const ProductSums<double> sums(architecture, Loss::cross_entropy, 5000, 3, scratch);
        CHECK_EQUAL(scratch.bytes(), ProductSums<double>::bytes(architecture, Loss::cross_entropy, 5000, 3));
        CHECK_EQUAL(scratch.bytes(), ProductSums<double>::bytes(architecture, Loss::cross_entropy, 50000, 3));
        const KeptSweeps<double> sweeps(architecture, Loss::cross_entropy, problem.labelled(), 333, 3, kept);
        CHECK_EQUAL(kept.bytes(),
                    KeptSweeps<double>::bytes(architecture, Loss::cross_entropy, problem.labelled(), 333, 3));
    }
}

RAVINE_TEST(products_survive_the_failure_of_any_allocation) {
    const Case<double> problem(make_architecture({3, 4, 2}, Activation::tanh), 70);
    const auto v = random_block<double>(problem.theta.size(), 9, -1, 1);
    const auto reference = product(problem, Matrix::hessian, Loss::squared_error, v);
    const long failures = ravine::testing::allocations::survive_each_failure([&] {
        CHECK(product(problem, Matrix::hessian, Loss::squared_error, v) == reference);
        CHECK(kept_product(problem, Matrix::hessian, Loss::squared_error, v) == reference);
    });
    CHECK(failures >= 6);
}
