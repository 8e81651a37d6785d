#include "network/layer.hpp"

#include <algorithm>
#include <string>

namespace ravine::network {

Architecture::Architecture(const std::vector<Index>& widths, const std::vector<Activation>& activations,
                           const std::vector<bool>& biases) {
    if (widths.size() < 2) {
        throw InvalidArgument("widths must name at least the inputs and the outputs, got " +
                              std::to_string(widths.size()) + " of them");
    }
    const std::size_t depth = widths.size() - 1;
    if (activations.size() != depth || biases.size() != depth) {
        throw InvalidArgument("expected one activation and one bias for each of " + std::to_string(depth) +
                              " layers, got " + std::to_string(activations.size()) + " and " +
                              std::to_string(biases.size()));
    }
    for (const Index width : widths) {
        if (width < 1) throw InvalidArgument("every width must be at least 1, got " + std::to_string(width));
    }
    for (std::size_t l = 0; l < depth; ++l) {
        const Layer layer{LayerKind::dense, widths[l], widths[l + 1], biases[l], activations[l], parameters_};
        const Index count = checked_product(checked_sum(layer.inputs, 1), layer.outputs);
        parameters_ = checked_sum(parameters_, layer.bias ? count : count - layer.outputs);
        widest_ = std::max(widest_, layer.outputs);
        layers_.push_back(layer);
    }
    checked_product(parameters_, 8);  // the bytes of theta
}

}  // namespace ravine::network
