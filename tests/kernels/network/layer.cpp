#include "network/layer.hpp"

#include <limits>

#include "harness.hpp"

using ravine::Index;
using ravine::network::Activation;
using ravine::network::Architecture;

RAVINE_TEST(layers_lie_one_after_the_other_in_theta) {
    const Architecture architecture({3, 5, 2}, {Activation::tanh, Activation::identity}, {true, false});
    CHECK_EQUAL(architecture.layers()[0].offset, Index{0});
    CHECK_EQUAL(architecture.layers()[0].parameters(), Index{20});
    CHECK_EQUAL(architecture.layers()[1].offset, Index{20});
    CHECK_EQUAL(architecture.layers()[1].parameters(), Index{10});
    CHECK_EQUAL(architecture.parameters(), Index{30});
    CHECK_EQUAL(architecture.inputs(), Index{3});
    CHECK_EQUAL(architecture.outputs(), Index{2});
    CHECK_EQUAL(architecture.widest(), Index{5});
}

RAVINE_TEST(impossible_networks_are_refused) {
    const std::vector<Activation> one(1, Activation::identity);
    const std::vector<bool> with_bias(1, true);
    CHECK_THROWS(Architecture({}, {}, {}), ravine::InvalidArgument);
    CHECK_THROWS(Architecture({3}, {}, {}), ravine::InvalidArgument);
    CHECK_THROWS(Architecture({3, 0}, one, with_bias), ravine::InvalidArgument);
    CHECK_THROWS(Architecture({-1, 2}, one, with_bias), ravine::InvalidArgument);
    CHECK_THROWS(Architecture({3, 2}, {}, with_bias), ravine::InvalidArgument);
    CHECK_THROWS(Architecture({3, 2}, one, {}), ravine::InvalidArgument);
    const Index absurd = Index{1} << 40;
    CHECK_THROWS(Architecture({absurd, absurd}, one, with_bias), ravine::SizeOverflow);
    CHECK_THROWS(Architecture({std::numeric_limits<Index>::max(), 1}, one, with_bias), ravine::SizeOverflow);
}
