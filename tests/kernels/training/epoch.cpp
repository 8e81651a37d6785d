#include "training/epoch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "adam.hpp"
#include "harness.hpp"
#include "networks.hpp"

using ravine::Index;
using ravine::Workspace;
using ravine::network::Activation;
using ravine::network::Architecture;
using ravine::network::Loss;
using ravine::network::Rows;
using ravine::testing::Block;
using ravine::testing::Case;
using ravine::testing::make_architecture;
using ravine::testing::random_block;
using ravine::testing::Threads;
using ravine::training::EpochEnd;
using ravine::training::EpochOptions;
using ravine::training::Risk;
using ravine::training::RiskEvaluator;
using ravine::training::Strengths;

namespace {

std::shared_ptr<const Strengths> strengths_of(const Architecture& architecture, double l2) {
    const std::size_t layers = architecture.layers().size();
    return std::make_shared<const Strengths>(
        Strengths{.l1 = std::vector<double>(layers, l2 / 3), .l2 = std::vector<double>(layers, l2)});
}

template <class T>
Risk<T> risk_of(const Case<T>& problem, double l2 = 0.01) {
    double weights = 0;
    for (Index i = 0; i < problem.rows; ++i) weights += static_cast<double>(problem.weights[i]);
    return {std::make_shared<const Architecture>(problem.architecture),
            problem.dense(),
            {.loss = Loss::squared_error, .normaliser = weights},
            {.strengths = l2 == 0 ? nullptr : strengths_of(problem.architecture, l2)}};
}

template <class T>
struct Trained {
    Block<T> theta;
    std::vector<double> losses, norms;
    ravine::training::EpochReport report;
};

template <class T>
Trained<T> one_epoch(const Case<T>& problem, const EpochOptions& options) {
    const auto risk = risk_of(problem);
    const auto batches = static_cast<std::size_t>((problem.rows + options.batch_size - 1) / options.batch_size);
    Trained<T> trained{random_block<T>(problem.theta.size(), 1, -0.7, 0.7),
                       std::vector<double>(batches),
                       std::vector<double>(batches),
                       {}};
    const auto adam = ravine::testing::adam(0.01);
    Workspace workspace;
    trained.report = ravine::training::run_epoch(risk, *adam, trained.theta.data(), options, trained.losses,
                                                 trained.norms, workspace);
    return trained;
}

}  // namespace

RAVINE_TEST(the_gradient_of_the_risk_is_the_difference_of_its_values) {
    const Case<double> problem(make_architecture({3, 5, 2}, Activation::tanh), 30);
    const auto risk = risk_of(problem, 0.3);
    Workspace workspace;
    RiskEvaluator<double> evaluator(risk, 30, true, workspace);
    Block<double> gradient(problem.theta.size());
    const double normaliser = risk.options().normaliser;
    const auto at = evaluator.gradient(problem.all(), normaliser, problem.theta.data(), gradient.data());
    CHECK_NEAR(at.value, evaluator.value(problem.all(), normaliser, problem.theta.data()), 1e-14);
    double square = 0;
    constexpr double h = 1e-5;
    for (Index p = 0; p < gradient.size(); ++p) {
        auto theta = random_block<double>(gradient.size(), 1, -0.7, 0.7);
        theta[p] += h;
        const double above = evaluator.value(problem.all(), normaliser, theta.data());
        theta[p] -= 2 * h;
        const double below = evaluator.value(problem.all(), normaliser, theta.data());
        CHECK_NEAR(gradient[p], (above - below) / (2 * h), 1e-8);
        square += gradient[p] * gradient[p];
    }
    CHECK_NEAR(at.gradient_norm, std::sqrt(square), 1e-12);
}

