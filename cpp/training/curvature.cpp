#include "training/curvature.hpp"

#include "linalg/symmetric.hpp"

namespace ravine::training {

template <typename T>
void DenseMatrix<T>::run(const network::Rows& rows, double normaliser, const T* theta, T* out) {
    const Index parameters = risk_.architecture().parameters();
    sum_.run(risk_.samples(), rows, theta, out);
    linalg::complete_symmetric(out, parameters, static_cast<T>(1 / normaliser));
    risk_.penalty().add_curvature(risk_.architecture(), out, parameters + 1);
}

template class DenseMatrix<float>;
template class DenseMatrix<double>;

}  // namespace ravine::training
