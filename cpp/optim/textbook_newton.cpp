#include <algorithm>
#include <cmath>

#include "linalg/tridiagonal.hpp"
#include "linalg/vectors.hpp"
#include "optim/newton.hpp"

namespace ravine::optim {

TextbookNewton::TextbookNewton(Objective& f, const Options& options)
    : f_(f),
      shift_(options.shift),
      step_length_(options.step_length),
      matrix_(static_cast<std::size_t>(checked_product(f.size(), f.size()))),
      values_(static_cast<std::size_t>(f.size())),
      slopes_(values_.size()),
      scratch_(2 * values_.size()) {}

// The matrix may have any inertia: it is inverted eigenvalue by eigenvalue.
Proposal TextbookNewton::propose(const Point& at, double* p) {
    const Index n = f_.size();
    f_.hessian(at.x.data(), matrix_.data());
    if (!linalg::all_finite(matrix_.data(), n * n) ||
        !linalg::symmetric_eigen(matrix_.data(), n, values_.data(), scratch_.data())) {
        return {.possible = false, .not_finite = true};
    }
    std::fill(slopes_.begin(), slopes_.end(), 0.0);
    for (Index i = 0; i < n; ++i)
        linalg::add_scaled(at.gradient[static_cast<std::size_t>(i)], matrix_.data() + i * n, slopes_.data(), n);
    for (std::size_t j = 0; j < slopes_.size(); ++j) slopes_[j] /= -(values_[j] + shift_);
    for (Index i = 0; i < n; ++i) p[i] = linalg::dot(matrix_.data() + i * n, slopes_.data(), n);
    const double slope = linalg::dot(at.gradient.data(), p, n), square = linalg::dot(p, p, n);
    const double form = -slope - shift_ * square;  // pᵀHp
    return {.possible = std::isfinite(slope),
            .slope = slope,
            .predicted = -step_length_ * slope - 0.5 * step_length_ * step_length_ * form,
            .curvature = form / square,
            .damping = shift_};
}

}  // namespace ravine::optim
