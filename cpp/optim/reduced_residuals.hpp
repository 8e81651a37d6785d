#pragma once

// Residuals r (m,) and their Jacobian J (m, n) at one point, as a triangle: [J S⁻¹ | r] = Q [R | c], S the norms of J's
// columns. What a step does is then told without JᵀJ, whose condition number is the square of J's.

#include <vector>

#include "base/workspace.hpp"
#include "optim/method.hpp"

namespace ravine::optim {

class ReducedResiduals {
  public:
    explicit ReducedResiduals(Index size) : size_(size), norms_(static_cast<std::size_t>(size)) {}

    // Asks for r and J at x; false if an element is not finite.
    bool load(Objective& f, const double* x);

    // Of J's columns; 1 where one is zero.
    const std::vector<double>& column_norms() const { return norms_; }

    // ‖c‖²: what of ‖r‖² a change of x can reach, to first order. It is 0 where the gradient is, however x is scaled.
    double reach() const;

    // The largest cosine of the angle between a column of J and r: 0 at a critical point, whatever the rank of J.
    double steepest_cosine() const;

    // ‖J v‖².
    double model_square(const double* v);

    // Folds diag(damping) (n,) in, for the solves that follow.
    void damp(const double* damping);
    // p = argmin ‖J p + r‖² + ‖diag(damping) p‖².
    void solve(double* p);
    // x <- (JᵀJ + diag(damping)²)⁻¹ x.
    void solve_normal(double* x);

  private:
    Index stride() const;

    Index size_;
    std::vector<double> residuals_, jacobian_, norms_, triangle_, damped_, rows_, y_;
    Workspace workspace_;
};

}  // namespace ravine::optim
