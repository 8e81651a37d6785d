#include <pybind11/stl.h>

#include <algorithm>

#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"
#include "bindings/gil.hpp"
#include "updates/finite.hpp"
#include "updates/rules.hpp"

namespace ravine::bindings {

namespace {

using updates::Optimizer;
using updates::Piece;
using updates::StateVectors;

// Below so many parameters a step is over sooner than the interpreter's lock is given away and taken back.
constexpr Index release_from = 1 << 15;

template <typename T>
Piece<T> piece_of(const py::handle& theta, const char* theta_name, const py::handle& gradient,
                  const char* gradient_name) {
    const auto parameters = buffer_out<T>(theta, theta_name);
    const auto slope = buffer_in<T>(gradient, gradient_name, theta);
    return {parameters.data(), slope.data(), static_cast<Index>(parameters.size())};
}

// So many updates; none, and false, if the gradient is to be looked at and is not finite.
struct Steps {
    Index count = 1;
    bool check_finite = false;

    template <typename T>
    bool make(Optimizer& optimizer, std::span<const Piece<T>> pieces) const {
        const auto finite = [](const Piece<T>& piece) { return updates::all_finite(piece.gradient, piece.n); };
        if (check_finite && !std::ranges::all_of(pieces, finite)) return false;
        for (Index i = 0; i < count; ++i) optimizer.step<T>(pieces);
        return true;
    }
};

template <typename T>
bool run(Optimizer& optimizer, std::span<const Piece<T>> pieces, const Steps& steps) {
    for (Index total = 0; const auto& piece : pieces) {
        total += piece.n;
        if (total < release_from) continue;
        const WithoutGil release;
        return steps.make(optimizer, pieces);
    }
    return steps.make(optimizer, pieces);
}

bool step_array(Optimizer& optimizer, const py::object& theta, const py::object& gradient, const Steps& steps) {
    return with_scalar(scalar_of_array(theta, "theta"), [&]<typename T>(T) {
        const auto piece = piece_of<T>(theta, "theta", gradient, "gradient");
        require_apart(theta, "theta", gradient, "gradient");
        return run<T>(optimizer, std::span(&piece, 1), steps);
    });
}

// Several arrays with one state.
bool step_arrays(Optimizer& optimizer, const py::sequence& theta, const py::sequence& gradient, const Steps& steps) {
    if (theta.empty() || theta.size() != gradient.size()) {
        throw InvalidArgument("theta and gradient must hold as many arrays, at least one, got " +
                              std::to_string(theta.size()) + " and " + std::to_string(gradient.size()));
    }
    std::vector<NamedArray> arrays;
    for (std::size_t i = 0; i < theta.size(); ++i) {
        const std::string place = std::to_string(i) + "]";
        arrays.push_back({py::object(theta[i]), "theta[" + place, true});
        arrays.push_back({py::object(gradient[i]), "gradient[" + place, false});
    }
    return with_scalar(scalar_of_array(arrays.front().array, "theta[0]"), [&]<typename T>(T) {
        std::vector<Piece<T>> pieces;
        for (std::size_t i = 0; i < arrays.size(); i += 2) {
            const auto &to = arrays[i], &from = arrays[i + 1];
            pieces.push_back(piece_of<T>(to.array, to.name.c_str(), from.array, from.name.c_str()));
        }
        require_all_apart(arrays);
        return run<T>(optimizer, pieces, steps);
    });
}

bool holds_arrays(const py::object& object) {
    return py::isinstance<py::list>(object) || py::isinstance<py::tuple>(object);
}

bool try_step(Optimizer& optimizer, const py::object& theta, const py::object& gradient, bool check_finite) {
    const Steps steps{.count = 1, .check_finite = check_finite};
    if (!holds_arrays(theta)) return step_array(optimizer, theta, gradient, steps);
    if (!holds_arrays(gradient)) {
        throw py::type_error("gradient must be a list of arrays, as theta is, got " +
                             std::string(py::str(py::type::of(gradient).attr("__name__"))));
    }
    return step_arrays(optimizer, theta, gradient, steps);
}

void look_ahead(const Optimizer& optimizer, const py::object& theta, const py::object& out) {
    with_scalar(scalar_of_array(theta, "theta"), [&]<typename T>(T) {
        const auto from = buffer_in<T>(theta, "theta", theta);
        const auto to = buffer_out<T>(out, "out");
        if (to.size() != from.size()) throw InvalidArgument("out must be of the length of theta");
        require_apart(theta, "theta", out, "out");
        optimizer.look_ahead<T>(from.data(), to.data(), static_cast<Index>(from.size()));
    });
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

void restore(Optimizer& optimizer, Index updates, double momentum_product, const std::vector<Index>& sizes,
             const py::dict& saved) {
    if (saved.empty()) return optimizer.reset_to(updates, momentum_product, sizes);
    const auto names = optimizer.state_names();
    with_scalar(scalar_of_array(saved.begin()->second, "state"), [&]<typename T>(T) {
        auto vectors = updates::vectors_apart<T>(names.size());
        for (std::size_t i = 0; i < names.size(); ++i) {
            const std::string& name = names[i];
            if (!saved.contains(name.c_str())) {
                throw InvalidArgument(std::string(optimizer.name()) + ": the saved state has no '" + name + "'");
            }
            const auto values = vector_in<T>(saved[name.c_str()], name.c_str());
            vectors[i].assign(values.begin(), values.end());
        }
        if (saved.size() != names.size()) {
            throw InvalidArgument(std::string(optimizer.name()) + ": the saved state has " +
                                  std::to_string(saved.size()) + " vectors, expected " + std::to_string(names.size()));
        }
        optimizer.restore<T>(updates, momentum_product, sizes, std::move(vectors));
    });
}

void require_momentum(const Optimizer& optimizer) {
    if (optimizer.has_momentum()) return;
    throw py::attribute_error("this " + std::string(optimizer.name()) +
                              " has no momentum that could be set; one that is made with momentum > 0, or a rule with "
                              "betas, has");
}

double momentum(const Optimizer& optimizer) {
    require_momentum(optimizer);
    return optimizer.momentum();
}

void set_momentum(Optimizer& optimizer, double value) {
    require_momentum(optimizer);
    optimizer.set_momentum(value);
}

}  // namespace

void bind_updates(py::module_& module) {
    py::class_<Optimizer>(module, "Optimizer")
        .def(py::init(&updates::make_optimizer), py::arg("rule"), py::arg("options"))
        .def("try_step", &try_step, py::arg("theta"), py::arg("gradient"), py::arg("check_finite"))
        .def("write_look_ahead", &look_ahead, py::arg("theta"), py::arg("out"))
        .def_property("lr", &Optimizer::rate, &Optimizer::set_rate)
        .def_property("momentum", &momentum, &set_momentum)
        .def_property_readonly("looks_ahead", &Optimizer::looks_ahead)
        .def_property_readonly("updates", &Optimizer::updates)
        .def_property_readonly("momentum_product", &Optimizer::momentum_product)
        .def_property_readonly("sizes",
                               [](const Optimizer& optimizer) {
                                   const auto turn = optimizer.hold();
                                   return optimizer.sizes();
                               })
        .def_property_readonly("state", &state)
        .def("restore", &restore, py::arg("updates"), py::arg("momentum_product"), py::arg("sizes"), py::arg("state"));
    // For benchmarks: what a step costs in a loop of the core.
    module.def(
        "_repeat_step",
        [](Optimizer& optimizer, const py::object& theta, const py::object& gradient, Index count) {
            step_array(optimizer, theta, gradient, {.count = count});
        },
        py::arg("optimizer"), py::arg("theta"), py::arg("gradient"), py::arg("count"));
}

}  // namespace ravine::bindings
