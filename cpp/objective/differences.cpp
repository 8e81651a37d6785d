#include "objective/differences.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "base/interrupt.hpp"
#include "linalg/vectors.hpp"

namespace ravine::objective {

namespace {

// Where f is asked for, in steps, and its weight. The weights are powers of two, and pairs stand together: what does
// not change has the derivative zero, exactly.
struct Sample {
    double where, weight;
};

struct Rule {
    double relative_step, denominator;
    std::span<const Sample> samples;
};

Rule rule_of(Formula formula) {
    static constexpr std::array<Sample, 2> two = {{{1, 1}, {0, -1}}};
    static constexpr std::array<Sample, 2> three = {{{1, 1}, {-1, -1}}};
    static constexpr std::array<Sample, 4> five = {{{1, 8}, {-1, -8}, {2, -1}, {-2, 1}}};
    if (formula == Formula::two_point) return {1.5e-8, 1, two};
    if (formula == Formula::three_point) return {6.1e-6, 2, three};
    return {7.4e-4, 12, five};
}

}  // namespace

Differences::Differences(Objective& f, Derivative made, Formula formula, std::vector<double> least_sizes)
    : f_(f),
      made_(made),
      formula_(formula),
      least_sizes_(std::move(least_sizes)),
      point_(static_cast<std::size_t>(f.size())),
      direction_(static_cast<std::size_t>(f.size())),
      sample_(static_cast<std::size_t>(std::max({f.size(), f.residual_count(), Index(1)}))),
      slope_(sample_.size()) {}

Abilities Differences::abilities() const {
    Abilities can = f_.abilities();
    can.gradient = can.gradient || made_ == Derivative::gradient;
    can.hessian = can.hessian || made_ == Derivative::hessian;
    can.hessian_product = can.hessian_product || made_ == Derivative::hessian;
    if (made_ == Derivative::jacobian) can.gauss_newton = can.gauss_newton_product = true;
    return can;
}

bool Differences::gradient_comes_with_value() const {
    return made_ != Derivative::gradient && f_.gradient_comes_with_value();
}

double Differences::step_at(double coordinate, std::size_t i) const {
    return rule_of(formula_).relative_step *
           std::max(std::abs(coordinate), least_sizes_.empty() ? 1.0 : least_sizes_[i]);
}

// out (outputs,) = the derivative of evaluate(x, out) along `direction`.
template <typename Evaluate>
void Differences::differentiate(const double* x, const double* direction, double step, Index outputs, double* out,
                                Evaluate&& evaluate) {
    std::fill_n(out, outputs, 0.0);
    const Rule rule = rule_of(formula_);
    for (const auto& [where, weight] : rule.samples) {
        for (std::size_t i = 0; i < point_.size(); ++i) point_[i] = x[i] + where * step * direction[i];
        evaluate(point_.data(), sample_.data());
        linalg::add_scaled(weight, sample_.data(), out, outputs);
    }
    linalg::scale(1 / (rule.denominator * step), out, outputs);
    interrupt::poll();
}

// The derivative by x_i goes to out[i], and to out[i + stride], …
template <typename Evaluate>
void Differences::differentiate_by_each(const double* x, Index outputs, double* out, Index stride,
                                        Evaluate&& evaluate) {
    std::fill(direction_.begin(), direction_.end(), 0.0);
    for (std::size_t i = 0; i < direction_.size(); ++i) {
        direction_[i] = 1;
        differentiate(x, direction_.data(), step_at(x[i], i), outputs, slope_.data(), evaluate);
        direction_[i] = 0;
        for (Index j = 0; j < outputs; ++j)
            out[j * stride + static_cast<Index>(i)] = slope_[static_cast<std::size_t>(j)];
    }
}

double Differences::do_value_and_gradient(const double* x, double* gradient) {
    if (made_ != Derivative::gradient) return f_.value_and_gradient(x, gradient);
    do_gradient(x, gradient);
    return f_.value(x);
}

void Differences::do_gradient(const double* x, double* out) {
    if (made_ != Derivative::gradient) return f_.gradient(x, out);
    differentiate_by_each(x, 1, out, 1, [&](const double* at, double* value) { *value = f_.value(at); });
}

// Differences of the gradient, and the mean of both triangles.
void Differences::do_hessian(const double* x, double* out) {
    if (made_ != Derivative::hessian) return f_.hessian(x, out);
    const Index n = size();
    differentiate_by_each(x, n, out, n, [&](const double* at, double* to) { f_.gradient(at, to); });
    for (Index i = 0; i < n; ++i) {
        for (Index j = 0; j < i; ++j) out[i * n + j] = out[j * n + i] = 0.5 * (out[i * n + j] + out[j * n + i]);
    }
}

void Differences::do_hessian_product(const double* x, const double* v, double* out) {
    if (made_ != Derivative::hessian) return f_.hessian_product(x, v, out);
    const Index n = size();
    const double length = linalg::norm(v, n);
    if (length == 0) return static_cast<void>(std::fill_n(out, n, 0.0));
    const double step = rule_of(formula_).relative_step * std::max(linalg::largest(x, n), 1.0);
    differentiate(x, v, step / length, n, out, [&](const double* at, double* to) { f_.gradient(at, to); });
}

void Differences::do_jacobian(const double* x, double* out) {
    if (made_ != Derivative::jacobian) return f_.jacobian(x, out);
    differentiate_by_each(x, f_.residual_count(), out, size(),
                          [&](const double* at, double* to) { f_.residuals(at, to); });
}

}  // namespace ravine::objective
