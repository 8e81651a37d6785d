#include "bindings/py_risk.hpp"

#include <algorithm>

namespace ravine::bindings {

static_assert(sizeof(std::int64_t) == sizeof(Index));

PyRisk::PyRisk(const Network& net, const py::object& X, const py::object& targets, const py::object& weights,
               const std::string& loss, double parameter, const py::object& function, bool masked,
               const std::vector<double>& l1, const std::vector<double>& l2, const py::object& prior, double normaliser)
    : scalar_(net.scalar),
      architecture_(net.architecture),
      loss_(loss, parameter, function),
      options_{loss_.loss, normaliser},
      X_(own_view(X)),
      targets_(py::none()),
      weights_(own_view(weights)),
      prior_(own_view(prior)) {
    take_strengths(l1, l2);
    with_scalar(scalar_, [&]<typename T>(T) { take_arrays<T>(targets, masked); });
}

void PyRisk::require_apart_from_data(const py::object& written, const char* name) const {
    require_apart(written, name, X_, "X");
    require_apart(written, name, targets_, "y");
    require_apart(written, name, weights_, "sample_weight");
    require_apart(written, name, prior_, "prior");
}

void PyRisk::take_strengths(const std::vector<double>& l1, const std::vector<double>& l2) {
    const std::size_t layers = architecture_->layers().size();
    if (l1.size() != layers || l2.size() != layers) {
        throw InvalidArgument("l1 and l2 must hold one number for each of " + std::to_string(layers) + " layers");
    }
    const auto is_zero = [](double strength) { return strength == 0; };
    if (std::ranges::all_of(l1, is_zero) && std::ranges::all_of(l2, is_zero)) return;
    strengths_ = std::make_shared<const training::Strengths>(training::Strengths{l1, l2});
}

template <typename T>
void PyRisk::take_arrays(const py::object& targets, bool masked) {
    prior_data_ = prior_.is_none() ? nullptr : vector_in<T>(prior_, "prior", architecture_->parameters()).data();
    const auto x = rows_in<T>(X_, "X", -1, architecture_->inputs());
    rows_ = x.rows;
    if (rows_ == 0) throw InvalidArgument("X must have at least one row, got none");
    network::Samples<T> samples{{x.data, x.rows, x.cols, x.stride}, {}};
    if (py::isinstance<py::array_t<std::int64_t>>(targets)) {
        take_labels(vector_in<std::int64_t>(targets, "y", rows_));
        samples.targets.labels = labels_.data();
    } else {
        targets_ = own_view(targets);
        const Index outputs = architecture_->outputs();
        const auto y = rows_in<T>(targets_, "y", rows_,
                                  options_.loss.function == nullptr ? options_.loss.target_columns(outputs) : -1);
        samples.targets.dense = y.data;
        samples.targets.stride = y.stride;
        samples.targets.columns = y.cols;
        samples.targets.masked = masked;
    }
    if (!weights_.is_none()) {
        const auto w = rows_in<T>(weights_, "sample_weight", rows_, 1);
        samples.targets.weights = w.data;
        samples.targets.weight_stride = w.stride;
    }
    samples_ = samples;
}

void PyRisk::take_labels(std::span<const std::int64_t> labels) {
    if (!options_.loss.takes_labels()) throw InvalidArgument("this loss takes no integer labels");
    labels_.assign(labels.begin(), labels.end());
    for (std::size_t i = 0; i < labels_.size(); ++i) {
        if (labels_[i] < 0 || labels_[i] >= architecture_->outputs()) {
            throw InvalidArgument("y[" + std::to_string(i) + "] = " + std::to_string(labels_[i]) +
                                  " is out of range: labels must lie in [0, " +
                                  std::to_string(architecture_->outputs()) + "), the number of outputs");
        }
    }
}

void require_rows(const PyRisk& risk, std::span<const std::int64_t> index) {
    for (const std::int64_t row : index) {
        if (row < 0 || row >= risk.rows()) {
            throw InvalidArgument("rows must lie in [0, " + std::to_string(risk.rows()) + "), got " +
                                  std::to_string(row));
        }
    }
}

network::Rows select(const PyRisk& risk, const py::object& rows) {
    if (rows.is_none()) return {nullptr, 0, risk.rows()};
    const auto index = vector_in<std::int64_t>(rows, "rows");
    if (index.empty()) throw InvalidArgument("rows must name at least one row, got none");
    require_rows(risk, index);
    return {reinterpret_cast<const Index*>(index.data()), 0, static_cast<Index>(index.size())};
}

}  // namespace ravine::bindings
