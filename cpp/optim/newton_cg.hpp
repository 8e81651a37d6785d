#pragma once

// Newton without a matrix: the trust region's model is minimised by conjugate gradients, which asks for products alone
// (Steihaug, SIAM J. Numer. Anal. 20 (1983) 626; Nocedal & Wright, algorithm 7.2). Where f is a sum over rows, each
// iteration's products may be those of a sample of them (Byrd, Chin, Neveitt & Nocedal, SIAM J. Optim. 21 (2011) 977):
// value and gradient, and with them the judgement of the step and the end of the run, are of all rows.

#include "base/workspace.hpp"
#include "optim/trust_region.hpp"

namespace ravine::optim {

class NewtonCg final : public Proposer {
  public:
    NewtonCg(Objective& f, const Options& options);
    Proposal propose(const Point& at, double* p) override;
    void learn(const Trial& trial, const Point& at, const Point& next) override;
    std::vector<double> memory() const override { return {radius_.value(), static_cast<double>(sample_.draw)}; }
    void recall(std::span<const double> memory) override {
        require_numbers(memory, 2);
        radius_.recall(memory[0]);
        sample_.draw = static_cast<std::uint64_t>(memory[1]);
    }

  private:
    Objective& f_;
    objective::RowSample sample_;  // of the next products; of no rows where they are of all
    Radius radius_;
    std::vector<double> downhill_;
    double step_norm_ = 0;
    Workspace workspace_;
};

}  // namespace ravine::optim
