#pragma once

// BFGS with a dense inverse, and with limited memory.

#include "optim/method.hpp"

namespace ravine::optim {

// p = -M ∇f; M ≈ H⁻¹ is updated by (s, y) after each step (Nocedal & Wright, 6.17), and first scaled by sᵀy / yᵀy
// (6.20).
class Bfgs final : public Proposer {
  public:
    explicit Bfgs(Index size);
    Proposal propose(const Point& at, double* p) override;
    void learn(const Trial& trial, const Point& at, const Point& next) override;
    std::vector<double> memory() const override;
    void recall(std::span<const double> memory) override;

  private:
    void reset();
    void multiply(const double* v, double* out) const;

    Index size_;
    std::vector<double> inverse_;  // lower triangle
    std::vector<double> s_, y_, product_;
    bool fresh_ = true;  // the inverse is the identity
    int failures_ = 0;
};

// The same from the last `memory` pairs (s, y): the two-loop recursion (Nocedal & Wright, algorithm 7.4).
class LimitedBfgs final : public Proposer {
  public:
    LimitedBfgs(Index size, Index memory);
    Proposal propose(const Point& at, double* p) override;
    void learn(const Trial& trial, const Point& at, const Point& next) override;
    std::vector<double> memory() const override;
    void recall(std::span<const double> memory) override;

  private:
    struct Pair {
        std::vector<double> s, y;
        double sy;
    };

    const Pair& newest(Index back) const;

    Index size_, memory_;
    std::vector<Pair> pairs_;  // a ring
    Index made_ = 0;           // pairs since the last reset
    std::vector<double> alpha_;
    int failures_ = 0;
};

}  // namespace ravine::optim
