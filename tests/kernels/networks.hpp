// A network with its data for the tests of the rooms above base and linalg.
#pragma once

#include <vector>

#include "network/data.hpp"
#include "network/layer.hpp"
#include "samples.hpp"
#include "thread_count.hpp"

namespace ravine::testing {

inline constexpr network::Activation activations[] = {network::Activation::identity,   network::Activation::tanh,
                                                      network::Activation::logistic,   network::Activation::relu,
                                                      network::Activation::leaky_relu, network::Activation::elu,
                                                      network::Activation::softplus,   network::Activation::gelu,
                                                      network::Activation::silu,       network::Activation::sin};

inline network::Architecture make_architecture(const std::vector<Index>& widths, network::Activation hidden,
                                               bool bias = true) {
    std::vector<network::Activation> names(widths.size() - 1, hidden);
    names.back() = network::Activation::identity;
    return {widths, names, std::vector<bool>(widths.size() - 1, bias)};
}

// theta, inputs, targets, labels and weights in blocks of exactly their size; inputs have a stride of their own.
template <class T>
struct Case {
    network::Architecture architecture;
    Index rows, stride;
    Block<T> theta, inputs, targets, weights;
    Block<std::int64_t> labels;

    Case(network::Architecture a, Index row_count, std::uint64_t seed = 1)
        : architecture(std::move(a)),
          rows(row_count),
          stride(architecture.inputs() + 1),
          theta(random_block<T>(architecture.parameters(), seed, -0.7, 0.7)),
          inputs(random_block<T>(rows * stride, seed + 1, -1, 1, 1)),
          targets(random_block<T>(rows * architecture.outputs(), seed + 2, 0.05, 0.95)),
          weights(random_block<T>(rows, seed + 3, 0.5, 2)),
          labels(rows) {
        for (Index i = 0; i < rows; ++i) labels[i] = (7 * i + 1) % architecture.outputs();
    }

    network::Inputs<T> input() const { return {inputs.data(), rows, architecture.inputs(), stride}; }
    network::Samples<T> dense() const {
        return {input(), {targets.data(), architecture.outputs(), nullptr, weights.data(), 1}};
    }
    network::Samples<T> labelled() const { return {input(), {nullptr, 0, labels.data(), nullptr, 0}}; }
    network::Rows all() const { return {nullptr, 0, rows}; }
};

}  // namespace ravine::testing
