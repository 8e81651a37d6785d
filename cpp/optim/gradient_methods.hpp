#pragma once

// Directions from gradients alone.

#include "optim/method.hpp"

namespace ravine::optim {

// Where a line search along a direction without scale begins: the first-order change of f is to be that of the last
// step (Nocedal & Wright, section 3.5), for the first step one unit of x at the most.
class FirstLength {
  public:
    double at(const Point& at, double slope) const;
    void learn(const Trial& trial, double slope) { last_change_ = trial.length * slope; }
    double last_change() const { return last_change_; }
    void recall(double change) { last_change_ = change; }

  private:
    double last_change_ = 0;
};

// -∇f. Its steps stay as short as the steepest wall makes them, also where f falls for ever along the valley: where the
// gradient is not getting smaller, conjugate gradients look ahead now and then, and show such a fall.
class GradientDescent final : public Proposer {
  public:
    explicit GradientDescent(Objective& f) : f_(f) {}
    Proposal propose(const Point& at, double* p) override;
    void learn(const Trial& trial, const Point& at, const Point& next) override;
    std::vector<double> memory() const override {
        return {first_length_.last_change(), static_cast<double>(steps_), marked_norm_};
    }
    void recall(std::span<const double> memory) override {
        require_numbers(memory, 3);
        first_length_.recall(memory[0]);
        steps_ = static_cast<Index>(memory[1]), marked_norm_ = memory[2];
    }

  private:
    bool time_to_look(const Point& at);
    bool falls_for_ever(const Point& at, double* p);

    Objective& f_;
    FirstLength first_length_;
    Index steps_ = 0;
    double marked_norm_ = 0;  // ‖∇f‖ after half as many steps
    bool lost_ = false;
};

// Nonlinear conjugate gradient: p ← -∇f + β p, with β of one of five formulas; where p is no direction of descent,
// after a step that failed, or where successive gradients are far from orthogonal, it starts again with -∇f.
class NonlinearConjugateGradient final : public Proposer {
  public:
    NonlinearConjugateGradient(Index size, Beta beta) : beta_(beta), direction_(static_cast<std::size_t>(size)) {}
    Proposal propose(const Point& at, double* p) override;
    void learn(const Trial& trial, const Point& at, const Point& next) override;
    std::vector<double> memory() const override;
    void recall(std::span<const double> memory) override;

  private:
    double beta_of(const Point& at, const Point& next) const;

    Beta beta_;
    std::vector<double> direction_;  // the next one, once there was a step
    FirstLength first_length_;
    double slope_ = 0;
    int failures_ = 0;
    bool fresh_ = true;
};

}  // namespace ravine::optim
