#include "training/residuals.hpp"

#include <string>

#include "derivatives/jacobian.hpp"

namespace ravine::training {

template <typename T>
void require_residuals(const Risk<T>& risk) {
    if (derivatives::has_residuals(risk.options().loss)) return;
    throw InvalidArgument(
        "the loss '" + std::string(network::name_of(risk.options().loss.kind)) +
        "' has no residual form, being no sum of squares: squared_error has one; for any loss gauss_newton and "
        "gauss_newton_product give the curvature, value_and_gradient the gradient");
}

template <typename T>
void residuals(const Risk<T>& risk, const network::Rows& rows, double normaliser, const T* theta, T* r, T* jacobian,
               Workspace& workspace) {
    require_residuals(risk);
    derivatives::residuals(risk.architecture(), theta, risk.samples(), rows, 1 / normaliser, r, jacobian, workspace);
}

template void require_residuals(const Risk<float>&);
template void require_residuals(const Risk<double>&);
template void residuals(const Risk<float>&, const network::Rows&, double, const float*, float*, float*, Workspace&);
template void residuals(const Risk<double>&, const network::Rows&, double, const double*, double*, double*, Workspace&);

}  // namespace ravine::training
