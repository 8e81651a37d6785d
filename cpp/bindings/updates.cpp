#include <pybind11/stl.h>

#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"
#include "bindings/gil.hpp"
#include "updates/rules.hpp"

namespace ravine::bindings {

namespace {

using updates::Adam;
using updates::AdamOptions;
using updates::Optimizer;
using updates::Sgd;
using updates::SgdOptions;
using updates::StateVectors;

// Below so many parameters a step is over sooner than the interpreter's lock is given away and taken back.
constexpr std::size_t release_from = 1 << 15;

template <typename T>
void step_as(Optimizer& optimizer, const py::object& theta, const py::object& gradient) {
    const auto parameters = vector_out<T>(theta, "theta");
    const auto slope = vector_in<T>(gradient, "gradient", static_cast<Index>(parameters.size()));
    require_apart(theta, "theta", gradient, "gradient");
    const auto run = [&] { optimizer.step<T>(parameters.data(), slope.data(), static_cast<Index>(parameters.size())); };
    if (parameters.size() < release_from) return run();
    const WithoutGil release;
    run();
}

void step(Optimizer& optimizer, const py::object& theta, const py::object& gradient) {
    with_scalar(scalar_of_array(theta, "theta"), [&]<typename T>(T) { step_as<T>(optimizer, theta, gradient); });
}

// Copies of the state vectors by name; empty before the first step.
py::dict state(const Optimizer& optimizer) {
    py::dict result;
    const auto turn = optimizer.hold();
    const auto names = optimizer.state_names();
    const auto put = [&]<typename T>(const StateVectors<T>& vectors) {
        for (std::size_t i = 0; i < vectors.size(); ++i)
            result[py::str(names[i])] = py::array_t<T>(static_cast<py::ssize_t>(vectors[i].size()), vectors[i].data());
    };
    if (const auto* f = std::get_if<StateVectors<float>>(&optimizer.state())) put(*f);
    if (const auto* d = std::get_if<StateVectors<double>>(&optimizer.state())) put(*d);
    return result;
}

void restore(Optimizer& optimizer, Index updates, const py::dict& saved) {
    if (updates < 0) throw InvalidArgument("updates must not be negative, got " + std::to_string(updates));
    if (saved.empty()) return optimizer.reset_to(updates);
    const auto names = optimizer.state_names();
    with_scalar(scalar_of_array(saved.begin()->second, "state"), [&]<typename T>(T) {
        StateVectors<T> vectors;
        for (const auto& name : names) {
            if (!saved.contains(name.c_str())) {
                throw InvalidArgument(std::string(optimizer.name()) + ": the saved state has no '" + name + "'");
            }
            const auto values = vector_in<T>(saved[name.c_str()], name.c_str());
            vectors.emplace_back(values.begin(), values.end());
        }
        if (saved.size() != names.size()) {
            throw InvalidArgument(std::string(optimizer.name()) + ": the saved state has " +
                                  std::to_string(saved.size()) + " vectors, expected " + std::to_string(names.size()));
        }
        optimizer.restore<T>(updates, std::move(vectors));
    });
}

}  // namespace

void bind_updates(py::module_& module) {
    py::class_<Optimizer>(module, "Optimizer")
        .def("step", &step, py::arg("theta"), py::arg("gradient"))
        .def_property("lr", &Optimizer::rate, &Optimizer::set_rate)
        .def_property_readonly("updates", &Optimizer::updates)
        .def_property_readonly("state", &state)
        .def("restore", &restore, py::arg("updates"), py::arg("state"));
    py::class_<Sgd, Optimizer>(module, "SGD")
        .def(py::init([](double lr, double momentum, double dampening, double weight_decay, bool nesterov) {
                 return std::make_unique<Sgd>(SgdOptions{lr, momentum, dampening, weight_decay, nesterov});
             }),
             py::arg("lr"), py::arg("momentum"), py::arg("dampening"), py::arg("weight_decay"), py::arg("nesterov"));
    py::class_<Adam, Optimizer>(module, "Adam")
        .def(py::init([](double lr, double beta1, double beta2, double eps, double weight_decay) {
                 return std::make_unique<Adam>(AdamOptions{lr, beta1, beta2, eps, weight_decay});
             }),
             py::arg("lr"), py::arg("beta1"), py::arg("beta2"), py::arg("eps"), py::arg("weight_decay"));
}

}  // namespace ravine::bindings
