#pragma once

// Levenberg-Marquardt for functions that tell their residuals: (JᵀJ + λD²) p = -Jᵀr by reflections of [J; √λ D], never
// by JᵀJ (Moré, The Levenberg-Marquardt algorithm: implementation and theory (1978)).

#include "optim/reduced_residuals.hpp"

namespace ravine::optim {

// λ follows the gain ratio (Nielsen, Damping parameter in Marquardt's method (1999), 2.21). D holds the norms of J's
// columns, the larger of those here and half of the last D: a scale that forgets, so that one steep place on the way
// does not hold a parameter for ever. The step v becomes p = v + ½a by geodesic acceleration,
// (JᵀJ + λD²) a = -Jᵀr″, r″ = d²r(x + t v)/dt²; where ‖Da‖ is not small beside ‖Dv‖ the model is not to be trusted so
// far, and λ rises without a trial (Transtrum & Sethna, arXiv 1201.5885).
class LevenbergMarquardt final : public Proposer {
  public:
    LevenbergMarquardt(Objective& f, const Options& options);
    Proposal propose(const Point& at, double* p) override;
    void learn(const Trial& trial, const Point& at, const Point& next) override;
    std::vector<double> memory() const override;
    void recall(std::span<const double> memory) override;

  private:
    bool load(const Point& at);
    Proposal solve(const Point& at, double* p);
    bool promises_too_little(const Point& at, const Proposal& proposal);
    bool accelerate(const Point& at, const Proposal& proposal, double* p);
    double scaled_norm(const double* v) const;
    void raise();

    Objective& f_;
    const Options& options_;
    ReducedResiduals fit_;
    std::vector<double> scale_, last_scale_;  // D, and the last point's
    std::vector<double> damping_, bend_;      // √λ D, and the right-hand side of a
    double lambda_, factor_;
    double acceleration_;
    bool bends_;       // f tells how its residuals bend
    double unit_ = 0;  // of λ; 0 before the first J is known
    bool stale_ = true, tried_undamped_ = false;
};

// The judge: the whole step, if f falls by at least eta times what the model predicts. Where the prediction lies below
// the rounding error of f, what r and J say together is the judge, for it keeps twice the digits: the step is taken if
// the part of r within J's reach becomes shorter.
class FlatnessOfResiduals final : public Searcher {
  public:
    FlatnessOfResiduals(Index size, double eta) : eta_(eta), here_(size), there_(size) {}
    Trial run(Objective& f, const Point& at, const Proposal& proposal, const double* p, Point& next) override;

  private:
    Trial judge_by_reach(Objective& f, const Point& at, double floor, const double* p, Point& next);

    double eta_;
    ReducedResiduals here_, there_;
};

}  // namespace ravine::optim
