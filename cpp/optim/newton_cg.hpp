#pragma once

// Newton without a matrix: the trust region's model is minimised by conjugate gradients, which asks for products alone
// (Steihaug, SIAM J. Numer. Anal. 20 (1983) 626; Nocedal & Wright, algorithm 7.2).

#include "base/workspace.hpp"
#include "optim/trust_region.hpp"

namespace ravine::optim {

class NewtonCg final : public Proposer {
  public:
    NewtonCg(Objective& f, const Options& options);
    Proposal propose(const Point& at, double* p) override;
    void learn(const Trial& trial, const Point& at, const Point& next) override;
    std::vector<double> memory() const override { return {radius_.value()}; }
    void recall(std::span<const double> memory) override {
        require_numbers(memory, 1);
        radius_.recall(memory[0]);
    }

  private:
    Objective& f_;
    Radius radius_;
    std::vector<double> downhill_;
    double step_norm_ = 0;
    Workspace workspace_;
};

}  // namespace ravine::optim
