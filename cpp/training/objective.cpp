#include "training/objective.hpp"

#include <algorithm>

namespace ravine::training {

using derivatives::Matrix;

struct RiskObjective::Matrices {
    Workspace workspace;
    DenseMatrix<double> sum;

    Matrices(const Risk<double>& risk, Index rows, Matrix kind) : sum(risk, rows, kind, workspace) {}
};

RiskObjective::RiskObjective(const Risk<double>& risk, network::Rows rows, double normaliser, double* theta)
    : risk_(risk),
      rows_(rows),
      normaliser_(normaliser),
      theta_(theta),
      evaluator_(risk, rows.count, true, workspace_) {}

RiskObjective::~RiskObjective() = default;

objective::Abilities RiskObjective::abilities() const {
    return {.gradient = true,
            .hessian = true,
            .hessian_product = true,
            .gauss_newton = true,
            .gauss_newton_product = true,
            .path_bending = true};
}

double RiskObjective::do_value(const double* x) { return evaluator_.value(rows_, normaliser_, x); }

double RiskObjective::do_value_and_gradient(const double* x, double* gradient) {
    return evaluator_.gradient(rows_, normaliser_, x, gradient).value;
}

double RiskObjective::rounding_error(const double* x, double, const double*) {
    return evaluator_.rounding_error(rows_, normaliser_, x);
}

void RiskObjective::keep(const double* x) {
    if (theta_ != nullptr) std::copy_n(x, size(), theta_);
}

void RiskObjective::dense_matrix(std::unique_ptr<Matrices>& matrices, Matrix kind, const double* x, double* out) {
    if (matrices == nullptr) matrices = std::make_unique<Matrices>(risk_, rows_.count, kind);
    matrices->sum.run(rows_, normaliser_, x, out);
}

void RiskObjective::do_hessian(const double* x, double* out) { dense_matrix(hessians_, Matrix::hessian, x, out); }

void RiskObjective::do_gauss_newton(const double* x, double* out) {
    dense_matrix(gauss_newtons_, Matrix::gauss_newton, x, out);
}

// The penalty is quadratic: nothing of it bends.
void RiskObjective::do_path_bending(const double* x, const double* v, double* out) {
    if (bending_ == nullptr) {
        bending_ = std::make_unique<derivatives::PathBending<double>>(risk_.architecture(), risk_.options().loss,
                                                                      rows_.count, bending_workspace_);
    }
    bending_->run(risk_.samples(), rows_, x, v).add_up(1 / normaliser_, 0, size(), out);
}

// Products at one theta come in a row: its sweeps are kept for them.
void RiskObjective::product(Matrix kind, const double* x, const double* v, double* out) {
    if (linearization_ == nullptr || !std::equal(linearized_at_.begin(), linearized_at_.end(), x)) {
        linearization_.reset();  // before the next one is made
        linearization_ = std::make_unique<Linearization<double>>(risk_, rows_, normaliser_, x);
        linearized_at_.assign(x, x + size());
    }
    linearization_->product(kind, v, 1, out);
}

void RiskObjective::do_hessian_product(const double* x, const double* v, double* out) {
    product(Matrix::hessian, x, v, out);
}

void RiskObjective::do_gauss_newton_product(const double* x, const double* v, double* out) {
    product(Matrix::gauss_newton, x, v, out);
}

}  // namespace ravine::training
