#pragma once

// A loss that a Python function computes.

#include <memory>
#include <string>

#include "bindings/arrays.hpp"
#include "network/loss.hpp"

namespace ravine::bindings {

// Calls function(f, y) with new arrays (n, outputs) and (n, target columns) of the rows that have weight. It must
// return (value (n,), gradient (n, outputs), Hessian (n, outputs, outputs) or None), contiguous and of the same scalar;
// what it raises goes through unchanged. Where f itself is not finite the function is not called, and the loss is NaN.
std::shared_ptr<const network::CustomLoss> custom_loss(const py::object& function);

// What the Python face hands over: a name, the number that belongs to it, and a function where the name is "custom".
struct LossArgument {
    std::shared_ptr<const network::CustomLoss> function;
    network::Loss loss;

    LossArgument(const std::string& name, double parameter, const py::object& callable)
        : function(callable.is_none() ? nullptr : custom_loss(callable)),
          loss(network::loss_from_name(name), parameter, function.get()) {}
};

}  // namespace ravine::bindings
