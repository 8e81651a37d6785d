#pragma once

// Methods that solve (B + αI) p = -∇f by Cholesky, B the Hessian or the Gauss-Newton matrix.

#include "optim/shifted_matrix.hpp"

namespace ravine::optim {

// Regularised Newton and Levenberg-Marquardt: a pivot that fails raises α, afterwards the gain ratio steers it. Near a
// minimum with a definite Hessian α becomes 0, and the last steps converge quadratically. With the Gauss-Newton matrix
// the step v is corrected by geodesic acceleration: p = v + ½a, (G + αI) a = -Jᵀ C f″, f″ the bending of the outputs
// along v; where a is not small beside v, α is raised instead (Transtrum & Sethna, arXiv 1201.5885).
class RegularisedNewton final : public Proposer {
  public:
    RegularisedNewton(Objective& f, const Options& options, Curvature curvature);
    Proposal propose(const Point& at, double* p) override;
    void learn(const Trial& trial, const Point& at, const Point& next) override;
    std::vector<double> memory() const override { return {damping_, factor_}; }
    void recall(std::span<const double> memory) override {
        require_numbers(memory, 2);
        damping_ = memory[0], factor_ = memory[1];
    }

  private:
    bool load(const Point& at);
    double find_correction(const Point& at, const double* p);
    void raise(double least = 0);
    void lower();

    Objective& f_;
    const Options& options_;
    Curvature curvature_;
    ShiftedMatrix matrix_;
    std::vector<double> direction_, correction_;
    double most_correction_;  // 2‖a‖ / ‖v‖ of an accelerated step; 0: there are none
    double damping_ = -1;     // α; -1 before the first matrix is known
    double along_step_ = 0;   // curvature of the model along the last step
    double factor_;           // of the next rise: it doubles with every bad step in a row
    bool stale_ = true;
};

// Newton with a line search: the least convenient α that makes the matrix definite, then a step length.
class DampedNewton final : public Proposer {
  public:
    explicit DampedNewton(Objective& f) : f_(f), matrix_(f.size()), direction_(static_cast<std::size_t>(f.size())) {}
    Proposal propose(const Point& at, double* p) override;
    void learn(const Trial& trial, const Point&, const Point&) override { lost_ = !trial.accepted; }

  private:
    Objective& f_;
    ShiftedMatrix matrix_;
    std::vector<double> direction_;
    bool lost_ = false;
};

// The formula of the books, without safeguard: it lands on saddles and maxima as well.
class TextbookNewton final : public Proposer {
  public:
    TextbookNewton(Objective& f, const Options& options);
    Proposal propose(const Point& at, double* p) override;
    void learn(const Trial&, const Point&, const Point&) override {}

  private:
    Objective& f_;
    double shift_, step_length_;
    std::vector<double> matrix_, diagonal_, below_;
    std::vector<Index> order_;
    Workspace workspace_;
};

}  // namespace ravine::optim
