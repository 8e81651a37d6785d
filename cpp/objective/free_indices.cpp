#include "objective/free_indices.hpp"

#include <utility>

namespace ravine::objective {

FreeIndices::FreeIndices(Objective& f, std::vector<Index> free, const double* start)
    : f_(f), free_(std::move(free)), whole_(start, start + f.size()), vector_(whole_.size()), result_(whole_.size()) {
    if (f.parameter_scale() == nullptr) return;
    scale_.resize(free_.size());
    take(f.parameter_scale(), scale_.data());
}

const double* FreeIndices::at(const double* x) {
    for (std::size_t i = 0; i < free_.size(); ++i) whole_[static_cast<std::size_t>(free_[i])] = x[i];
    return whole_.data();
}

void FreeIndices::take(const double* whole, double* part) const {
    for (std::size_t i = 0; i < free_.size(); ++i) part[i] = whole[free_[i]];
}

// v with zeros in the place of what is held.
const double* FreeIndices::spread(const double* v) {
    for (std::size_t i = 0; i < free_.size(); ++i) vector_[static_cast<std::size_t>(free_[i])] = v[i];
    return vector_.data();
}

// Rows and columns of matrix_ (n, n) that are free.
void FreeIndices::take_square(double* out) {
    const Index n = f_.size(), m = size();
    for (Index i = 0; i < m; ++i) take(matrix_.data() + free_[static_cast<std::size_t>(i)] * n, out + i * m);
}

double FreeIndices::rounding_error(const double* x, double value, const double* gradient) {
    return f_.rounding_error(at(x), value, spread(gradient));
}

double FreeIndices::do_value_and_gradient(const double* x, double* gradient) {
    const double value = f_.value_and_gradient(at(x), result_.data());
    take(result_.data(), gradient);
    return value;
}

void FreeIndices::do_gradient(const double* x, double* out) {
    f_.gradient(at(x), result_.data());
    take(result_.data(), out);
}

void FreeIndices::do_hessian(const double* x, double* out) {
    matrix_.resize(static_cast<std::size_t>(checked_product(f_.size(), f_.size())));
    f_.hessian(at(x), matrix_.data());
    take_square(out);
}

void FreeIndices::do_gauss_newton(const double* x, double* out) {
    matrix_.resize(static_cast<std::size_t>(checked_product(f_.size(), f_.size())));
    f_.gauss_newton(at(x), matrix_.data());
    take_square(out);
}

void FreeIndices::do_hessian_product(const double* x, const double* v, double* out) {
    f_.hessian_product(at(x), spread(v), result_.data());
    take(result_.data(), out);
}

void FreeIndices::do_sampled_product(const double* x, const RowSample& sample, const double* v, double* out) {
    f_.sampled_product(at(x), sample, spread(v), result_.data());
    take(result_.data(), out);
}

void FreeIndices::do_gauss_newton_product(const double* x, const double* v, double* out) {
    f_.gauss_newton_product(at(x), spread(v), result_.data());
    take(result_.data(), out);
}

void FreeIndices::do_path_bending(const double* x, const double* v, double* out) {
    f_.path_bending(at(x), spread(v), result_.data());
    take(result_.data(), out);
}

void FreeIndices::do_jacobian(const double* x, double* out) {
    const Index n = f_.size(), m = size(), rows = residual_count();
    matrix_.resize(static_cast<std::size_t>(checked_product(rows, n)));
    f_.jacobian(at(x), matrix_.data());
    for (Index i = 0; i < rows; ++i) take(matrix_.data() + i * n, out + i * m);
}

}  // namespace ravine::objective
