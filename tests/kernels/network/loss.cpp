#include "network/loss.hpp"

#include <cmath>
#include <limits>

#include "base/simd.hpp"
#include "harness.hpp"
#include "samples.hpp"

using ravine::Bits;
using ravine::Index;
using ravine::network::evaluate_loss;
using ravine::network::Loss;
using ravine::network::LossBlock;
using ravine::network::SecondDerivative;
using ravine::testing::Block;
using ravine::testing::random_block;
namespace simd = ravine::simd;

namespace {

constexpr Index outputs = 4;
const Loss losses[] = {Loss::squared_error,
                       Loss::cross_entropy,
                       Loss::binary_cross_entropy,
                       {Loss::huber, 0.4},
                       {Loss::pseudo_huber, 0.4},
                       Loss::poisson,
                       Loss::cosine,
                       Loss::hinge,
                       Loss::squared_hinge,
                       {Loss::gaussian, 0.05}};

bool sums_over_outputs(Loss loss) { return loss.kind != Loss::cosine && !loss.takes_labels(); }
bool is_convex(Loss loss) { return loss.kind != Loss::cosine && loss.kind != Loss::gaussian; }

// What a kernel reads, in blocks of exactly its size at odd addresses; the last two rows pad the block: weight 0.
template <class T>
struct Given {
    Index rows, stride;
    Block<T> f, targets, weights;
    Block<Bits<T>> labels;

    explicit Given(Index registers)
        : rows(registers * simd::lanes<T>),
          stride(rows + 3),
          f(random_block<T>(end_of(outputs), 21, -1.5, 1.5, 1)),
          targets(random_block<T>(end_of(outputs), 22, 0.05, 0.95, 1)),
          weights(random_block<T>(rows, 23, 0.5, 2, 1)),
          labels(rows, 1) {
        for (Index row = 0; row < rows; ++row) labels[row] = static_cast<Bits<T>>((3 * row + 1) % outputs);
        if (rows > 2) weights[rows - 1] = weights[rows - 2] = 0;
    }

    Index end_of(Index columns) const { return (columns - 1) * stride + rows; }
    T& at(Block<T>& block, Index column, Index row) const { return block[column * stride + row]; }

    void lose_some_targets() {
        for (Index i = 0; i < targets.size(); i += 3) targets[i] = std::numeric_limits<T>::quiet_NaN();
    }

    LossBlock<T> block(bool by_labels, bool masked) const {
        return {rows,
                outputs,
                stride,
                f.data(),
                by_labels ? nullptr : targets.data(),
                by_labels ? labels.data() : nullptr,
                weights.data(),
                masked};
    }
};

// What it writes.
template <class T>
struct Answers {
    Block<T> values, gradient, hessian;
    Index stride, rows;

    Answers(const Given<T>& given, Loss loss, bool by_labels, bool masked,
            SecondDerivative second = SecondDerivative::exact)
        : values(given.rows, 1),
          gradient(given.end_of(outputs), 1),
          hessian(outputs * outputs * given.rows, 1),
          stride(given.stride),
          rows(given.rows) {
        evaluate_loss(loss, given.block(by_labels, masked), values.data(), gradient.data(), hessian.data(), second);
    }

