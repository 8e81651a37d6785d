#include "objective/residual_loss.hpp"

#include <cmath>
#include <string>

namespace ravine::objective {

namespace {

struct Three {
    double value, slope, bend;
};

Three huber(double z) {
    if (z <= 1) return {z, 1, 0};
    const double root = std::sqrt(z);
    return {2 * root - 1, 1 / root, -0.5 / (z * root)};
}

// 2 (√(1 + z) - 1), without the cancellation.
Three soft_l1(double z) {
    const double root = std::sqrt(1 + z);
    return {2 * z / (root + 1), 1 / root, -0.5 / ((1 + z) * root)};
}

Three cauchy(double z) {
    const double slope = 1 / (1 + z);
    return {std::log1p(z), slope, -slope * slope};
}

Three arctan(double z) {
    const double slope = 1 / (1 + z * z);
    return {std::atan(z), slope, -2 * z * slope * slope};
}

ResidualLoss by_element(Three (*rho)(double)) {
    return [rho](const double* z, Index m, double* out) {
        for (Index i = 0; i < m; ++i) {
            const Three three = rho(z[i]);
            out[i] = three.value;
            out[m + i] = three.slope;
            out[2 * m + i] = three.bend;
        }
    };
}

}  // namespace

ResidualLoss residual_loss(std::string_view name) {
    if (name == "linear") return {};
    if (name == "huber") return by_element(huber);
    if (name == "soft_l1") return by_element(soft_l1);
    if (name == "cauchy") return by_element(cauchy);
    if (name == "arctan") return by_element(arctan);
    throw InvalidArgument("loss must be one of 'linear', 'huber', 'soft_l1', 'cauchy', 'arctan', got '" +
                          std::string(name) + "'");
}

}  // namespace ravine::objective
