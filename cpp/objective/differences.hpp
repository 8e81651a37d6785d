#pragma once

// Derivatives of a function that has none of its own, by finite differences of the next lower one.

#include <vector>

#include "objective/objective.hpp"

namespace ravine::objective {

// Which derivative is made, and of what.
enum class Derivative {
    gradient,  // of the value
    hessian,   // and its products, of the gradient
    jacobian,  // of the residuals
};

// How, with h relative to the size of x_i such that the formula's error and the rounding eps f / h are of one size:
//     two_point     (f(h) - f(0)) / h,         h = eps^(1/2): an error of about 1e-8 in f′;
//     three_point   (f(h) - f(-h)) / 2h,       h = eps^(1/3): 1e-11;
//     five_point    (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h, h = eps^(1/5): 1e-12.
enum class Formula { two_point, three_point, five_point };

// f with one derivative made, everything else passed through. The size of x_i is |x_i|, but `least_sizes[i]` where that
// is more, or 1 where there are none.
class Differences final : public Objective {
  public:
    Differences(Objective& f, Derivative made, Formula formula = Formula::five_point,
                std::vector<double> least_sizes = {});

    Index size() const override { return f_.size(); }
    Abilities abilities() const override;
    const Counts& counts() const override { return f_.counts(); }
    bool gradient_comes_with_value() const override;
    Index residual_count() const override { return f_.residual_count(); }
    const double* parameter_scale() const override { return f_.parameter_scale(); }
    double rounding_error(const double* x, double value, const double* gradient) override {
        return f_.rounding_error(x, value, gradient);
    }
    void keep(const double* x) override { f_.keep(x); }

  private:
    double do_value(const double* x) override { return f_.value(x); }
    double do_value_and_gradient(const double* x, double* gradient) override;
    void do_gradient(const double* x, double* out) override;
    void do_hessian(const double* x, double* out) override;
    void do_gauss_newton(const double* x, double* out) override { f_.gauss_newton(x, out); }
    void do_hessian_product(const double* x, const double* v, double* out) override;
    void do_gauss_newton_product(const double* x, const double* v, double* out) override {
        f_.gauss_newton_product(x, v, out);
    }
    void do_path_bending(const double* x, const double* v, double* out) override { f_.path_bending(x, v, out); }
    void do_residuals(const double* x, double* out) override { f_.residuals(x, out); }
    void do_jacobian(const double* x, double* out) override;

    double step_at(double coordinate, std::size_t i) const;
    template <typename Evaluate>
    void differentiate(const double* x, const double* direction, double step, Index outputs, double* out,
                       Evaluate&& evaluate);
    template <typename Evaluate>
    void differentiate_by_each(const double* x, Index outputs, double* out, Index stride, Evaluate&& evaluate);

    Objective& f_;
    Derivative made_;
    Formula formula_;
    std::vector<double> least_sizes_, point_, direction_, sample_, slope_;
};

}  // namespace ravine::objective
