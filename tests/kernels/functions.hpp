// Functions with known minima, saddles and curvatures, for the tests of the rooms objective and optim.
#pragma once

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "objective/objective.hpp"

namespace ravine::testing {

using objective::Abilities;
using objective::Objective;

// Σ (100 (x_{2k+1} - x_{2k}²)² + (1 - x_{2k})²), n even: minimum 0 at (1, …, 1).
class Rosenbrock final : public Objective {
  public:
    explicit Rosenbrock(Index n) : n_(n) {}
    Index size() const override { return n_; }
    Abilities abilities() const override {
        return {.gradient = true, .hessian = true, .hessian_product = true, .gauss_newton = true, .residuals = true};
    }
    Index residual_count() const override { return n_; }

  private:
    double do_value(const double* x) override {
        double sum = 0;
        for (Index k = 0; k < n_; k += 2) {
            const double u = x[k + 1] - x[k] * x[k], v = 1 - x[k];
            sum += 100 * u * u + v * v;
        }
        return sum;
    }
    double do_value_and_gradient(const double* x, double* g) override {
        for (Index k = 0; k < n_; k += 2) {
            const double u = x[k + 1] - x[k] * x[k];
            g[k] = -400 * u * x[k] - 2 * (1 - x[k]);
            g[k + 1] = 200 * u;
        }
        return do_value(x);
    }
    void do_hessian(const double* x, double* out) override {
        std::fill_n(out, n_ * n_, 0.0);
        for (Index k = 0; k < n_; k += 2) {
            out[k * n_ + k] = 1200 * x[k] * x[k] - 400 * x[k + 1] + 2;
            out[k * n_ + k + 1] = out[(k + 1) * n_ + k] = -400 * x[k];
            out[(k + 1) * n_ + k + 1] = 200;
        }
    }
    void do_hessian_product(const double* x, const double* v, double* out) override {
        std::vector<double> matrix(static_cast<std::size_t>(n_ * n_));
        do_hessian(x, matrix.data());
        for (Index i = 0; i < n_; ++i) {
            out[i] = 0;
            for (Index j = 0; j < n_; ++j) out[i] += matrix[static_cast<std::size_t>(i * n_ + j)] * v[j];
        }
    }
    // r = √2 (10 u, v): ½ ‖r‖² = f.
    void do_residuals(const double* x, double* r) override {
        for (Index k = 0; k < n_; k += 2) {
            r[k] = 10 * std::sqrt(2.0) * (x[k + 1] - x[k] * x[k]);
            r[k + 1] = std::sqrt(2.0) * (1 - x[k]);
        }
    }
    void do_jacobian(const double* x, double* out) override {
        const double root = std::sqrt(2.0);
        std::fill_n(out, n_ * n_, 0.0);
        for (Index k = 0; k < n_; k += 2) {
            out[k * n_ + k] = -20 * root * x[k];
            out[k * n_ + k + 1] = 10 * root;
            out[(k + 1) * n_ + k] = -root;
        }
    }
    void do_gauss_newton(const double* x, double* out) override {
        std::fill_n(out, n_ * n_, 0.0);
        for (Index k = 0; k < n_; k += 2) {
            out[k * n_ + k] = 800 * x[k] * x[k] + 2;
            out[k * n_ + k + 1] = out[(k + 1) * n_ + k] = -400 * x[k];
            out[(k + 1) * n_ + k + 1] = 200;
        }
    }

    Index n_;
};

// A function of two variables by its formulas.
class Plane final : public Objective {
  public:
    using Value = double (*)(double, double);
    using Gradient = void (*)(double, double, double*);
    using Hessian = void (*)(double, double, double*);

    Plane(Value f, Gradient g, Hessian h) : value_(f), gradient_(g), hessian_(h) {}
    Index size() const override { return 2; }
    Abilities abilities() const override {
        return {.gradient = true, .hessian = hessian_ != nullptr, .hessian_product = hessian_ != nullptr};
    }
    void keep(const double* x) override { kept = {x[0], x[1]}; }

    std::vector<double> kept;

  private:
    double do_value(const double* x) override { return value_(x[0], x[1]); }
    double do_value_and_gradient(const double* x, double* g) override {
        gradient_(x[0], x[1], g);
        return value_(x[0], x[1]);
    }
    void do_hessian(const double* x, double* out) override { hessian_(x[0], x[1], out); }
    void do_hessian_product(const double* x, const double* v, double* out) override {
        double h[4];
        hessian_(x[0], x[1], h);
        out[0] = h[0] * v[0] + h[1] * v[1];
        out[1] = h[2] * v[0] + h[3] * v[1];
    }

    Value value_;
    Gradient gradient_;
    Hessian hessian_;
};

// ¼x⁴ - ½x² + ½y²: a saddle at 0, minima of -¼ at (±1, 0).
inline Plane double_well() {
    return {[](double x, double y) { return x * x * x * x / 4 - x * x / 2 + y * y / 2; },
            [](double x, double y, double* g) { g[0] = x * x * x - x, g[1] = y; },
            [](double x, double, double* h) { h[0] = 3 * x * x - 1, h[1] = h[2] = 0, h[3] = 1; }};
}

// -x² + y² without an end.
inline Plane unbounded_saddle() {
    return {[](double x, double y) { return y * y - x * x; },
            [](double x, double y, double* g) { g[0] = -2 * x, g[1] = 2 * y; },
            [](double, double, double* h) { h[0] = -2, h[1] = h[2] = 0, h[3] = 2; }};
}

// (x - 1)⁴ + (y + 2)⁴: a minimum where the Hessian vanishes.
inline Plane quartic() {
    return {[](double x, double y) { return std::pow(x - 1, 4) + std::pow(y + 2, 4); },
            [](double x, double y, double* g) { g[0] = 4 * std::pow(x - 1, 3), g[1] = 4 * std::pow(y + 2, 3); },
            [](double x, double y, double* h) {
                h[0] = 12 * (x - 1) * (x - 1), h[1] = h[2] = 0, h[3] = 12 * (y + 2) * (y + 2);
            }};
}

}  // namespace ravine::testing
