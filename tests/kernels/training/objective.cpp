#include "training/objective.hpp"

#include <algorithm>
#include <memory>

#include "harness.hpp"
#include "networks.hpp"

using ravine::Index;
using ravine::objective::RowSample;
using ravine::testing::Case;
using ravine::testing::make_architecture;
using ravine::training::Risk;
using ravine::training::RiskObjective;

namespace {

Risk<double> risk_of(const Case<double>& c) {
    return {std::make_shared<const ravine::network::Architecture>(c.architecture),
            c.dense(),
            {{ravine::network::Loss::squared_error}, static_cast<double>(c.rows)},
            {}};
}

std::vector<double> sampled(RiskObjective& f, const Case<double>& c, const std::vector<double>& v, RowSample sample) {
    std::vector<double> out(v.size());
    f.sampled_product(c.theta.data(), sample, v.data(), out.data());
    return out;
}

const auto tanh_network = make_architecture({3, 4, 2}, ravine::network::Activation::tanh);

}  // namespace

RAVINE_TEST(a_sampled_product_is_that_of_its_rows) {
    const Case<double> c(tanh_network, 40);
    const Risk<double> risk = risk_of(c);
    const std::vector<double> v(static_cast<std::size_t>(tanh_network.parameters()), 0.5);
    std::vector<Index> rows(40);
    ravine::random::permutation(7, 3, rows.data(), 40);
    rows.resize(11);
    std::sort(rows.begin(), rows.end());
    RiskObjective some(risk, {rows.data(), 0, 11}, risk.share(11), nullptr), all(risk, c.all(), 40, nullptr);
    std::vector<double> expected(v.size());
    some.hessian_product(c.theta.data(), v.data(), expected.data());
    CHECK(sampled(all, c, v, {11, 7, 3}) == expected);
    CHECK(sampled(all, c, v, {11, 7, 4}) != expected);
    CHECK(sampled(all, c, v, {11, 8, 3}) != expected);
    CHECK(sampled(all, c, v, {11, 7, 3}) == expected);
    CHECK_EQUAL(all.counts().product, 4);
}

// Samples of one row each, of which every row occurs: their mean, weighted by how often, is the whole product.
RAVINE_TEST(samples_are_unbiased) {
    const Case<double> c(tanh_network, 3);
    const Risk<double> risk = risk_of(c);
    const std::vector<double> v(static_cast<std::size_t>(tanh_network.parameters()), 0.5);
    RiskObjective f(risk, c.all(), 3, nullptr);
    std::vector<double> whole(v.size()), mean(v.size());
    f.hessian_product(c.theta.data(), v.data(), whole.data());
    std::vector<bool> seen(3);
    for (std::uint64_t draw = 0; std::count(seen.begin(), seen.end(), true) < 3 && draw < 100; ++draw) {
        Index order[3];
        ravine::random::permutation(1, draw, order, 3);
        if (seen[static_cast<std::size_t>(order[0])]) continue;
        seen[static_cast<std::size_t>(order[0])] = true;
        const std::vector<double> one = sampled(f, c, v, {1, 1, draw});
        for (std::size_t i = 0; i < v.size(); ++i) mean[i] += one[i] / 3;
    }
    for (std::size_t i = 0; i < v.size(); ++i) CHECK_NEAR(mean[i], whole[i], 1e-14);
}
