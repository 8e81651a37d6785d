#include "objective/sum_of_squares.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "linalg/vectors.hpp"

namespace ravine::objective {

namespace {

// The least part of ρ′ that a row of the Gauss-Newton matrix keeps where ρ bends down.
constexpr double least_curvature = 1e-2;

// How far along a step the residuals are asked for to tell how they bend (Transtrum and Sethna (2012), section 3).
constexpr double probe_length = 0.1;

bool is_at(const std::vector<double>& point, const double* x) {
    return !point.empty() && std::equal(point.begin(), point.end(), x);
}

}  // namespace

SumOfSquares::SumOfSquares(Objective& f, FitSettings settings)
    : f_(f),
      settings_(std::move(settings)),
      residuals_(static_cast<std::size_t>(f.residual_count())),
      jacobian_residuals_(residuals_.size()),
      jacobian_(static_cast<std::size_t>(checked_product(f.residual_count(), f.size()))),
      probe_(static_cast<std::size_t>(f.size())),
      scratch_(residuals_.size()) {
    if (!settings_.loss) return;
    for (auto* each : {&z_, &residual_factor_, &row_factor_}) each->resize(residuals_.size());
    rho_.resize(3 * residuals_.size());
}

Abilities SumOfSquares::abilities() const {
    const Abilities inner = f_.abilities();
    return {.gradient = true,
            .hessian = inner.hessian,
            .hessian_product = inner.hessian_product,
            .gauss_newton = true,
            .gauss_newton_product = true,
            .path_bending = true,
            .residuals = true};
}

const Counts& SumOfSquares::counts() const {
    shown_ = f_.counts();
    shown_.value = shown_.residuals;
    shown_.gradient = shown_.jacobian = jacobians_;
    return shown_;
}

const double* SumOfSquares::parameter_scale() const {
    return settings_.parameter_scale.empty() ? nullptr : settings_.parameter_scale.data();
}

const double* SumOfSquares::plain_residuals(const double* x) {
    if (is_at(residuals_at_, x)) return residuals_.data();
    if (is_at(jacobian_at_, x)) return jacobian_residuals_.data();
    residuals_at_.clear();
    f_.residuals(x, residuals_.data());
    residuals_at_.assign(x, x + size());
    return residuals_.data();
}

void SumOfSquares::need_jacobian(const double* x) {
    if (is_at(jacobian_at_, x)) return;
    const double* const r = plain_residuals(x);
    jacobian_at_.clear();
    std::copy_n(r, residual_count(), jacobian_residuals_.data());
    ++jacobians_;
    f_.jacobian(x, jacobian_.data());
    jacobian_at_.assign(x, x + size());
}

// The loss at r: with ρ′ and ρ″ at z = r²/s² the gradient is Jᵀ diag(ρ′) r and a Gauss-Newton matrix is
// Jᵀ diag(ρ′ + 2 z ρ″) J (Triggs et al., Bundle adjustment (2000), section 4.3), kept positive.
void SumOfSquares::weigh(const double* r) {
    const Index m = residual_count();
    for (Index i = 0; i < m; ++i) {
        const double ratio = r[i] / settings_.loss_scale;
        z_[static_cast<std::size_t>(i)] = ratio * ratio;
    }
    settings_.loss(z_.data(), m, rho_.data());
    const double *slope = rho_.data() + m, *bend = slope + m;
    for (Index i = 0; i < m; ++i) {
        const auto k = static_cast<std::size_t>(i);
        const double curvature = std::max(slope[i] + 2 * z_[k] * bend[i], least_curvature * slope[i]);
        row_factor_[k] = std::sqrt(curvature);
        residual_factor_[k] = slope[i] == 0 ? 0 : slope[i] / row_factor_[k];
    }
}

double SumOfSquares::do_value(const double* x) {
    const double* const r = plain_residuals(x);
    const Index m = residual_count();
    if (!settings_.loss) return 0.5 * linalg::dot(r, r, m);
    weigh(r);
    double sum = 0;
    for (Index i = 0; i < m; ++i) sum += rho_[static_cast<std::size_t>(i)];
    return 0.5 * settings_.loss_scale * settings_.loss_scale * sum;
}

double SumOfSquares::do_value_and_gradient(const double* x, double* gradient) {
    const double value = do_value(x);
    do_gradient(x, gradient);
    return value;
}

// Jᵀv, (n,).
void SumOfSquares::multiply_transposed(const double* v, double* out) const {
    const Index n = size();
    std::fill_n(out, n, 0.0);
    for (Index i = 0; i < residual_count(); ++i) linalg::add_scaled(v[i], jacobian_.data() + i * n, out, n);
}

void SumOfSquares::do_gradient(const double* x, double* out) {
    need_jacobian(x);
    const double* const r = jacobian_residuals_.data();
    if (!settings_.loss) return multiply_transposed(r, out);
    weigh(r);
    for (std::size_t i = 0; i < scratch_.size(); ++i) scratch_[i] = rho_[scratch_.size() + i] * r[i];
    multiply_transposed(scratch_.data(), out);
}

void SumOfSquares::do_residuals(const double* x, double* out) {
    const double* const r = plain_residuals(x);
    std::copy_n(r, residual_count(), out);
    if (!settings_.loss) return;
    weigh(r);
    for (std::size_t i = 0; i < residual_factor_.size(); ++i) out[i] *= residual_factor_[i];
}

void SumOfSquares::do_jacobian(const double* x, double* out) {
    need_jacobian(x);
    std::copy(jacobian_.begin(), jacobian_.end(), out);
    if (!settings_.loss) return;
    weigh(jacobian_residuals_.data());
    const Index n = size();
    for (Index i = 0; i < residual_count(); ++i)
        linalg::scale(row_factor_[static_cast<std::size_t>(i)], out + i * n, n);
}

void SumOfSquares::do_gauss_newton(const double* x, double* out) {
    const Index n = size();
    std::vector<double> rows(jacobian_.size());
    do_jacobian(x, rows.data());
    std::fill_n(out, n * n, 0.0);
    for (Index k = 0; k < residual_count(); ++k) {
        const double* row = rows.data() + k * n;
        for (Index i = 0; i < n; ++i) linalg::add_scaled(row[i], row, out + i * n, n);
    }
}

void SumOfSquares::do_gauss_newton_product(const double* x, const double* v, double* out) {
    need_jacobian(x);
    if (settings_.loss) weigh(jacobian_residuals_.data());
    for (std::size_t k = 0; k < scratch_.size(); ++k) {
        const double factor = settings_.loss ? row_factor_[k] * row_factor_[k] : 1.0;
        scratch_[k] = factor * linalg::dot(jacobian_.data() + static_cast<Index>(k) * size(), v, size());
    }
    multiply_transposed(scratch_.data(), out);
}

// r″ along v from r at x and at x + h v, and from Jv: 2/h ((r(x + h v) - r)/h - Jv), an error of order h.
void SumOfSquares::do_path_bending(const double* x, const double* v, double* out) {
    need_jacobian(x);
    const Index n = size();
    const double h = probe_length;
    for (Index j = 0; j < n; ++j) probe_[static_cast<std::size_t>(j)] = x[j] + h * v[j];
    f_.residuals(probe_.data(), scratch_.data());
    if (settings_.loss) weigh(jacobian_residuals_.data());
    for (std::size_t i = 0; i < scratch_.size(); ++i) {
        const double rise = (scratch_[i] - jacobian_residuals_[i]) / h;
        const double factor = settings_.loss ? row_factor_[i] * row_factor_[i] : 1.0;
        scratch_[i] = factor * 2 / h * (rise - linalg::dot(jacobian_.data() + static_cast<Index>(i) * n, v, n));
    }
    multiply_transposed(scratch_.data(), out);
}

double SumOfSquares::rounding_error(const double* x, double, const double*) {
    need_jacobian(x);
    const Index n = size();
    if (settings_.loss) weigh(jacobian_residuals_.data());
    constexpr double epsilon = std::numeric_limits<double>::epsilon();
    double sum = 0;
    for (std::size_t i = 0; i < scratch_.size(); ++i) {
        const double* const row = jacobian_.data() + static_cast<Index>(i) * n;
        const double r = std::abs(jacobian_residuals_[i]), slope = settings_.loss ? rho_[scratch_.size() + i] : 1.0;
        double size_of_r = r;
        for (Index j = 0; j < n; ++j) size_of_r += std::abs(row[j] * x[j]);
        const double error = epsilon * size_of_r;
        sum += slope * error * (r + error);
    }
    return sum;
}

}  // namespace ravine::objective