    double slope(Index k, Index row) const { return static_cast<double>(gradient[k * stride + row]); }
    double bend(Index j, Index k, Index row) const {
        return static_cast<double>(hessian[(j * outputs + k) * rows + row]);
    }
};

// Gradients are the differences of values, and Hessians of gradients, at every entry that the kernel writes.
void check_differences(Given<double>& given, Loss loss, bool by_labels, bool masked) {
    constexpr double h = 1e-6;
    const Answers<double> at(given, loss, by_labels, masked);
    for (Index k = 0; k < outputs; ++k) {
        const auto shift = [&](double by) {
            for (Index row = 0; row < given.rows; ++row) given.at(given.f, k, row) += by;
        };
        shift(h);
        const Answers<double> above(given, loss, by_labels, masked);
        shift(-2 * h);
        const Answers<double> below(given, loss, by_labels, masked);
        shift(h);
        for (Index row = 0; row < given.rows; ++row) {
            CHECK_NEAR(at.slope(k, row), (above.values[row] - below.values[row]) / (2 * h), 1e-7);
            for (Index j = 0; j < outputs; ++j) {
                CHECK_NEAR(at.bend(j, k, row), (above.slope(j, row) - below.slope(j, row)) / (2 * h), 1e-7);
            }
        }
    }
}

// Curvatures: those of convex losses are the Hessians, and none is negative in any direction tried.
void check_curvature(const Given<double>& given, Loss loss, bool by_labels, bool masked) {
    const Answers<double> exact(given, loss, by_labels, masked);
    const Answers<double> positive(given, loss, by_labels, masked, SecondDerivative::positive);
    CHECK(!is_convex(loss) || positive.hessian == exact.hessian);
    CHECK(positive.values == exact.values);
    const auto direction = random_block<double>(outputs, 31);
    for (Index row = 0; row < given.rows; ++row) {
        double along = 0;
        for (Index j = 0; j < outputs; ++j) {
            for (Index k = 0; k < outputs; ++k) {
                along += direction[j] * positive.bend(j, k, row) * direction[k];
                CHECK_EQUAL(positive.bend(j, k, row), positive.bend(k, j, row));
            }
        }
        CHECK(along >= -1e-14);
    }
}

// float kernels against double kernels on the same numbers, and values alone against values with derivatives.
void check_floats(Loss loss, bool by_labels, bool masked) {
    Given<float> given(2);
    if (masked) given.lose_some_targets();
    Given<double> same(given.rows / simd::lanes<double>);
    CHECK_EQUAL(same.rows, given.rows);
    for (Index i = 0; i < given.f.size(); ++i) same.f[i] = given.f[i], same.targets[i] = given.targets[i];
    for (Index row = 0; row < given.rows; ++row) same.weights[row] = given.weights[row];
    const Answers<float> got(given, loss, by_labels, masked);
    const Answers<double> expected(same, loss, by_labels, masked);
    Block<float> alone(given.rows, 1);
    evaluate_loss(loss, given.block(by_labels, masked), alone.data());
    CHECK(alone == got.values);
    for (Index row = 0; row < given.rows; ++row) {
        CHECK_NEAR(static_cast<double>(got.values[row]), expected.values[row], 2e-5);
        for (Index j = 0; j < outputs; ++j) {
            CHECK_NEAR(got.slope(j, row), expected.slope(j, row), 2e-5 * (1 + std::abs(expected.slope(j, row))));
            for (Index k = 0; k < outputs; ++k) {
                const double bend = expected.bend(j, k, row);
                CHECK_NEAR(got.bend(j, k, row), bend, 2e-5 * (1 + std::abs(bend)));
            }
        }
    }
}

template <class Check>
void for_every_loss(const Check& check) {
    for (const Loss loss : losses) {
        for (const bool by_labels : {false, true}) {
            if (by_labels && !loss.takes_labels()) continue;
            if (!by_labels && loss.takes_labels() && loss.kind != Loss::cross_entropy) continue;
            check(loss, by_labels, false);
            if (sums_over_outputs(loss)) check(loss, by_labels, true);
        }
    }
}

}  // namespace

RAVINE_TEST(gradients_and_hessians_are_differences) {
    for_every_loss([](Loss loss, bool by_labels, bool masked) {
        for (const Index registers : {1, 5}) {
            Given<double> given(registers);
            if (masked) given.lose_some_targets();
            check_differences(given, loss, by_labels, masked);
        }
    });
}

RAVINE_TEST(curvatures_are_symmetric_and_never_negative) {
    for_every_loss([](Loss loss, bool by_labels, bool masked) {
        Given<double> given(3);
        if (masked) given.lose_some_targets();
        check_curvature(given, loss, by_labels, masked);
    });
}

RAVINE_TEST(floats_are_the_doubles_rounded) { for_every_loss(check_floats); }

RAVINE_TEST(rows_of_weight_0_and_missing_targets_leave_nothing) {
    for_every_loss([](Loss loss, bool by_labels, bool masked) {
        Given<double> given(4);
        if (masked) given.lose_some_targets();
        const Answers<double> at(given, loss, by_labels, masked);
        const Index means = loss.target_columns(outputs);
        for (Index row = 0; row < given.rows; ++row) {
            CHECK(given.weights[row] != 0 || at.values[row] == 0);
            for (Index k = 0; k < outputs; ++k) {
                const bool missing = masked && std::isnan(given.at(given.targets, k % means, row));
                CHECK((given.weights[row] != 0 && !missing) || (at.slope(k, row) == 0 && at.bend(k, k, row) == 0));
            }
        }
    });
}

RAVINE_TEST(names_are_known_and_a_custom_loss_is_not_computed_here) {
    CHECK_EQUAL(ravine::network::loss_from_name("pseudo_huber"), Loss::pseudo_huber);
    CHECK_THROWS(ravine::network::loss_from_name("absolute"), ravine::InvalidArgument);
    const Given<double> given(1);
    CHECK_THROWS(Answers<double>(given, Loss::custom, false, false), ravine::InvalidArgument);
}
