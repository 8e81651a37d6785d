#pragma once

// What a small gradient does not tell: whether the point is a minimum. A run that would end at a strict saddle leaves
// it along the direction of lowest curvature.

#include <vector>

#include "base/workspace.hpp"
#include "optim/method.hpp"

namespace ravine::optim {

// λ_min < -10 n eps ‖H‖₂ is a strict saddle (or a maximum).
struct SecondOrder {
    bool checked = false;
    bool strict_saddle = false;
    double eigmin = std::numeric_limits<double>::quiet_NaN();  // where it was computed: at a saddle
};

class SaddleGuard {
  public:
    SaddleGuard(Objective& f, Method method);

    // Looks at the Hessian, or at its products where there is no Hessian.
    SecondOrder look(const Point& at);

    // After look() has found a saddle: goes along ±u until f falls, and completes `next`. Not accepted: f does not fall
    // by more than rounding, however far.
    Trial leave(const Point& at, Point& next, double* p);

  private:
    Objective& f_;
    bool dense_;
    double eigmin_ = 0;
    std::vector<double> u_;
    Workspace workspace_;
};

}  // namespace ravine::optim
