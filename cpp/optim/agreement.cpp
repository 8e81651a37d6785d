#include "optim/agreement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linalg/vectors.hpp"

namespace ravine::optim {

namespace {

// In units of the larger slope: a step to the minimum of x⁴ loses a quarter, and that is flat.
constexpr double value_tolerance = 0.3;
// In units of the larger curvature: Newton's step on x⁴ loses 0.3, on xⁿ no more than 0.37.
constexpr double curvature_tolerance = 0.5;
// A step that has gone so far uphill again is too long to tell.
constexpr double overshoot = 0.1;
// Curvature that changes the slope by less than this is not looked at, nor are changes of so many rounding errors.
constexpr double felt = 0.05, roundings = 1e3;

// Of f, as far as the two points tell: as Objective::rounding_error().
double rounding_error(const Point& at) {
    double sum = std::abs(at.value);
    for (std::size_t i = 0; i < at.x.size(); ++i) sum += std::abs(at.x[i] * at.gradient[i]);
    return std::numeric_limits<double>::epsilon() * sum;
}

}  // namespace

void Agreement::see(const Point& at, const Point& next, const double* p, const Trial& trial, double curvature) {
    const Index n = at.size();
    const double first = trial.length * linalg::dot(at.gradient.data(), p, n);
    const double last = trial.length * linalg::dot(next.gradient.data(), p, n);
    const double slope = std::max(std::abs(first), std::abs(last));
    const bool overshot = last > overshoot * std::abs(first);
    if (overshot || !(slope > roundings * std::max(rounding_error(at), rounding_error(next)))) return;
    const double lost = std::abs(next.value - at.value - 0.5 * (first + last));
    bool broken = lost > value_tolerance * slope;
    if (std::isfinite(curvature)) {
        const double bend = curvature * trial.length * trial.length * linalg::dot(p, p, n);
        const double size = std::max(std::abs(bend), std::abs(last - first));
        broken |= size > felt * slope && std::abs(last - first - bend) > curvature_tolerance * size;
    }
    broken_ = broken ? broken_ + 1 : 0;
}

}  // namespace ravine::optim
