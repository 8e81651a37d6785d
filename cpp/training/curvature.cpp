#include "training/curvature.hpp"

#include "linalg/symmetric.hpp"

namespace ravine::training {

template <typename T>
void dense_matrix(const Risk<T>& risk, derivatives::Matrix matrix, const network::Rows& rows, double normaliser,
                  const T* theta, T* out, Workspace& workspace) {
    const network::Architecture& architecture = risk.architecture();
    const Index parameters = architecture.parameters();
    derivatives::MatrixSum<T> sum(architecture, rows.count, matrix, workspace);
    sum.run(risk.options().loss, risk.samples(), rows, theta, out);
    linalg::complete_symmetric(out, parameters, static_cast<T>(1 / normaliser));
    risk.penalty().add_curvature(architecture, out, parameters + 1);
}

template void dense_matrix(const Risk<float>&, derivatives::Matrix, const network::Rows&, double, const float*, float*,
                           Workspace&);
template void dense_matrix(const Risk<double>&, derivatives::Matrix, const network::Rows&, double, const double*,
                           double*, Workspace&);

}  // namespace ravine::training
