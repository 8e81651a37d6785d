#pragma once

// The empirical risk as minimisers see functions. All buffers are made once, so that an iteration allocates nothing.

#include <memory>
#include <vector>

#include "derivatives/path_bending.hpp"
#include "objective/objective.hpp"
#include "training/curvature.hpp"
#include "training/products.hpp"

namespace ravine::training {

class RiskObjective final : public objective::Objective {
  public:
    // J over the rows, divided by the normaliser; accepted points are written to `theta` (P,), unless it is null.
    RiskObjective(const Risk<double>& risk, network::Rows rows, double normaliser, double* theta);
    ~RiskObjective() override;

    Index size() const override { return risk_.architecture().parameters(); }
    objective::Abilities abilities() const override;
    bool gradient_comes_with_value() const override { return true; }
    Index row_count() const override { return rows_.count; }
    double rounding_error(const double* x, double value, const double* gradient) override;
    void keep(const double* x) override;

  private:
    double do_value(const double* x) override;
    double do_value_and_gradient(const double* x, double* gradient) override;
    void do_hessian(const double* x, double* out) override;
    void do_gauss_newton(const double* x, double* out) override;
    void do_hessian_product(const double* x, const double* v, double* out) override;
    void do_gauss_newton_product(const double* x, const double* v, double* out) override;
    void do_sampled_product(const double* x, const objective::RowSample& sample, const double* v, double* out) override;
    void do_path_bending(const double* x, const double* v, double* out) override;

    // The evaluator of one matrix with the memory that it works in.
    struct Matrices;

    // Sweeps of some rows, kept for products at one theta, which come in a row.
    struct Kept {
        std::vector<double> at;
        std::unique_ptr<Linearization<double>> sweeps;

        bool serve(const double* x) const;
        void make(const Risk<double>& risk, const network::Rows& rows, double normaliser, const double* x);
    };
    void product(derivatives::Matrix kind, const double* x, const double* v, double* out);
    void draw(const objective::RowSample& sample);
    void dense_matrix(std::unique_ptr<Matrices>& matrices, derivatives::Matrix kind, const double* x, double* out);

    const Risk<double>& risk_;
    network::Rows rows_;
    double normaliser_;
    double* theta_;
    Workspace workspace_;
    RiskEvaluator<double> evaluator_;
    std::unique_ptr<Matrices> hessians_, gauss_newtons_;
    Workspace bending_workspace_;
    std::unique_ptr<derivatives::PathBending<double>> bending_;
    Kept all_, some_;  // of the last theta that products were asked for
    objective::RowSample sample_{};
    std::vector<Index> sampled_rows_;
};

}  // namespace ravine::training
