#include "optim/line_search.hpp"

#include <algorithm>
#include <optional>

#include "bindings/bindings.hpp"
#include "bindings/function.hpp"
#include "bindings/gil.hpp"
#include "bindings/py_risk.hpp"
#include "linalg/vectors.hpp"
#include "objective/differences.hpp"
#include "training/objective.hpp"

namespace ravine::bindings {

namespace {

optim::LineSettings settings_of(const std::string& method, double first_length, double c1, double c2) {
    if (method == "strong-wolfe") return {optim::LineMethod::strong_wolfe, first_length, c1, c2};
    if (method == "backtracking") return {optim::LineMethod::backtracking, first_length, c1, c2};
    throw InvalidArgument("method must be 'strong-wolfe' or 'backtracking', got '" + method + "'");
}

// Where the search begins: what is known there is not asked for again.
struct Start {
    std::span<const double> x;
    py::object value, gradient;  // None: not known
};

py::dict search(objective::Objective& f, const Start& start, const py::object& direction,
                const optim::LineSettings& settings) {
    const auto p = vector_in<double>(direction, "direction", f.size());
    optim::Point at(f.size()), next(f.size());
    std::copy(start.x.begin(), start.x.end(), at.x.begin());
    const bool known = !start.value.is_none();
    if (known) {
        const auto gradient = vector_in<double>(start.gradient, "gradient", f.size());
        at.value = start.value.cast<double>();
        std::copy(gradient.begin(), gradient.end(), at.gradient.begin());
    }
    const optim::LineFound found = [&] {
        const WithoutGil release;
        if (!known) at.evaluate(f);
        return optim::search_line(f, at, p.data(), settings, next);
    }();
    const auto array = [](const std::vector<double>& x) {
        return py::array_t<double>(static_cast<py::ssize_t>(x.size()), x.data());
    };
    py::dict answer;
    answer["step"] = found.length;
    answer["x"] = array(next.x);
    answer["fun"] = next.value;
    answer["jac"] = array(next.gradient);
    answer["slope"] = found.slope;
    answer["start_fun"] = at.value;
    answer["start_slope"] = linalg::dot(at.gradient.data(), p.data(), f.size());
    answer["nfev"] = f.counts().value;
    answer["njev"] = f.counts().gradient;
    answer["end"] = std::string(optim::line_ends()[static_cast<std::size_t>(found.end)].name);
    return answer;
}

py::dict line_search_function(const py::dict& callables, const py::object& x, bool differences,
                              const py::object& direction, const py::object& value, const py::object& gradient,
                              const std::string& method, double first_length, double c1, double c2) {
    const auto start = vector_in<double>(x, "x");
    Function function(callables, static_cast<Index>(start.size()));
    std::optional<objective::Differences> sloped;
    if (differences) sloped.emplace(function, objective::Derivative::gradient);
    objective::Objective& f = sloped ? static_cast<objective::Objective&>(*sloped) : function;
    return search(f, {start, value, gradient}, direction, settings_of(method, first_length, c1, c2));
}

py::dict line_search_risk(const PyRisk& risk, const py::object& theta, const py::object& rows, double normaliser,
                          const py::object& direction, const py::object& value, const py::object& gradient,
                          const std::string& method, double first_length, double c1, double c2) {
    if (risk.scalar() != Scalar::float64) throw InvalidArgument("line searches work in float64");
    const auto view = risk.as<double>();
    const auto start = vector_in<double>(theta, "theta", view.architecture().parameters());
    training::RiskObjective f(view, select(risk, rows), normaliser, nullptr);
    return search(f, {start, value, gradient}, direction, settings_of(method, first_length, c1, c2));
}

// (name, success) of each way in which a search ends.
py::list line_search_ends() {
    py::list ends;
    for (const auto& info : optim::line_ends()) ends.append(py::make_tuple(std::string(info.name), info.success));
    return ends;
}

}  // namespace

void bind_line_search(py::module_& module) {
    module.def("line_search_function", &line_search_function, py::arg("callables"), py::arg("x"),
               py::arg("differences"), py::arg("direction"), py::arg("value"), py::arg("gradient"), py::arg("method"),
               py::arg("first_length"), py::arg("c1"), py::arg("c2"));
    module.def("line_search_risk", &line_search_risk, py::arg("risk"), py::arg("theta"), py::arg("rows"),
               py::arg("normaliser"), py::arg("direction"), py::arg("value"), py::arg("gradient"), py::arg("method"),
               py::arg("first_length"), py::arg("c1"), py::arg("c2"));
    module.def("line_search_ends", &line_search_ends);
}

}  // namespace ravine::bindings
