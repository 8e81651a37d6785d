#pragma once

// Line searches: along a direction of descent, how far to go.

#include <span>
#include <string_view>

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

// How a search by itself ended.
enum class LineEnd {
    found,           // with all its conditions met
    falls_only,      // f falls enough there, but is not flat enough
    not_downhill,    // the slope at the start is not negative
    rounding_floor,  // nothing that was tried differs from f(x) by more than rounding
    not_finite,      // nothing finite was found that is low enough
    no_step,         // nothing was found that is low enough
    unbounded,       // f falls for as far as one may look
};

// In the order of LineEnd: the name, and whether a step was found as it was asked for.
struct LineEndInfo {
    std::string_view name;
    bool success;
};
std::span<const LineEndInfo> line_ends();

enum class LineMethod { strong_wolfe, backtracking };

struct LineSettings {
    LineMethod method = LineMethod::strong_wolfe;
    double first_length = 1;
    double c1 = 1e-4, c2 = 0.9;
};

struct LineFound {
    double length;  // of the step; 0: there is none, and the point is the start
    double slope;   // φ′ there
    LineEnd end;
};

// Goes from the complete point `at` along p (n,) without any method around it; leaves the end in `next`.
LineFound search_line(Objective& f, const Point& at, const double* p, const LineSettings& settings, Point& next);

}  // namespace ravine::optim
