#include <optional>
#include <variant>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/gil.hpp"
#include "bindings/network.hpp"
#include "training/epoch.hpp"

namespace ravine::bindings {

namespace {

// A risk on arrays that Python owns: it keeps them alive, and keeps labels as integers of its own, because a label that
// is changed after the check would be an index out of range.
class PyRisk {
  public:
    PyRisk(const Network& net, const py::object& X, const py::object& targets, const py::object& weights,
           const std::string& loss, double l2, double normaliser)
        : scalar_(net.scalar),
          architecture_(net.architecture),
          options_{network::loss_from_name(loss), l2, normaliser},
          X_(own_view(X)),
          targets_(py::none()),
          weights_(own_view(weights)) {
        with_scalar(scalar_, [&]<typename T>(T) { take_arrays<T>(targets); });
    }

    // What a kernel writes must not lie in what it reads.
    void require_apart_from_data(const py::object& written, const char* name) const {
        require_apart(written, name, X_, "X");
        require_apart(written, name, targets_, "y");
        require_apart(written, name, weights_, "sample_weight");
    }

    Scalar scalar() const { return scalar_; }
    Index rows() const { return rows_; }
    WorkspacePool& workspaces() const { return workspaces_; }

    // The kernel's view of the arrays: checked once, because nobody else can change the views that we hold.
    template <typename T>
    training::Risk<T> as() const {
        return {architecture_, std::get<network::Samples<T>>(samples_), options_};
    }

  private:
    template <typename T>
    void take_arrays(const py::object& targets) {
        const auto x = rows_in<T>(X_, "X", -1, architecture_->inputs());
        rows_ = x.rows;
        if (rows_ == 0) throw InvalidArgument("X must have at least one row, got none");
        network::Samples<T> samples{{x.data, x.rows, x.cols, x.stride}, {}};
        if (py::isinstance<py::array_t<std::int64_t>>(targets)) {
            take_labels(vector_in<std::int64_t>(targets, "y", rows_));
            samples.targets.labels = labels_.data();
        } else {
            targets_ = own_view(targets);
            const auto y = rows_in<T>(targets_, "y", rows_, architecture_->outputs());
            samples.targets.dense = y.data;
            samples.targets.stride = y.stride;
        }
        if (!weights_.is_none()) {
            const auto w = rows_in<T>(weights_, "sample_weight", rows_, 1);
            samples.targets.weights = w.data;
            samples.targets.weight_stride = w.stride;
        }
        samples_ = samples;
    }

    void take_labels(std::span<const std::int64_t> labels) {
        if (options_.loss != network::Loss::cross_entropy) {
            throw InvalidArgument("integer labels belong to loss='cross_entropy'");
        }
        labels_.assign(labels.begin(), labels.end());
        for (std::size_t i = 0; i < labels_.size(); ++i) {
            if (labels_[i] < 0 || labels_[i] >= architecture_->outputs()) {
                throw InvalidArgument("y[" + std::to_string(i) + "] = " + std::to_string(labels_[i]) +
                                      " is out of range: labels must lie in [0, " +
                                      std::to_string(architecture_->outputs()) + "), the number of outputs");
            }
        }
    }

    Scalar scalar_;
    std::shared_ptr<const network::Architecture> architecture_;
    training::RiskOptions options_;
    py::object X_, targets_, weights_;
    std::vector<std::int64_t> labels_;
    std::variant<network::Samples<float>, network::Samples<double>> samples_;
    Index rows_ = 0;
    mutable WorkspacePool workspaces_;
};

// All rows, or those of an index vector, each of which must exist.
network::Rows select(const PyRisk& risk, const py::object& rows) {
    if (rows.is_none()) return {nullptr, 0, risk.rows()};
    const auto index = vector_in<std::int64_t>(rows, "rows");
    if (index.empty()) throw InvalidArgument("rows must name at least one row, got none");
    for (const std::int64_t row : index) {
        if (row < 0 || row >= risk.rows()) {
            throw InvalidArgument("rows must lie in [0, " + std::to_string(risk.rows()) + "), got " +
                                  std::to_string(row));
        }
    }
    static_assert(sizeof(std::int64_t) == sizeof(Index));
    return {reinterpret_cast<const Index*>(index.data()), 0, static_cast<Index>(index.size())};
}

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

Index workspace_bytes(const PyRisk& risk, Index rows) {
    return with_scalar(risk.scalar(),
                       [&]<typename T>(T) { return training::RiskEvaluator<T>::bytes(risk.as<T>(), rows, true); });
}

py::tuple run_epoch(const PyRisk& risk, updates::Optimizer& optimizer, const py::object& theta, Index batch_size,
                    const py::object& order) {
    if (batch_size < 1) throw InvalidArgument("batch_size must be at least 1, got " + std::to_string(batch_size));
    const auto report = with_scalar(risk.scalar(), [&]<typename T>(T) {
        const auto view = risk.as<T>();
        const auto parameters = vector_out<T>(theta, "theta", view.architecture().parameters());
        risk.require_apart_from_data(theta, "theta");
        const auto selection = select(risk, order);
        if (selection.count != risk.rows()) {
            throw InvalidArgument("order must name each of " + std::to_string(risk.rows()) + " rows, got " +
                                  std::to_string(selection.count));
        }
        const auto workspace = risk.workspaces().borrow();
        const WithoutGil release;
        return training::run_epoch<T>(view, optimizer, parameters.data(), batch_size, selection.index, *workspace);
    });
    return py::make_tuple(report.loss, report.gradient_norm, report.updates, report.finite);
}

}  // namespace

void bind_risk(py::module_& module) {
    py::class_<PyRisk>(module, "Risk")
        .def(py::init<const Network&, const py::object&, const py::object&, const py::object&, const std::string&,
                      double, double>(),
             py::arg("network"), py::arg("X"), py::arg("targets"), py::arg("sample_weight"), py::arg("loss"),
             py::arg("l2"), py::arg("normaliser"))
        .def("value", &value, py::arg("theta"), py::arg("rows"), py::arg("normaliser"))
        .def("value_and_gradient", &value_and_gradient, py::arg("theta"), py::arg("out"), py::arg("rows"),
             py::arg("normaliser"))
        .def("workspace_bytes", &workspace_bytes, py::arg("rows"));
    module.def("run_epoch", &run_epoch, py::arg("risk"), py::arg("optimizer"), py::arg("theta"), py::arg("batch_size"),
               py::arg("order"));
}

}  // namespace ravine::bindings
