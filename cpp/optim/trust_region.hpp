#pragma once

// The exact trust region of Moré and Sorensen (SIAM J. Sci. Stat. Comput. 4 (1983) 553): the step minimises the
// quadratic model in the ball ‖p‖ <= Δ, which means (H + αI) p = -∇f with H + αI semidefinite and α (Δ - ‖p‖) = 0.

#include "optim/shifted_matrix.hpp"

namespace ravine::optim {

// How a radius follows the gain ratio.
class Radius {
  public:
    Radius(double first, double most) : value_(first), most_(most) {}
    double value() const { return value_; }
    void learn(const Trial& trial, double step_norm);
    void recall(double value) { value_ = value; }

  private:
    double value_, most_;
};

class TrustRegion final : public Proposer {
  public:
    TrustRegion(Objective& f, const Options& options);
    Proposal propose(const Point& at, double* p) override;
    void learn(const Trial& trial, const Point& at, const Point& next) override;
    std::vector<double> memory() const override { return {radius_.value(), alpha_}; }
    void recall(std::span<const double> memory) override {
        require_numbers(memory, 2);
        radius_.recall(memory[0]);
        alpha_ = memory[1];
    }

  private:
    // Where the α that is looked for lies.
    struct Bracket {
        double low, high;
        double inside() const;
    };

    bool solve(const Point& at, double* p);
    void raise_low(Bracket& bracket, double alpha);
    bool close_hard_case(Bracket& bracket, double alpha, double step_norm, double* p);
    double lowest_direction();

    Objective& f_;
    Radius radius_;
    ShiftedMatrix matrix_;
    std::vector<double> direction_, work_;
    double alpha_ = 0, step_norm_ = 0;
    bool stale_ = true;
};

}  // namespace ravine::optim
