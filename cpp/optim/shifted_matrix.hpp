#pragma once

// A symmetric matrix that is factored many times, each time with another multiple of a diagonal added: one array (n, n)
// holds the matrix above its diagonal and the Cholesky factor below.

#include <vector>

#include "base/workspace.hpp"
#include "optim/method.hpp"

namespace ravine::optim {

enum class Curvature { hessian, gauss_newton };

class ShiftedMatrix {
  public:
    explicit ShiftedMatrix(Index size);

    // False if an element is not finite.
    bool load(Objective& f, const Point& at, Curvature curvature);

    Index size() const { return size_; }
    double largest_diagonal() const { return largest_diagonal_; }
    // A lower bound of ‖B‖₂: the largest norm of a row.
    double norm_bound() const;

    // Factors B + shift I; false if it is not positive definite.
    bool factor(double shift);

    // After a failure: writes d with dᵀ(B + shift I)d <= 0 and returns that divided by ‖d‖².
    double negative_curvature(double* direction) const;

    // x ← (B + shift I)⁻¹ x with the last factor, or L⁻¹ x.
    void solve(double* x);
    void solve_lower(double* x);

    // B v.
    void multiply(const double* v, double* out) const;

  private:
    Index size_;
    std::vector<double> matrix_, diagonal_;
    double largest_diagonal_ = 0;
    Index failed_pivot_ = -1;
    Workspace workspace_;
};

// p = -(B + shift I)⁻¹ ∇f with the last factor, and the model's decrease ½ (-∇fᵀp + shift ‖p‖²).
Proposal newton_step(ShiftedMatrix& matrix, const Point& at, double shift, double* p);

}  // namespace ravine::optim
