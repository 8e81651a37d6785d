#include "objective/objective.hpp"

#include <cmath>
#include <limits>
#include <string>

namespace ravine::objective {

namespace {

[[noreturn]] void refuse(const char* what) {
    throw InvalidArgument("this function has no " + std::string(what) + ", but the method asks for one");
}

}  // namespace

double Objective::rounding_error(const double* x, double value, const double* gradient) {
    double sum = std::abs(value);
    for (Index i = 0; i < size(); ++i) sum += std::abs(x[i] * gradient[i]);
    return std::numeric_limits<double>::epsilon() * sum;
}

void Objective::do_hessian(const double*, double*) { refuse("Hessian"); }
void Objective::do_gauss_newton(const double*, double*) { refuse("Gauss-Newton matrix"); }
void Objective::do_hessian_product(const double*, const double*, double*) { refuse("Hessian-vector product"); }
void Objective::do_gauss_newton_product(const double*, const double*, double*) { refuse("Gauss-Newton product"); }
void Objective::do_sampled_product(const double*, const RowSample&, const double*, double*) {
    refuse("rows of which some could be taken");
}
void Objective::do_path_bending(const double*, const double*, double*) { refuse("second derivative along a line"); }
void Objective::do_residuals(const double*, double*) { refuse("residuals"); }
void Objective::do_jacobian(const double*, double*) { refuse("Jacobian"); }

}  // namespace ravine::objective
