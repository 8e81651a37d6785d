#include <pybind11/stl.h>

#include <algorithm>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/gil.hpp"
#include "bindings/py_risk.hpp"
#include "signals/signals.hpp"
#include "training/curvature.hpp"
#include "training/epoch.hpp"

namespace ravine::bindings {

namespace {

double value(const PyRisk& risk, const py::object& theta, const py::object& rows, double normaliser) {
    return with_scalar(risk.scalar(), [&]<typename T>(T) {
        const auto view = risk.as<T>();
        const auto parameters = vector_in<T>(theta, "theta", view.architecture().parameters());
        const auto selection = select(risk, rows);
        const auto workspace = risk.workspaces().borrow();
        const WithoutGil release;
        return training::RiskEvaluator<T>(view, selection.count, false, *workspace)
            .value(selection, normaliser, parameters.data());
    });
}

py::tuple value_and_gradient(const PyRisk& risk, const py::object& theta, const py::object& out, const py::object& rows,
                             double normaliser) {
    const auto at = with_scalar(risk.scalar(), [&]<typename T>(T) {
        const auto view = risk.as<T>();
        const Index count = view.architecture().parameters();
        const auto parameters = vector_in<T>(theta, "theta", count);
        T* gradient = vector_out<T>(out, "out", count).data();
        require_apart(out, "out", theta, "theta");
        risk.require_apart_from_data(out, "out");
        const auto selection = select(risk, rows);
        const auto workspace = risk.workspaces().borrow();
        const WithoutGil release;
        return training::RiskEvaluator<T>(view, selection.count, true, *workspace)
            .gradient(selection, normaliser, parameters.data(), gradient);
    });
    return py::make_tuple(at.value, at.gradient_norm);
}

// The Hessian, or the Gauss-Newton matrix if it shall be positive, into out (P, P).
void dense_matrix(const PyRisk& risk, bool positive, const py::object& theta, const py::object& out,
                  const py::object& rows, double normaliser) {
    with_scalar(risk.scalar(), [&]<typename T>(T) {
        const auto view = risk.as<T>();
        const Index count = view.architecture().parameters();
        const auto parameters = vector_in<T>(theta, "theta", count);
        T* values = array_out<T>(out, "out", {count, count});
        require_apart(out, "out", theta, "theta");
        risk.require_apart_from_data(out, "out");
        const auto selection = select(risk, rows);
        const auto workspace = risk.workspaces().borrow();
        const WithoutGil release;
        training::DenseMatrix<T>(view, selection.count, matrix_of(positive), *workspace)
            .run(selection, normaliser, parameters.data(), values);
    });
}

Index dense_matrix_bytes(const PyRisk& risk, bool positive, Index rows) {
    return with_scalar(risk.scalar(), [&]<typename T>(T) {
        const auto view = risk.as<T>();
        return derivatives::MatrixSum<T>::bytes(view.architecture(), view.options().loss, rows, matrix_of(positive));
    });
}

Index workspace_bytes(const PyRisk& risk, Index rows) {
    return with_scalar(risk.scalar(),
                       [&]<typename T>(T) { return training::RiskEvaluator<T>::bytes(risk.as<T>(), rows, true); });
}

// Writes into arrays of Python's face, which nobody else has seen yet: see signals::Sums.
py::tuple gather_signals(const PyRisk& risk, const py::object& theta, const py::object& rows,
                         const py::object& least_slopes, const py::object& units, const py::object& layer_squares,
                         const py::object& gradient, const py::object& second_moments) {
    const auto totals = with_scalar(risk.scalar(), [&]<typename T>(T) {
        const auto view = risk.as<T>();
        const network::Architecture& architecture = view.architecture();
        const Index count = architecture.parameters(), depth = std::ssize(architecture.layers());
        const auto parameters = vector_in<T>(theta, "theta", count);
        const auto slopes = vector_in<double>(least_slopes, "least_slopes", depth);
        Index table_rows = architecture.inputs();
        for (const auto& layer : architecture.layers()) table_rows += layer.outputs;
        const signals::Sums<T> sums{
            .units = array_out<double>(units, "units", {table_rows, signals::columns}),
            .layer_squares = vector_out<double>(layer_squares, "layer_squares", depth).data(),
            .gradient = vector_out<T>(gradient, "gradient", count).data(),
            .second_moments =
                second_moments.is_none() ? nullptr : vector_out<double>(second_moments, "second_moments", count).data(),
            .rows = 0};
        const auto selection = select(risk, rows);
        const auto workspace = risk.workspaces().borrow();
        const WithoutGil release;
        return signals::gather<T>(architecture, view.options().loss, view.samples(), selection, parameters.data(),
                                  slopes, sums, *workspace);
    });
    return py::make_tuple(totals.value, totals.rows);
}

Index signal_bytes(const PyRisk& risk, Index rows, bool second_moments) {
    return with_scalar(risk.scalar(), [&]<typename T>(T) {
        return signals::gather_bytes<T>(risk.as<T>().architecture(), rows, second_moments);
    });
}

// The order of an epoch's rows, null for as they lie; those of `count` batches from `first` on must exist.
const Index* order_in(const PyRisk& risk, const py::object& order, Index batch_size, Index first, Index count) {
    if (order.is_none()) return nullptr;
    const auto index = vector_in<std::int64_t>(order, "order", risk.rows());
    const auto begin = static_cast<std::size_t>(std::min(first * batch_size, risk.rows()));
    const auto rows = static_cast<std::size_t>(checked_product(count, batch_size));
    require_rows(risk, index.subspan(begin, std::min(rows, index.size() - begin)));
    return reinterpret_cast<const Index*>(index.data());
}

// The values of a schedule for `count` updates, or null for none.
const double* schedule_in(const py::object& values, const char* name, Index count) {
    return values.is_none() ? nullptr : vector_in<double>(values, name, count).data();
}

// How the updates are made, in Python's names.
training::EpochOptions epoch_options(const py::dict& settings, Index count) {
    const auto number = [&](const char* name) { return settings[name].cast<double>(); };
    return {.batch_size = settings["batch_size"].cast<Index>(),
            .first = settings["first"].cast<Index>(),
            .rates = schedule_in(settings["rates"], "rates", count),
            .momenta = schedule_in(settings["momenta"], "momenta", count),
            .clip_norm = number("clip_norm"),
            .clip_value = number("clip_value"),
            .pause_below = number("pause_below"),
            .pause_from = settings["pause_from"].cast<Index>(),
            .seconds = number("seconds")};
}

py::tuple run_epoch(const PyRisk& risk, updates::Optimizer& optimizer, const py::object& theta,
                    const py::object& losses, const py::object& norms, const py::object& order,
                    const py::dict& settings) {
    const auto loss_of = vector_out<double>(losses, "losses");
    const auto count = static_cast<Index>(loss_of.size());
    const auto norm_of = vector_out<double>(norms, "norms", count);
    auto options = epoch_options(settings, count);
    if (options.batch_size < 1) {
        throw InvalidArgument("batch_size must be at least 1, got " + std::to_string(options.batch_size));
    }
    options.batch_size = std::min(options.batch_size, risk.rows());
    const Index batches = ceil_divide(risk.rows(), options.batch_size);
    if (options.first < 0 || count > batches - options.first) {
        throw InvalidArgument("an epoch has " + std::to_string(batches) + " batches, got " + std::to_string(count) +
                              " from batch " + std::to_string(options.first));
    }
    const auto report = with_scalar(risk.scalar(), [&]<typename T>(T) {
        const auto view = risk.as<T>();
        const auto parameters = vector_out<T>(theta, "theta", view.architecture().parameters());
        risk.require_apart_from_data(theta, "theta");
        options.order = order_in(risk, order, options.batch_size, options.first, count);
        const auto workspace = risk.workspaces().borrow();
        const WithoutGil release;
        return training::run_epoch<T>(view, optimizer, parameters.data(), options, loss_of, norm_of, *workspace);
    });
    return py::make_tuple(report.updates, static_cast<int>(report.end));
}

double gradient_norm(const py::object& gradient) {
    return with_scalar(scalar_of_array(gradient, "gradient"), [&]<typename T>(T) {
        const auto values = vector_in<T>(gradient, "gradient");
        return training::gradient_norm<T>(values.data(), static_cast<Index>(values.size()));
    });
}

}  // namespace

void bind_risk(py::module_& module) {
    py::class_<PyRisk>(module, "Risk")
        .def(py::init<const Network&, const py::object&, const py::object&, const py::object&, const std::string&,
                      double, const py::object&, bool, const std::vector<double>&, const std::vector<double>&,
                      const py::object&, double>(),
             py::arg("network"), py::arg("X"), py::arg("targets"), py::arg("sample_weight"), py::arg("loss"),
             py::arg("parameter"), py::arg("function"), py::arg("masked"), py::arg("l1"), py::arg("l2"),
             py::arg("prior"), py::arg("normaliser"))
        .def("value", &value, py::arg("theta"), py::arg("rows"), py::arg("normaliser"))
        .def("value_and_gradient", &value_and_gradient, py::arg("theta"), py::arg("out"), py::arg("rows"),
             py::arg("normaliser"))
        .def("dense_matrix", &dense_matrix, py::arg("positive"), py::arg("theta"), py::arg("out"), py::arg("rows"),
             py::arg("normaliser"))
        .def("dense_matrix_bytes", &dense_matrix_bytes, py::arg("positive"), py::arg("rows"))
        .def("workspace_bytes", &workspace_bytes, py::arg("rows"))
        .def("signals", &gather_signals, py::arg("theta"), py::arg("rows"), py::arg("least_slopes"), py::arg("units"),
             py::arg("layer_squares"), py::arg("gradient"), py::arg("second_moments"))
        .def("signal_bytes", &signal_bytes, py::arg("rows"), py::arg("second_moments"));
    module.def("run_epoch", &run_epoch, py::arg("risk"), py::arg("optimizer"), py::arg("theta"), py::arg("losses"),
               py::arg("norms"), py::arg("order"), py::arg("settings"));
    module.def("gradient_norm", &gradient_norm, py::arg("gradient"));
}

}  // namespace ravine::bindings
