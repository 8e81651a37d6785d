#include "linalg/pivoted_triangle.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/interrupt.hpp"
#include "linalg/upper_triangle.hpp"
#include "linalg/vectors.hpp"

namespace ravine::linalg {

namespace {

// Once so little is left of a column's square, the running difference has lost too many digits.
constexpr double worth_summing_again = 1e-8;

}  // namespace

PivotedTriangle::PivotedTriangle(double* r, Index n, Index columns, Index stride, Index* order, double* scratch)
    : r_(r),
      n_(n),
      columns_(columns),
      stride_(stride),
      rank_(0),
      order_(order),
      squares_(scratch),
      known_(scratch + n),
      w_(scratch + 2 * n) {}

Index PivotedTriangle::factor(double tolerance) {
    std::iota(order_, order_ + n_, Index{0});
    std::fill_n(squares_, n_, 0.0);
    for (Index i = 0; i < n_; ++i) {
        for (Index j = i; j < n_; ++j) squares_[j] += r_[i * stride_ + j] * r_[i * stride_ + j];
    }
    std::copy_n(squares_, n_, known_);
    for (Index k = 0; k < n_; ++k) {
        interrupt::poll();
        choose(k);
        reflect(k);
    }
    const double least = n_ == 0 ? 0 : tolerance * std::abs(r_[0]);
    while (rank_ < n_ && std::abs(r_[rank_ * (stride_ + 1)]) > least) ++rank_;
    if (rank_ < n_) clear_behind_rank();
    return rank_;
}

// The longest of the columns that are left comes next.
void PivotedTriangle::choose(Index k) {
    const Index best = std::max_element(squares_ + k, squares_ + n_) - squares_;
    if (best == k) return;
    for (Index i = 0; i < n_; ++i) std::swap(r_[i * stride_ + k], r_[i * stride_ + best]);
    std::swap(order_[k], order_[best]);
    std::swap(squares_[k], squares_[best]);
    std::swap(known_[k], known_[best]);
}

// [alpha; c] -> [beta; 0] in column k, and what that does to the columns behind it.
void PivotedTriangle::reflect(Index k) {
    const Index rest = n_ + columns_ - k - 1;
    double* const top = r_ + k * stride_ + k;
    double square = 0;
    for (Index i = k + 1; i < n_; ++i) square += r_[i * stride_ + k] * r_[i * stride_ + k];
    if (square > 0) {
        const double alpha = *top, length = std::sqrt(alpha * alpha + square), beta = alpha > 0 ? -length : length;
        const double tau = (beta - alpha) / beta, inverse = 1 / (alpha - beta);
        std::copy_n(top + 1, rest, w_);
        for (Index i = k + 1; i < n_; ++i) {
            r_[i * stride_ + k] *= inverse;
            add_scaled(r_[i * stride_ + k], r_ + i * stride_ + k + 1, w_, rest);
        }
        *top = beta;
        add_scaled(-tau, w_, top + 1, rest);
        for (Index i = k + 1; i < n_; ++i) {
            add_scaled(-tau * r_[i * stride_ + k], w_, r_ + i * stride_ + k + 1, rest);
            r_[i * stride_ + k] = 0;
        }
    }
    for (Index j = k + 1; j < n_; ++j) {
        squares_[j] -= r_[k * stride_ + j] * r_[k * stride_ + j];
        if (squares_[j] > worth_summing_again * known_[j]) continue;
        squares_[j] = 0;
        for (Index i = k + 1; i < n_; ++i) squares_[j] += r_[i * stride_ + j] * r_[i * stride_ + j];
        known_[j] = squares_[j];
    }
}

// [R₁ R₂] -> [T 0] by reflections of columns: row k's has 1 at column k and z behind the rank, which stays in R₂'s
// place with τ in w_. Golub and Van Loan (2013), section 5.4.7.
void PivotedTriangle::clear_behind_rank() {
    const Index rest = n_ - rank_;
    for (Index k = rank_ - 1; k >= 0; --k) {
        double* const row = r_ + k * stride_;
        double* const z = row + rank_;
        const double square = dot(z, z, rest);
        w_[k] = 0;
        if (square == 0) continue;
        const double alpha = row[k], length = std::sqrt(alpha * alpha + square), beta = alpha > 0 ? -length : length;
        w_[k] = (beta - alpha) / beta;
        scale(1 / (alpha - beta), z, rest);
        row[k] = beta;
        for (Index i = 0; i < k; ++i) {
            double* const other = r_ + i * stride_;
            const double s = w_[k] * (other[k] + dot(z, other + rank_, rest));
            other[k] -= s;
            add_scaled(-s, z, other + rank_, rest);
        }
    }
}

void PivotedTriangle::solve(Index side, double* y) const {
    double* const z = known_;  // factor() is done with it
    std::fill_n(z, n_, 0.0);
    for (Index i = 0; i < rank_; ++i) z[i] = r_[i * stride_ + n_ + side];
    solve_upper(r_, rank_, stride_, z);
    for (Index k = 0; rank_ < n_ && k < rank_; ++k) {
        const double* const behind = r_ + k * stride_ + rank_;
        const double s = w_[k] * (z[k] + dot(behind, z + rank_, n_ - rank_));
        z[k] -= s;
        add_scaled(-s, behind, z + rank_, n_ - rank_);
    }
    for (Index i = 0; i < n_; ++i) y[order_[i]] = z[i];
}

}  // namespace ravine::linalg
