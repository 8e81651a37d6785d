#pragma once

// The searchers that try one step: judged by its gain ratio, or taken whatever it brings.

#include "optim/method.hpp"

namespace ravine::optim {

// Takes the whole step if f falls by at least eta times what the model predicts. Where the prediction lies below the
// rounding error of f, the gradient is the judge: the step is taken if it halves ‖∇f‖ and f does not rise by more than
// that error.
class GainRatio final : public Searcher {
  public:
    explicit GainRatio(double eta) : eta_(eta) {}
    Trial run(Objective& f, const Point& at, const Proposal& proposal, const double* p, Point& next) override;
    std::vector<double> memory() const override { return {walled_ ? 1.0 : 0.0, known_value_, known_floor_}; }
    void recall(std::span<const double> memory) override {
        require_numbers(memory, 3);
        walled_ = memory[0] != 0;
        known_value_ = memory[1], known_floor_ = memory[2];
    }

  private:
    Trial try_step(Objective& f, const Point& at, const Proposal& proposal, Point& next);
    double rounding_error(Objective& f, const Point& at);
    Trial judge_by_gradient(Objective& f, const Point& at, double floor, Point& next);

    double eta_;
    bool walled_ = false;  // the last trial met what is not finite: a step that was shortened for that is no floor
    double known_value_ = 0, known_floor_ = -1;  // the rounding error at a value near this one; -1: not known
};

// The textbook's step: x ← x + ε p, no question asked.
class Unconditional final : public Searcher {
  public:
    explicit Unconditional(double step_length) : step_length_(step_length) {}
    Trial run(Objective& f, const Point& at, const Proposal& proposal, const double* p, Point& next) override;

  private:
    double step_length_;
};

}  // namespace ravine::optim
