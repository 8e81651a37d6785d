#pragma once

// The door through which every minimiser sees a function f: ℝⁿ → ℝ. Value and gradient are always there
// (differences.hpp makes a gradient where there is none); what else a function can tell, it says. Each kind of
// evaluation is counted.

#include <cstdint>

#include "base/types.hpp"

namespace ravine::objective {

// What a function can tell beside its value.
struct Abilities {
    bool gradient = false;
    bool hessian = false;               // ∂²f/∂x² as a matrix
    bool hessian_product = false;       // ∂²f/∂x² v
    bool gauss_newton = false;          // a positive semidefinite matrix in the Hessian's place
    bool gauss_newton_product = false;  // its product with v
    bool path_bending = false;          // how what is fitted bends along a line
    bool residuals = false;             // r and J with Jᵀr = ∇f and JᵀJ in the Hessian's place; mostly f = ½ ‖r‖²
};

struct Counts {
    Index value = 0, gradient = 0, hessian = 0, product = 0, residuals = 0, jacobian = 0;
};

// Some of the rows that a function is a sum over: `count` of them, each at most once, drawn by (seed, draw).
struct RowSample {
    Index count;
    std::uint64_t seed, draw;
    bool operator==(const RowSample&) const = default;
};

class Objective {
  public:
    Objective() = default;
    virtual ~Objective() = default;
    Objective(const Objective&) = delete;
    Objective& operator=(const Objective&) = delete;

    virtual Index size() const = 0;
    virtual Abilities abilities() const = 0;
    virtual const Counts& counts() const { return counts_; }

    double value(const double* x) { return ++counts_.value, do_value(x); }

    // Writes ∇f (n,).
    void gradient(const double* x, double* out) { ++counts_.gradient, do_gradient(x, out); }

    // Both; returns f(x).
    double value_and_gradient(const double* x, double* gradient) {
        ++counts_.value, ++counts_.gradient;
        return do_value_and_gradient(x, gradient);
    }

    // Whether both cost little more than the value alone, so that a trial point may as well have its gradient.
    virtual bool gradient_comes_with_value() const { return false; }

    // Writes a symmetric matrix (n, n), both triangles.
    void hessian(const double* x, double* out) { ++counts_.hessian, do_hessian(x, out); }
    void gauss_newton(const double* x, double* out) { ++counts_.hessian, do_gauss_newton(x, out); }

    // Writes the matrix times v (n,). Calls at one x come in a row: what is kept between them is the function's affair.
    void hessian_product(const double* x, const double* v, double* out) {
        ++counts_.product, do_hessian_product(x, v, out);
    }
    void gauss_newton_product(const double* x, const double* v, double* out) {
        ++counts_.product, do_gauss_newton_product(x, v, out);
    }

    // How many rows f is a sum over, where products with some of them are to be had; else 0.
    virtual Index row_count() const { return 0; }

    // hessian_product() of the sample alone, scaled to be an unbiased estimate.
    void sampled_product(const double* x, const RowSample& sample, const double* v, double* out) {
        ++counts_.product, do_sampled_product(x, sample, v, out);
    }

    // Writes Jᵀ C f″ (n,), where JᵀCJ is the Gauss-Newton matrix and f″ = d²f/dt² of what is fitted along x + t v.
    void path_bending(const double* x, const double* v, double* out) { ++counts_.product, do_path_bending(x, v, out); }

    // m; then r (m,) and ∂r/∂x (m, n), row-major.
    virtual Index residual_count() const { return 0; }
    void residuals(const double* x, double* out) { ++counts_.residuals, do_residuals(x, out); }
    void jacobian(const double* x, double* out) { ++counts_.jacobian, do_jacobian(x, out); }

    // Typical sizes of x (n,) where the user has told them, else null.
    virtual const double* parameter_scale() const { return nullptr; }

    // An estimate of the rounding error in f(x), given f(x) and ∇f(x): differences below it mean nothing. What the
    // function does not know better: eps (|f| + Σ |x_i ∂f/∂x_i|), one rounding of the value and one of each x_i.
    virtual double rounding_error(const double* x, double value, const double* gradient);

    // Told of each point that a run has accepted: whoever shares x with a user writes it there.
    virtual void keep(const double*) {}

  private:
    virtual double do_value(const double* x) = 0;
    virtual double do_value_and_gradient(const double* x, double* gradient) = 0;
    virtual void do_gradient(const double* x, double* out) { do_value_and_gradient(x, out); }
    virtual void do_hessian(const double* x, double* out);
    virtual void do_gauss_newton(const double* x, double* out);
    virtual void do_hessian_product(const double* x, const double* v, double* out);
    virtual void do_gauss_newton_product(const double* x, const double* v, double* out);
    virtual void do_sampled_product(const double* x, const RowSample& sample, const double* v, double* out);
    virtual void do_path_bending(const double* x, const double* v, double* out);
    virtual void do_residuals(const double* x, double* out);
    virtual void do_jacobian(const double* x, double* out);

    Counts counts_;
};

}  // namespace ravine::objective
