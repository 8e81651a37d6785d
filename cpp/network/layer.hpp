#pragma once

// What a network is made of: records, no numbers. The numbers live in one flat vector theta.

#include <vector>

#include "base/types.hpp"
#include "network/activation.hpp"

namespace ravine::network {

enum class LayerKind { dense };

// Z = Ã W̃: in theta a layer is one row-major (inputs + 1, outputs) matrix whose last row is the bias, multiplied by
// the activations with a column of ones; without bias that row and that column are not there.
struct Layer {
    LayerKind kind;
    Index inputs, outputs;
    bool bias;
    Activation activation;
    Index offset;  // of its first parameter in theta

    Index rows() const { return inputs + (bias ? 1 : 0); }
    Index parameters() const { return rows() * outputs; }
    Index weights() const { return inputs * outputs; }
};

class Architecture {
  public:
    // widths: inputs of the network, then outputs of each layer. Throws InvalidArgument or SizeOverflow.
    Architecture(const std::vector<Index>& widths, const std::vector<Activation>& activations,
                 const std::vector<bool>& biases);

    const std::vector<Layer>& layers() const { return layers_; }
    Index inputs() const { return layers_.front().inputs; }
    Index outputs() const { return layers_.back().outputs; }
    Index parameters() const { return parameters_; }
    Index widest() const { return widest_; }  // the most outputs of a layer

  private:
    std::vector<Layer> layers_;
    Index parameters_ = 0, widest_ = 0;
};

}  // namespace ravine::network
