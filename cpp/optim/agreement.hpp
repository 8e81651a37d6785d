#pragma once

// Whether value, gradient and Hessian of a function belong together: what a run tells of it by the way.

#include "optim/method.hpp"

namespace ravine::optim {

// Along a short step s any smooth function is a parabola: f changes by the mean of both slopes, ½ (g + g₊)ᵀs, and the
// slope by sᵀHs. Where the last steps break that, some derivative is of another function.
class Agreement {
  public:
    // After an accepted step of trial.length times p; `curvature` is pᵀHp / pᵀp, or NaN where H is not the Hessian.
    void see(const Point& at, const Point& next, const double* p, const Trial& trial, double curvature);

    // Whether the last steps that were long enough to tell all spoke against it. Steps far from a minimum may be too
    // long to be sure: there it takes more of them.
    bool doubtful(bool arrived) const { return broken_ >= (arrived ? 3 : 8); }

    // For the memory of a run.
    int broken() const { return broken_; }
    void recall(int broken) { broken_ = broken; }

  private:
    int broken_ = 0;  // steps in a row
};

}  // namespace ravine::optim
