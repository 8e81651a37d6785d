#pragma once

// A function of the user's as minimisers see it: Python callables, each asked with a copy of x, each answer checked.

#include <vector>

#include "bindings/arrays.hpp"
#include "objective/objective.hpp"
#include "objective/residual_loss.hpp"

namespace ravine::bindings {

// Made from a dict of callables, of which "value" or "residuals" must be there:
//     value(x) -> number, gradient(x), value_and_gradient(x) -> (number, gradient), hessian(x), hessian_product(x, v),
//     gauss_newton(x), gauss_newton_product(x, v), residuals(x), jacobian(x), rounding_error(x) -> number, keep(x).
// With residuals it is to be seen as a sum of squares (objective/sum_of_squares.hpp). What a callable raises goes
// through unchanged. The interpreter's lock is taken for each call.
class Function final : public objective::Objective {
  public:
    Function(const py::dict& callables, Index size);

    bool has_residuals() const { return static_cast<bool>(residuals_); }
    // Asks for r at x0, takes its length as the number of residuals, and keeps it for the first who asks.
    void count_residuals(const double* x0);

    Index size() const override { return size_; }
    objective::Abilities abilities() const override;
    bool gradient_comes_with_value() const override { return static_cast<bool>(value_and_gradient_); }
    Index residual_count() const override { return residual_count_; }
    double rounding_error(const double* x, double value, const double* gradient) override;
    void keep(const double* x) override;

  private:
    double do_value(const double* x) override;
    double do_value_and_gradient(const double* x, double* gradient) override;
    void do_gradient(const double* x, double* out) override;
    void do_hessian(const double* x, double* out) override;
    void do_hessian_product(const double* x, const double* v, double* out) override;
    void do_gauss_newton(const double* x, double* out) override;
    void do_gauss_newton_product(const double* x, const double* v, double* out) override;
    void do_residuals(const double* x, double* out) override;
    void do_jacobian(const double* x, double* out) override;

    py::array_t<double> copy(const double* x) const { return py::array_t<double>(size_, x); }
    void take_symmetric(const py::object& answer, const char* name, double* out) const;

    Index size_, residual_count_ = 0;
    py::object value_, gradient_, value_and_gradient_, hessian_, hessian_product_, gauss_newton_, gauss_newton_product_,
        residuals_, jacobian_, rounding_error_, keep_;
    std::vector<double> first_, first_residuals_;
};

// A loss by its name, or a callable of the user's: loss(z (m,)) -> (3, m), the rows of which are ρ, ρ′ and ρ″.
objective::ResidualLoss loss_of(const py::object& given);

}  // namespace ravine::bindings
