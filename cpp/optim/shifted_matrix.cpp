#include "optim/shifted_matrix.hpp"

#include <algorithm>
#include <cmath>

#include "linalg/cholesky.hpp"
#include "linalg/symmetric.hpp"
#include "linalg/triangular.hpp"
#include "linalg/vectors.hpp"

namespace ravine::optim {

ShiftedMatrix::ShiftedMatrix(Index size) : size_(size), diagonal_(static_cast<std::size_t>(size)) {}

bool ShiftedMatrix::load(Objective& f, const Point& at, Curvature curvature) {
    matrix_.resize(static_cast<std::size_t>(checked_product(size_, size_)));
    if (curvature == Curvature::hessian) {
        f.hessian(at.x.data(), matrix_.data());
    } else {
        f.gauss_newton(at.x.data(), matrix_.data());
    }
    largest_diagonal_ = 0;
    for (Index i = 0; i < size_; ++i) {
        const double element = matrix_[static_cast<std::size_t>(i * size_ + i)];
        diagonal_[static_cast<std::size_t>(i)] = element;
        largest_diagonal_ = std::max(largest_diagonal_, std::abs(element));
    }
    return linalg::all_finite(matrix_.data(), size_ * size_);
}

double ShiftedMatrix::norm_bound() const {
    std::vector<double> squares(diagonal_.size());
    for (std::size_t i = 0; i < squares.size(); ++i) {
        squares[i] += diagonal_[i] * diagonal_[i];
        for (std::size_t j = i + 1; j < squares.size(); ++j) {
            const double element = matrix_[i * squares.size() + j], square = element * element;
            squares[i] += square;
            squares[j] += square;
        }
    }
    return squares.empty() ? 0 : std::sqrt(*std::max_element(squares.begin(), squares.end()));
}

bool ShiftedMatrix::factor(double shift) {
    linalg::copy_upper_to_lower(matrix_.data(), size_);
    for (Index i = 0; i < size_; ++i) {
        matrix_[static_cast<std::size_t>(i * size_ + i)] = diagonal_[static_cast<std::size_t>(i)] + shift;
    }
    failed_pivot_ = linalg::cholesky(matrix_.data(), size_, size_, workspace_);
    return failed_pivot_ < 0;
}

double ShiftedMatrix::negative_curvature(double* direction) const {
    return linalg::negative_curvature(matrix_.data(), size_, size_, failed_pivot_, direction);
}

void ShiftedMatrix::solve(double* x) { linalg::cholesky_solve(matrix_.data(), size_, size_, x, 1, 1, workspace_); }

void ShiftedMatrix::solve_lower(double* x) { linalg::solve_lower(matrix_.data(), size_, size_, x, 1, 1, workspace_); }

void ShiftedMatrix::multiply(const double* v, double* out) const {
    for (Index i = 0; i < size_; ++i) out[i] = diagonal_[static_cast<std::size_t>(i)] * v[i];
    for (Index i = 0; i < size_; ++i) {
        const double* row = matrix_.data() + i * size_ + i + 1;
        out[i] += linalg::dot(row, v + i + 1, size_ - i - 1);
        linalg::add_scaled(v[i], row, out + i + 1, size_ - i - 1);
    }
}

Proposal newton_step(ShiftedMatrix& matrix, const Point& at, double shift, double* p) {
    const Index n = matrix.size();
    std::copy(at.gradient.begin(), at.gradient.end(), p);
    linalg::scale(-1, p, n);
    matrix.solve(p);
    const double slope = linalg::dot(at.gradient.data(), p, n), square = linalg::dot(p, p, n);
    return {.possible = std::isfinite(slope),
            .slope = slope,
            .predicted = 0.5 * (shift * square - slope),
            .curvature = (-slope - shift * square) / square,
            .damping = shift};
}

}  // namespace ravine::optim
