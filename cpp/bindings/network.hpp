#pragma once

// The compiled side of a network: its architecture and scalar. theta stays with NumPy.

#include <memory>

#include "base/workspace.hpp"
#include "bindings/arrays.hpp"
#include "network/layer.hpp"

namespace ravine::bindings {

struct Network {
    std::shared_ptr<const network::Architecture> architecture;
    Scalar scalar;
    mutable WorkspacePool workspaces;  // mutable: borrowing scratch memory does not change the network
};

}  // namespace ravine::bindings
