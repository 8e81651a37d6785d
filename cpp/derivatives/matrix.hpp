#pragma once

namespace ravine::derivatives {

// Which second derivatives: all, or those that leave out what is not positive semidefinite.
enum class Matrix { hessian, gauss_newton };

}  // namespace ravine::derivatives
