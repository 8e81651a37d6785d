#include "bindings/network.hpp"

#include <pybind11/stl.h>

#include "bindings/bindings.hpp"
#include "bindings/gil.hpp"
#include "derivatives/jacobian.hpp"
#include "network/forward.hpp"

namespace ravine::bindings {

namespace {

std::unique_ptr<Network> make_network(const std::vector<Index>& widths, const std::vector<std::string>& activations,
                                      const std::vector<bool>& biases, const py::dtype& dtype) {
    std::vector<network::Activation> functions;
    functions.reserve(activations.size());
    for (const auto& name : activations) functions.push_back(network::activation_from_name(name));
    auto architecture = std::make_shared<const network::Architecture>(widths, functions, biases);
    auto made = std::make_unique<Network>();
    made->architecture = std::move(architecture);
    made->scalar = scalar_of(dtype, "dtype");
    return made;
}

py::tuple offsets(const Network& net) {
    py::list list;
    for (const auto& layer : net.architecture->layers()) list.append(layer.offset);
    return py::tuple(list);
}

void predict(const Network& net, const py::object& theta, const py::object& X, const py::object& out) {
    require_apart(out, "out", theta, "theta");
    require_apart(out, "out", X, "X");
    with_scalar(net.scalar, [&]<typename T>(T) {
        const auto& architecture = *net.architecture;
        const auto parameters = vector_in<T>(theta, "theta", architecture.parameters());
        const auto x = rows_in<T>(X, "X", -1, architecture.inputs());
        T* target = array_out<T>(out, "out", {x.rows, architecture.outputs()});
        const auto workspace = net.workspaces.borrow();
        const WithoutGil release;
        network::predict<T>(architecture, parameters.data(), {x.data, x.rows, x.cols, x.stride}, target,
                            architecture.outputs(), *workspace);
    });
}

void jacobian(const Network& net, const py::object& theta, const py::object& X, const py::object& out) {
    require_apart(out, "out", theta, "theta");
    require_apart(out, "out", X, "X");
    with_scalar(net.scalar, [&]<typename T>(T) {
        const auto& architecture = *net.architecture;
        const auto parameters = vector_in<T>(theta, "theta", architecture.parameters());
        const auto x = rows_in<T>(X, "X", -1, architecture.inputs());
        T* target = array_out<T>(out, "out", {x.rows, architecture.outputs(), architecture.parameters()});
        const auto workspace = net.workspaces.borrow();
        const WithoutGil release;
        derivatives::jacobian<T>(architecture, parameters.data(), {x.data, x.rows, x.cols, x.stride}, target,
                                 *workspace);
    });
}

}  // namespace

void bind_network(py::module_& module) {
    module.def(
        "require_activation", [](const std::string& name) { network::activation_from_name(name); }, py::arg("name"));
    py::class_<Network, std::shared_ptr<Network>>(module, "Network")
        .def(py::init(&make_network), py::arg("widths"), py::arg("activations"), py::arg("biases"), py::arg("dtype"))
        .def_property_readonly("parameter_count", [](const Network& net) { return net.architecture->parameters(); })
        .def_property_readonly("offsets", &offsets)
        .def("predict", &predict, py::arg("theta"), py::arg("X"), py::arg("out"))
        .def("jacobian", &jacobian, py::arg("theta"), py::arg("X"), py::arg("out"));
}

}  // namespace ravine::bindings