RAVINE_TEST(an_epoch_is_the_plain_loop_to_the_bit) {
    const Case<float> problem(make_architecture({6, 20, 3}, Activation::relu), 101);
    std::vector<Index> order(101);
    ravine::random::permutation(3, 0, order.data(), 101);
    std::vector<double> rates;
    for (int update = 0; update < 7; ++update) rates.push_back(0.01 / (1 + update));
    const auto trained = one_epoch(problem, {.batch_size = 16, .order = order.data(), .rates = rates.data()});

    const auto risk = risk_of(problem);
    auto theta = random_block<float>(problem.theta.size(), 1, -0.7, 0.7);
    const auto adam = ravine::testing::adam(0.01);
    for (Index first = 0; first < 101; first += 16) {
        const Rows batch{order.data(), first, std::min<Index>(16, 101 - first)};
        Workspace workspace;
        RiskEvaluator<float> evaluator(risk, batch.count, true, workspace);
        Block<float> gradient(theta.size());
        const auto at = evaluator.gradient(batch, risk.share(batch.count), theta.data(), gradient.data());
        const auto update = static_cast<std::size_t>(first / 16);
        CHECK_EQUAL(trained.losses[update], at.value);
        CHECK_EQUAL(trained.norms[update], at.gradient_norm);
        adam->set_rate(rates[update]);
        adam->step(theta.data(), gradient.data(), theta.size());
    }
    CHECK(trained.theta == theta);
    CHECK_EQUAL(trained.report.updates, Index{7});
    CHECK(trained.report.end == EpochEnd::done);
}

RAVINE_TEST(an_epoch_in_parts_is_the_epoch_to_the_bit) {
    const Case<double> problem(make_architecture({6, 20, 3}, Activation::relu), 101);
    const auto whole = one_epoch(problem, {.batch_size = 16});
    const auto risk = risk_of(problem);
    auto theta = random_block<double>(problem.theta.size(), 1, -0.7, 0.7);
    const auto adam = ravine::testing::adam(0.01);
    std::vector<double> losses(7), norms(7);
    Workspace workspace;
    for (const auto& [first, count] : {std::pair<Index, std::size_t>{0, 3}, {3, 1}, {4, 3}}) {
        const auto begin = static_cast<std::size_t>(first);
        ravine::training::run_epoch(risk, *adam, theta.data(), {.batch_size = 16, .first = first},
                                    std::span(losses).subspan(begin, count), std::span(norms).subspan(begin, count),
                                    workspace);
    }
    CHECK(theta == whole.theta);
    CHECK(losses == whole.losses);
    CHECK(norms == whole.norms);
}

RAVINE_TEST(a_spent_budget_makes_no_update) {
    const Case<double> problem(make_architecture({3, 5, 2}, Activation::tanh), 30);
    const auto trained = one_epoch(problem, {.batch_size = 10, .seconds = 0});
    CHECK(trained.report.end == EpochEnd::time);
    CHECK_EQUAL(trained.report.updates, Index{0});
    CHECK(trained.theta == random_block<double>(problem.theta.size(), 1, -0.7, 0.7));
}

RAVINE_TEST(batches_are_unbiased_on_average) {
    const Case<double> problem(make_architecture({3, 5, 2}, Activation::tanh), 40);
    const auto risk = risk_of(problem, 0.0);
    Workspace workspace;
    RiskEvaluator<double> evaluator(risk, 40, true, workspace);
    Block<double> whole(problem.theta.size()), part(problem.theta.size()), mean(problem.theta.size());
    evaluator.gradient(problem.all(), risk.share(40), problem.theta.data(), whole.data());
    for (Index first = 0; first < 40; first += 10) {
        evaluator.gradient(Rows{nullptr, first, 10}, risk.share(10), problem.theta.data(), part.data());
        for (Index p = 0; p < mean.size(); ++p) mean[p] += part[p] / 4;
    }
    for (Index p = 0; p < mean.size(); ++p) CHECK_NEAR(mean[p], whole[p], 1e-13);
}

