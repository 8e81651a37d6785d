#include <algorithm>
#include <cmath>

#include "linalg/ldlt.hpp"
#include "linalg/vectors.hpp"
#include "optim/newton.hpp"

namespace ravine::optim {

TextbookNewton::TextbookNewton(Objective& f, const Options& options)
    : f_(f),
      shift_(options.shift),
      step_length_(options.step_length),
      matrix_(static_cast<std::size_t>(checked_product(f.size(), f.size()))),
      diagonal_(static_cast<std::size_t>(f.size())),
      below_(diagonal_.size()),
      order_(diagonal_.size()) {}

// The matrix may have any inertia.
Proposal TextbookNewton::propose(const Point& at, double* p) {
    const Index n = f_.size();
    f_.hessian(at.x.data(), matrix_.data());
    if (!linalg::all_finite(matrix_.data(), n * n)) return {.possible = false, .not_finite = true};
    for (Index i = 0; i < n; ++i) matrix_[static_cast<std::size_t>(i * n + i)] += shift_;
    const linalg::Pivots pivots{order_.data(), diagonal_.data(), below_.data()};
    linalg::ldlt(matrix_.data(), n, n, pivots, workspace_);
    std::copy(at.gradient.begin(), at.gradient.end(), p);
    linalg::scale(-1, p, n);
    linalg::ldlt_solve(matrix_.data(), n, n, pivots, p, 1, 1, workspace_);
    const double slope = linalg::dot(at.gradient.data(), p, n), square = linalg::dot(p, p, n);
    const double form = -slope - shift_ * square;  // pᵀHp
    return {.possible = std::isfinite(slope),
            .slope = slope,
            .predicted = -step_length_ * slope - 0.5 * step_length_ * step_length_ * form,
            .curvature = form / square,
            .damping = shift_};
}

}  // namespace ravine::optim
