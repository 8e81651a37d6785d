#pragma once

// Losses that compare the outputs of one row with each other: one class of several, or one direction.

#include <algorithm>

#include "network/loss_column.hpp"

namespace ravine::network {

// -Σ y log p, p = softmax(f)
template <typename T>
struct CrossEntropy {
    using Pack = simd::Pack<T>;

    Pack operator()(const Column<T>& column) const {
        const Index outputs = column.outputs();
        Pack largest = column.f(0);
        for (Index k = 1; k < outputs; ++k) largest = column.f(k) > largest ? column.f(k) : largest;
        Pack total{}, target_total{};
        for (Index k = 0; k < outputs; ++k) {
            const Pack e = math::exp<T>(column.f(k) - largest);
            column.put_gradient(k, e);
            total += e;
            target_total += column.target(k);
        }
        const Pack log_total = math::log<T>(total), w = column.weight();
        Pack sum{};
        for (Index k = 0; k < outputs; ++k) {
            const Pack y = column.target(k), loss = y * (log_total + (largest - column.f(k)));
            sum += y == 0 ? Pack{} : loss;
        }
        if (column.hessian != nullptr) put_hessian(column, w * target_total, largest, total);
        if (column.product != nullptr) put_product(column, w * target_total, largest, total);
        if (column.gradient != nullptr) {
            const Pack scale = target_total / total;
            for (Index k = 0; k < outputs; ++k) {
                const Pack e = column.gradient_at(k);
                column.put_gradient(k, w * (e * scale - column.target(k)));
            }
        }
        return w * sum;
    }

    // diag p - ppᵀ: the exponentials are made once, and rest in the first of the rows meanwhile.
    static void put_hessian(const Column<T>& column, Pack weight, Pack largest, Pack total) {
        const Index first = column.hessian_first, outputs = column.outputs();
        for (Index k = 0; k < outputs; ++k)
            simd::store(column.hessian_at(first, k), math::exp<T>(column.f(k) - largest) / total);
        const auto p = [&](Index k) -> Pack { return simd::load(column.hessian_at(first, k)); };
        for (Index j = column.hessian_last - 1; j >= first; --j) {
            const Pack pj = p(j);
            for (Index k = 0; k < outputs; ++k) {
                const Pack pk = p(k), diagonal = weight * (pj * (1 - pj));
                simd::store(column.hessian_at(j, k), j == k ? diagonal : weight * (-pj * pk));
            }
        }
    }

    // p ⊙ (u - pᵀu): the exponentials are made once, and rest in the product meanwhile.
    static void put_product(const Column<T>& column, Pack weight, Pack largest, Pack total) {
        Pack mean{};
        for (Index k = 0; k < column.outputs(); ++k) {
            const Pack p = math::exp<T>(column.f(k) - largest) / total;
            mean += p * column.direction_at(k);
            column.add_product(k, p);
        }
        for (Index k = 0; k < column.outputs(); ++k) {
            T* place = column.product + k * column.direction_stride + column.row;
            simd::store(place, weight * (simd::load(place) * (column.direction_at(k) - mean)));
        }
    }
};

// Σ_{k≠y} max(0, m_k), or its terms squared, m_k = 1 + f_k - f_y. At the kink m_k = 0 both derivatives are 0.
template <typename T, bool squared>
struct Hinge {
    using Pack = simd::Pack<T>;

    Pack operator()(const Column<T>& column) const {
        const Index outputs = column.outputs();
        Pack own{};
        for (Index k = 0; k < outputs; ++k) own = column.is_label(k) ? column.f(k) : own;
        const Pack w = column.weight();
        Pack sum{}, slopes{};
        for (Index k = 0; k < outputs; ++k) {
            const Pack m = violation(column, k, own), slope = slope_of(m);
            sum += squared ? m * m : m;
            slopes += slope;
            column.put_gradient(k, w * slope);
        }
        if (column.gradient != nullptr) {
            for (Index k = 0; k < outputs; ++k)
                column.put_gradient(k, column.is_label(k) ? -w * slopes : column.gradient_at(k));
        }
        if (column.wants_hessian()) put_hessian(column, w, own);
        return w * sum;
    }