RAVINE_TEST(the_number_of_threads_changes_no_bit) {
    for (const std::vector<Index>& widths : {std::vector<Index>{20, 64, 10}, {20, 700, 600, 10}}) {
        const Case<float> problem(make_architecture(widths, Activation::relu), 600);
        const Threads one(1);
        const auto reference = one_epoch(problem, {.batch_size = 300});
        for (const int count : {2, 3}) {
            const Threads several(count);
            const auto again = one_epoch(problem, {.batch_size = 300});
            CHECK(again.theta == reference.theta);
            CHECK(again.losses == reference.losses);
        }
    }
}

RAVINE_TEST(a_loss_that_is_not_finite_ends_the_epoch_before_theta_is_spoilt) {
    Case<double> problem(make_architecture({3, 5, 2}, Activation::tanh), 30);
    problem.targets[25 * 2] = std::numeric_limits<double>::infinity();
    const auto trained = one_epoch(problem, {.batch_size = 10});
    CHECK(trained.report.end == EpochEnd::not_finite);
    CHECK_EQUAL(trained.report.updates, Index{2});
    for (Index p = 0; p < trained.theta.size(); ++p) CHECK(std::isfinite(trained.theta[p]));
}

RAVINE_TEST(one_seed_for_many_runs_at_once) {
    // Two callers share a risk, as two Python threads may: each has a workspace of its own.
    const Case<double> problem(make_architecture({3, 5, 2}, Activation::tanh), 200);
    const auto reference = one_epoch(problem, {.batch_size = 20});
    const Threads two(2);
    ravine::threads::for_each(2, 2, [&](Index, int) {
        if (!(one_epoch(problem, {.batch_size = 20}).theta == reference.theta))
            throw ravine::InvalidArgument("differs");
    });
    CHECK_EQUAL(reference.report.updates, Index{10});
}

RAVINE_TEST(a_clipped_gradient_is_as_if_it_had_been_stored) {
    const Case<float> problem(make_architecture({6, 20, 3}, Activation::relu), 101);
    constexpr double clip_norm = 0.3, clip_value = 0.05;
    const auto trained = one_epoch(problem, {.batch_size = 16, .clip_norm = clip_norm, .clip_value = clip_value});
    const auto risk = risk_of(problem);
    auto theta = random_block<float>(problem.theta.size(), 1, -0.7, 0.7);
    const auto adam = ravine::testing::adam(0.01);
    Workspace workspace;
    RiskEvaluator<float> evaluator(risk, 16, true, workspace);
    Block<float> gradient(theta.size());
    for (Index first = 0; first < 101; first += 16) {
        const Rows batch{nullptr, first, std::min<Index>(16, 101 - first)};
        const auto at = evaluator.gradient(batch, risk.share(batch.count), theta.data(), gradient.data());
        CHECK_EQUAL(ravine::training::gradient_norm(gradient.data(), gradient.size()), at.gradient_norm);
        const auto scale = static_cast<float>(at.gradient_norm > clip_norm ? clip_norm / at.gradient_norm : 1);
        for (Index p = 0; p < gradient.size(); ++p) {
            gradient[p] =
                std::clamp(scale * gradient[p], -static_cast<float>(clip_value), static_cast<float>(clip_value));
        }
        adam->step(theta.data(), gradient.data(), theta.size());
    }
    CHECK(trained.theta == theta);
}

RAVINE_TEST(a_small_gradient_pauses_before_its_update_from_the_one_told) {
    const Case<double> problem(make_architecture({3, 5, 2}, Activation::tanh), 30);
    for (const Index from : {0, 2}) {
        const auto paused = one_epoch(problem, {.batch_size = 10, .pause_below = 1e300, .pause_from = from});
        CHECK(paused.report.end == EpochEnd::small_gradient);
        CHECK_EQUAL(paused.report.updates, from);
    }
    const auto trained = one_epoch(problem, {.batch_size = 10, .pause_below = 1e-300});
    CHECK(trained.report.end == EpochEnd::done);
}
