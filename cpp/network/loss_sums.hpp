#pragma once

// Losses that are sums over outputs, Σ_k l(f_k, y_k): one function l each, with l′ and l″. A missing target leaves its
// term out.

#include "network/loss_column.hpp"

namespace ravine::network {

template <typename T, typename Term>
struct SumOverOutputs {
    Term term;

    simd::Pack<T> operator()(const Column<T>& column) const {
        const simd::Pack<T> w = column.weight();
        simd::Pack<T> sum{};
        for (Index k = 0; k < column.outputs(); ++k) {
            const LossTerm<T> l = at(column, column.f(k), column.target(k));
            sum += l.value;
            column.put_gradient(k, w * l.slope);
            column.put_diagonal_hessian(k, w * l.curvature);
        }
        return w * sum;
    }

    LossTerm<T> at(const Column<T>& column, simd::Pack<T> f, simd::Pack<T> y) const {
        if (!column.block.masked) return term(f, y);
        const auto present = is_there<T>(y);
        return term(f, present ? y : simd::Pack<T>{}).where(present);
    }
};

// ½ e², e = f - y
template <typename T>
struct SquaredErrorTerm {
    LossTerm<T> operator()(simd::Pack<T> f, simd::Pack<T> y) const {
        const simd::Pack<T> error = f - y;
        return {T(0.5) * error * error, error, simd::splat(T(1))};
    }
};

// softplus(f) - y f
template <typename T>
struct BinaryCrossEntropyTerm {
    LossTerm<T> operator()(simd::Pack<T> f, simd::Pack<T> y) const {
        const simd::Pack<T> e = math::exp_of_minus_abs<T>(f), inverse = 1 / (1 + e), small = e * inverse;
        const simd::Pack<T> s = f < 0 ? small : inverse;
        // Without cancellation where y is 1: max(f, 0) - y f is (1 - y) f or -y f.
        return {(f < 0 ? -y * f : (1 - y) * f) + math::log1p<T>(e), s - y, small * inverse};
    }
};

// ½ e² where |e| <= delta, else delta (|e| - ½ delta)
template <typename T>
struct HuberTerm {
    T delta;

    LossTerm<T> operator()(simd::Pack<T> f, simd::Pack<T> y) const {
        const simd::Pack<T> error = f - y, size = simd::abs<T>(error);
        const simd::Pack<T> inside = T(0.5) * error * error, outside = delta * (size - T(0.5) * delta);
        const auto near = size <= delta;
        const simd::Pack<T> edge = error < 0 ? simd::splat(-delta) : simd::splat(delta);
        return {near ? inside : outside, near ? error : edge, near ? simd::splat(T(1)) : simd::Pack<T>{}};
    }
};

// delta² (s - 1) = e² / (1 + s) with s = √(1 + (e/delta)²): the second form does not cancel
template <typename T>
struct PseudoHuberTerm {
    T delta;

    LossTerm<T> operator()(simd::Pack<T> f, simd::Pack<T> y) const {
        constexpr T large = 1e10;  // from here on s is |e/delta| to rounding, and its square might overflow
        const simd::Pack<T> error = f - y, ratio = simd::abs<T>(error / delta);
        const simd::Pack<T> s = ratio > large ? ratio : simd::sqrt<T>(1 + ratio * ratio);
        const simd::Pack<T> inverse = 1 / s;
        return {simd::abs<T>(error) * (simd::abs<T>(error) / (1 + s)), error * inverse, inverse * inverse * inverse};
    }
};

// exp(f) - y f
template <typename T>
struct PoissonTerm {
    LossTerm<T> operator()(simd::Pack<T> f, simd::Pack<T> y) const {
        const simd::Pack<T> rate = math::exp<T>(f);
        return {rate - y * f, rate - y, rate};
    }
};

// ½ Σ log v + (y - f)²/v, v = v_min + exp(s): outputs are the means f, then as many s. In terms of log v nothing
// overflows: p = exp(s)/v is the slope of log v in s, and p (1 - p) the slope of p.
template <typename T>
struct Gaussian {
    T log_floor;
    SecondDerivative second;

    simd::Pack<T> operator()(const Column<T>& column) const {
        const Index half = column.outputs() / 2;
        const simd::Pack<T> w = column.weight();
        simd::Pack<T> sum{};
        clear_hessian(column);
        for (Index k = 0; k < half; ++k) sum += put(column, k, half + k, w);
        return w * sum;
    }

    static void clear_hessian(const Column<T>& column) {
        for (Index j = 0; j < column.outputs(); ++j) column.put_diagonal_hessian(j, simd::Pack<T>{});
    }

    // The term of mean f_k and parameter s = f_j.
    simd::Pack<T> put(const Column<T>& column, Index k, Index j, simd::Pack<T> w) const {
        simd::Pack<T> y = column.target(k);
        const auto present = is_there<T>(y);
        const simd::Pack<T> none{};
        if (column.block.masked) {
            y = present ? y : none;
            w = present ? w : none;
        }
        const simd::Pack<T> excess = column.f(j) - log_floor;
        const simd::Pack<T> log_v = log_floor + math::softplus<T>(excess), p = math::logistic<T>(excess);
        const simd::Pack<T> inverse = math::exp<T>(-log_v), error = column.f(k) - y;
        const simd::Pack<T> scaled = error * inverse, q = error * scaled;
        column.put_gradient(k, w * scaled);
        column.put_gradient(j, w * (T(0.5) * (1 - q) * p));
        const bool fisher = second == SecondDerivative::positive;
        const simd::Pack<T> bend = (1 - q) * p * (1 - p) + q * p * p;
        column.put_hessian(k, k, w * inverse);
        column.put_symmetric_hessian(k, j, fisher ? none : w * (-scaled * p));
        column.put_hessian(j, j, w * (T(0.5) * (fisher ? p * p : bend)));
        const simd::Pack<T> value = T(0.5) * (log_v + q);
        return column.block.masked ? (present ? value : none) : value;
    }
};

}  // namespace ravine::network
