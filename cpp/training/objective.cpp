#include "training/objective.hpp"

#include <algorithm>

#include "base/random.hpp"

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

bool RiskObjective::Kept::serve(const double* x) const {
    return sweeps != nullptr && std::equal(at.begin(), at.end(), x);
}

void RiskObjective::Kept::make(const Risk<double>& risk, const network::Rows& rows, double normaliser,
                               const double* x) {
    sweeps.reset();  // before the next ones are made
    sweeps = std::make_unique<Linearization<double>>(risk, rows, normaliser, x);
    at.assign(x, x + risk.architecture().parameters());
}

void RiskObjective::product(Matrix kind, const double* x, const double* v, double* out) {
    if (!all_.serve(x)) all_.make(risk_, rows_, normaliser_, x);
    all_.sweeps->product(kind, v, 1, out);
}

// In ascending order, so that memory is read forwards.
void RiskObjective::draw(const objective::RowSample& sample) {
    sampled_rows_.resize(static_cast<std::size_t>(rows_.count));
    random::permutation(sample.seed, sample.draw, sampled_rows_.data(), rows_.count);
    sampled_rows_.resize(static_cast<std::size_t>(sample.count));
    std::sort(sampled_rows_.begin(), sampled_rows_.end());
    for (Index& row : sampled_rows_) row = rows_[row];
    sample_ = sample;
}

void RiskObjective::do_sampled_product(const double* x, const objective::RowSample& sample, const double* v,
                                       double* out) {
    if (sample != sample_ || !some_.serve(x)) {
        if (sample != sample_) draw(sample);
        const double share = static_cast<double>(sample.count) / static_cast<double>(rows_.count);
        some_.make(risk_, {sampled_rows_.data(), 0, sample.count}, normaliser_ * share, x);
    }
    some_.sweeps->product(Matrix::hessian, v, 1, out);
}

void RiskObjective::do_hessian_product(const double* x, const double* v, double* out) {
    product(Matrix::hessian, x, v, out);
}

void RiskObjective::do_gauss_newton_product(const double* x, const double* v, double* out) {
    product(Matrix::gauss_newton, x, v, out);
}

}  // namespace ravine::training
