#pragma once

// Line searches: along a direction of descent, how far to go.

#include "optim/method.hpp"

namespace ravine::optim {

// A point on the line x + t p that is downhill enough and flat enough (strong Wolfe):
//     φ(t) <= φ(0) + c1 t φ′(0)   and   |φ′(t)| <= c2 |φ′(0)|.
// Brackets by extrapolation, then narrows with cubic interpolation (Nocedal & Wright, 2nd ed., algorithms 3.5 and 3.6).
// Where φ differs from φ(0) by no more than rounding, the first condition is asked of the slope instead,
// φ′(t) <= (2 c1 - 1) φ′(0) (Hager & Zhang, SIAM J. Optim. 16 (2005) 170).
class StrongWolfe final : public Searcher {
  public:
    StrongWolfe(double c1, double c2) : c1_(c1), c2_(c2) {}
    Trial run(Objective& f, const Point& at, const Proposal& proposal, const double* p, Point& next) override;

  private:
    double c1_, c2_;
};

// Halves, or shortens by interpolation, until f falls by c1 times what the slope promises (Armijo).
class Backtracking final : public Searcher {
  public:
    explicit Backtracking(double c1) : c1_(c1) {}
    Trial run(Objective& f, const Point& at, const Proposal& proposal, const double* p, Point& next) override;

  private:
    double c1_;
};

}  // namespace ravine::optim
