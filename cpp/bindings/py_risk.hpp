#pragma once

// The compiled side of a risk: its arrays, checked once and kept.

#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "bindings/custom_loss.hpp"
#include "bindings/network.hpp"
#include "derivatives/matrix.hpp"
#include "training/risk.hpp"

namespace ravine::bindings {

// A risk on arrays that Python owns: it keeps them alive, and keeps labels as integers of its own, because a label that
// is changed after the check would be an index out of range.
class PyRisk {
  public:
    PyRisk(const Network& net, const py::object& X, const py::object& targets, const py::object& weights,
           const std::string& loss, double parameter, const py::object& function, bool masked,
           const std::vector<double>& l1, const std::vector<double>& l2, const py::object& prior, double normaliser);

    // What a kernel writes must not lie in what it reads.
    void require_apart_from_data(const py::object& written, const char* name) const;

    Scalar scalar() const { return scalar_; }
    Index rows() const { return rows_; }
    WorkspacePool& workspaces() const { return workspaces_; }

    // The kernel's view of the arrays: checked once, because nobody else can change the views that we hold.
    template <typename T>
    training::Risk<T> as() const {
        return {architecture_,
                std::get<network::Samples<T>>(samples_),
                options_,
                {strengths_, std::get<const T*>(prior_data_)}};
    }

  private:
    void take_strengths(const std::vector<double>& l1, const std::vector<double>& l2);
    template <typename T>
    void take_arrays(const py::object& targets, bool masked);
    void take_labels(std::span<const std::int64_t> labels);

    Scalar scalar_;
    std::shared_ptr<const network::Architecture> architecture_;
    LossArgument loss_;
    training::RiskOptions options_;
    std::shared_ptr<const training::Strengths> strengths_;
    py::object X_, targets_, weights_, prior_;
    std::variant<const float*, const double*> prior_data_;
    std::vector<std::int64_t> labels_;
    std::variant<network::Samples<float>, network::Samples<double>> samples_;
    Index rows_ = 0;
    mutable WorkspacePool workspaces_;
};

// Throws unless each of the rows exists.
void require_rows(const PyRisk& risk, std::span<const std::int64_t> index);

// All rows, or those of an index vector, each of which must exist.
network::Rows select(const PyRisk& risk, const py::object& rows);

inline derivatives::Matrix matrix_of(bool positive) {
    return positive ? derivatives::Matrix::gauss_newton : derivatives::Matrix::hessian;
}

}  // namespace ravine::bindings
