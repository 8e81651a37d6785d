#include "optim/reduced_residuals.hpp"

#include <algorithm>
#include <cmath>

#include "base/threads.hpp"
#include "linalg/least_squares.hpp"
#include "linalg/row_folder.hpp"
#include "linalg/upper_triangle.hpp"
#include "linalg/vectors.hpp"

namespace ravine::optim {

Index ReducedResiduals::stride() const { return linalg::reduced_stride(size_, 1); }

bool ReducedResiduals::load(Objective& f, const double* x) {
    const Index n = size_, m = f.residual_count();
    residuals_.resize(static_cast<std::size_t>(m));
    jacobian_.resize(static_cast<std::size_t>(checked_product(m, n)));
    triangle_.resize(static_cast<std::size_t>(checked_product(n, stride())));
    y_.resize(norms_.size());
    f.residuals(x, residuals_.data());
    f.jacobian(x, jacobian_.data());
    if (!linalg::all_finite(residuals_.data(), m) || !linalg::all_finite(jacobian_.data(), m * n)) return false;
    linalg::column_norms(jacobian_.data(), m, n, n, norms_.data());
    double rest = 0;
    const linalg::Reduced reduced{n, 1, triangle_.data(), norms_.data(), &rest};
    linalg::reduce_rows(jacobian_.data(), m, n, residuals_.data(), 1, reduced, workspace_);
    return linalg::all_finite(triangle_.data(), static_cast<Index>(triangle_.size()));
}

double ReducedResiduals::reach() const {
    double sum = 0;
    for (Index i = 0; i < size_; ++i) {
        const double c = triangle_[static_cast<std::size_t>(i * stride() + size_)];
        sum += c * c;
    }
    return sum;
}

double ReducedResiduals::steepest_cosine() const {
    const double size_of_r = linalg::norm(residuals_.data(), static_cast<Index>(residuals_.size()));
    double most = 0;
    for (Index j = 0; j < size_; ++j) {
        double slope = 0;
        for (Index i = 0; i <= j; ++i) {
            const double* const row = triangle_.data() + i * stride();
            slope += row[j] * row[size_];
        }
        most = std::max(most, std::abs(slope));
    }
    return size_of_r > 0 ? most / size_of_r : 0;
}

double ReducedResiduals::model_square(const double* v) {
    for (std::size_t j = 0; j < norms_.size(); ++j) y_[j] = norms_[j] * v[j];
    double sum = 0;
    for (Index i = 0; i < size_; ++i) {
        const double each = linalg::dot(triangle_.data() + i * stride() + i, y_.data() + i, size_ - i);
        sum += each * each;
    }
    return sum;
}

void ReducedResiduals::damp(const double* damping) {
    const Index n = size_, width = stride();
    const double order = static_cast<double>(n);
    const int workers = threads::worth(order * order * order / 3);
    Cutter measure;
    const linalg::RowFolder sizes(n, 1, workers, measure);
    Cutter cutter = workspace_.cutter(measure.bytes());
    const linalg::RowFolder folder(n, 1, workers, cutter);
    damped_ = triangle_;
    rows_.assign(triangle_.size(), 0.0);
    for (Index j = 0; j < n; ++j) {
        const auto k = static_cast<std::size_t>(j);
        rows_[static_cast<std::size_t>(j * (width + 1))] = damping[k] / norms_[k];
    }
    folder.fold(damped_.data(), rows_.data(), n, true);
}

void ReducedResiduals::solve(double* p) {
    for (Index i = 0; i < size_; ++i) p[i] = -damped_[static_cast<std::size_t>(i * stride() + size_)];
    linalg::solve_upper(damped_.data(), size_, stride(), p);
    for (std::size_t j = 0; j < norms_.size(); ++j) p[j] /= norms_[j];
}

void ReducedResiduals::solve_normal(double* x) {
    for (std::size_t j = 0; j < norms_.size(); ++j) x[j] /= norms_[j];
    linalg::solve_upper_transposed(damped_.data(), size_, stride(), x);
    linalg::solve_upper(damped_.data(), size_, stride(), x);
    for (std::size_t j = 0; j < norms_.size(); ++j) x[j] /= norms_[j];
}

}  // namespace ravine::optim
