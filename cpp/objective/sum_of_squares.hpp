#pragma once

// A function that has residuals and their Jacobian, seen as f = ½ Σ r_i², or ½ s² Σ ρ(r_i² / s²) with a loss ρ. The
// last point asked for is remembered, so that a run asks for r once at each point, and for J once at each that it
// accepts.

#include <vector>

#include "objective/objective.hpp"
#include "objective/residual_loss.hpp"

namespace ravine::objective {

// How residuals become a value, and what a fit is told of its parameters.
struct FitSettings {
    ResidualLoss loss;                    // empty: ρ(z) = z
    double loss_scale = 1;                // s
    std::vector<double> parameter_scale;  // (n,), typical sizes of x; empty: not told
};

class SumOfSquares final : public Objective {
  public:
    SumOfSquares(Objective& f, FitSettings settings);

    Index size() const override { return f_.size(); }
    Abilities abilities() const override;
    // value: evaluations of r; gradient, jacobian: of J.
    const Counts& counts() const override;
    Index residual_count() const override { return f_.residual_count(); }
    const double* parameter_scale() const override;
    // What one rounding of each r_i and each x_j changes: with e_i = eps (|r_i| + Σ_j |J_ij x_j|) it is Σ ρ′ (|r_i| +
    // e_i) e_i, whose square is what is left of f where the residuals themselves are rounding.
    double rounding_error(const double* x, double value, const double* gradient) override;
    void keep(const double* x) override { f_.keep(x); }

    // r at x (m,), valid until the next call; residuals() and jacobian() have the loss in them where there is one.
    const double* plain_residuals(const double* x);

  private:
    double do_value(const double* x) override;
    double do_value_and_gradient(const double* x, double* gradient) override;
    void do_gradient(const double* x, double* out) override;
    void do_hessian(const double* x, double* out) override { f_.hessian(x, out); }
    void do_hessian_product(const double* x, const double* v, double* out) override { f_.hessian_product(x, v, out); }
    void do_gauss_newton(const double* x, double* out) override;
    void do_gauss_newton_product(const double* x, const double* v, double* out) override;
    void do_path_bending(const double* x, const double* v, double* out) override;
    // r̃ and J̃ with J̃ᵀr̃ = ∇f and J̃ᵀJ̃ a Gauss-Newton matrix of f.
    void do_residuals(const double* x, double* out) override;
    void do_jacobian(const double* x, double* out) override;

    void need_jacobian(const double* x);
    void weigh(const double* r);
    void multiply_transposed(const double* v, double* out) const;

    Objective& f_;
    FitSettings settings_;
    // r at the last point, and r and J at the last point of a Jacobian; empty: none.
    std::vector<double> residuals_at_, residuals_, jacobian_at_, jacobian_residuals_, jacobian_;
    std::vector<double> z_, rho_;                       // of the loss
    std::vector<double> residual_factor_, row_factor_;  // r̃ = a r, J̃ = diag(b) J
    std::vector<double> probe_, scratch_;
    Index jacobians_ = 0;
    mutable Counts shown_;
};

}  // namespace ravine::objective