    // max(0, m_k), and 0 for the class of the row itself.
    static Pack violation(const Column<T>& column, Index k, Pack own) {
        const Pack m = simd::max<T>(1 + (column.f(k) - own), 0);
        return column.is_label(k) ? Pack{} : m;
    }

    static Pack slope_of(Pack m) {
        if (squared) return 2 * m;
        return m > 0 ? simd::splat(T(1)) : m;  // a NaN stays one
    }

    // 2 Σ_k (e_k - e_y)(e_k - e_y)ᵀ over the violated k of the squared terms.
    static void put_hessian(const Column<T>& column, Pack w, Pack own) {
        const auto active = [&](Index k) -> Pack {
            return violation(column, k, own) > 0 ? simd::splat(T(squared ? 2 : 0)) : Pack{};
        };
        Pack total{};
        for (Index k = 0; k < column.outputs(); ++k) total += active(k);
        column.for_hessian([&](Index j, Index k) {
            const auto own_j = column.is_label(j), own_k = column.is_label(k);
            const Pack a_j = active(j), a_k = active(k), none{};
            if (j == k) return column.put_hessian(j, j, w * (own_j ? total : a_j));
            const Pack not_own_j = own_k ? -a_j : none;
            column.put_hessian(j, k, w * (own_j ? -a_k : not_own_j));
        });
    }
};

// 1 - c, c = u·v with u = f/‖f‖, v = y/‖y‖; where a norm is too small to be divided by, the loss is 1 and flat.
template <typename T>
struct Cosine {
    using Pack = simd::Pack<T>;
    SecondDerivative second;

    // √(smallest normal number): the reciprocal of its square is still finite.
    static constexpr T smallest_norm = std::is_same_v<T, float> ? T(0x1p-63) : T(0x1p-511);

    // max|x| and 1/‖x‖, the latter 0 where there is no direction.
    template <typename X>
    static Pack inverse_norm(Index outputs, const X& x) {
        Pack largest{};
        for (Index k = 0; k < outputs; ++k) {
            const Pack size = simd::abs<T>(x(k));
            largest = size > largest ? size : largest;
        }
        const Pack scale = 1 / simd::max<T>(largest, smallest_norm);  // so that no square overflows
        Pack squares{};
        for (Index k = 0; k < outputs; ++k) {
            const Pack scaled = x(k) * scale;
            squares += scaled * scaled;
        }
        const Pack inverse = scale / simd::sqrt<T>(squares);
        return largest < smallest_norm ? Pack{} : inverse;
    }

    Pack operator()(const Column<T>& column) const {
        const Index outputs = column.outputs();
        const Pack w = column.weight();
        const Pack f_inverse = inverse_norm(outputs, [&](Index k) -> Pack { return column.f(k); });
        const Pack y_inverse = inverse_norm(outputs, [&](Index k) -> Pack { return column.target(k); });
        const auto u = [&](Index k) -> Pack { return column.f(k) * f_inverse; };
        const auto v = [&](Index k) -> Pack { return column.target(k) * y_inverse; };
        Pack c{}, distance{};
        for (Index k = 0; k < outputs; ++k) {
            c += u(k) * v(k);
            distance += (u(k) - v(k)) * (u(k) - v(k));  // ½ of it is 1 - c, and does not cancel near c = 1
        }
        const auto flat = (f_inverse == 0) | (y_inverse == 0);
        const Pack value = flat ? w : w * (T(0.5) * distance);
        const Pack slope = flat ? Pack{} : w * f_inverse;
        for (Index k = 0; k < outputs; ++k) column.put_gradient(k, slope * (c * u(k) - v(k)));
        if (!column.wants_hessian()) return value;
        const Pack bend = slope * f_inverse;
        const bool projection = second == SecondDerivative::positive;
        column.for_hessian([&](Index row, Index k) {
            const Index i = std::max(row, k), j = std::min(row, k);  // the same bits on both sides of the diagonal
            const Pack identity = simd::splat(T(i == j ? 1 : 0));
            const Pack exact = u(i) * v(j) + v(i) * u(j) + c * (identity - 3 * u(i) * u(j));
            column.put_hessian(row, k, bend * (projection ? identity - u(i) * u(j) : exact));
        });
        return value;
    }
};

}  // namespace ravine::network
