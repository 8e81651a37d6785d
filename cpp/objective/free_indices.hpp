#pragma once

// A function of some of its parameters, the others held where they are: the domain that a minimiser walks in.

#include <vector>

#include "objective/objective.hpp"

namespace ravine::objective {

class FreeIndices final : public Objective {
  public:
    // The parameters `free` (ascending, each once) may move; the others keep their values in `start` (n,).
    FreeIndices(Objective& f, std::vector<Index> free, const double* start);

    Index size() const override { return static_cast<Index>(free_.size()); }
    Abilities abilities() const override { return f_.abilities(); }
    const Counts& counts() const override { return f_.counts(); }
    bool gradient_comes_with_value() const override { return f_.gradient_comes_with_value(); }
    Index row_count() const override { return f_.row_count(); }
    Index residual_count() const override { return f_.residual_count(); }
    const double* parameter_scale() const override { return scale_.empty() ? nullptr : scale_.data(); }
    double rounding_error(const double* x, double value, const double* gradient) override;
    void keep(const double* x) override { f_.keep(at(x)); }

    Index whole_size() const { return f_.size(); }
    // The whole vector (n,) for a free part, valid until the next call.
    const double* at(const double* x);
    // The free part of a whole vector.
    void take(const double* whole, double* part) const;

  private:
    double do_value(const double* x) override { return f_.value(at(x)); }
    double do_value_and_gradient(const double* x, double* gradient) override;
    void do_gradient(const double* x, double* out) override;
    void do_hessian(const double* x, double* out) override;
    void do_gauss_newton(const double* x, double* out) override;
    void do_hessian_product(const double* x, const double* v, double* out) override;
    void do_gauss_newton_product(const double* x, const double* v, double* out) override;
    void do_sampled_product(const double* x, const RowSample& sample, const double* v, double* out) override;
    void do_path_bending(const double* x, const double* v, double* out) override;
    void do_residuals(const double* x, double* out) override { f_.residuals(at(x), out); }
    void do_jacobian(const double* x, double* out) override;

    const double* spread(const double* v);
    void take_square(double* out);

    Objective& f_;
    std::vector<Index> free_;
    std::vector<double> whole_, vector_, result_, matrix_, scale_;
};

}  // namespace ravine::objective
