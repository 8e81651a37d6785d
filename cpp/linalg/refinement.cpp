#include "linalg/refinement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/interrupt.hpp"
#include "linalg/triangular.hpp"
#include "linalg/vectors.hpp"

namespace ravine::linalg {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
constexpr double floor_of_rounding = 256 * eps;
constexpr double least_progress = 0.5;

// The right-hand sides of one call, and what is left of each.
class Sides {
  public:
    Sides(const SingleFactor& factor, const double* b, Index count, double* x)
        : factor_(factor),
          b_(b),
          count_(count),
          x_(x),
          norm_(factor.norm),
          rest_(b, b + checked_product(count, factor.n)),
          single_(rest_.size()) {
        std::fill_n(x, count * factor.n, 0.0);
    }

    // x += A⁻¹ rest, as far as single precision tells it; each rest is scaled to numbers of about 1 first.
    void correct() {
        const Index n = factor_.n;
        for (Index side = 0; side < count_; ++side) {
            const double *rest = rest_.data() + side * n, size = scale_of(rest);
            for (Index i = 0; i < n; ++i) single_[index(i, side)] = static_cast<float>(rest[i] / size);
        }
        cholesky_solve(factor_.l, n, factor_.stride, single_.data(), count_, count_, workspace_);
        for (Index side = 0; side < count_; ++side) {
            double* const x = x_ + side * n;
            const double size = scale_of(rest_.data() + side * n) * factor_.scale;
            for (Index i = 0; i < n; ++i) x[i] += size * static_cast<double>(single_[index(i, side)]);
        }
    }

    // rest = b - A x; returns the largest backward error.
    double look(const BlockProduct& product) {
        const Index n = factor_.n;
        product(x_, count_, rest_.data());
        double worst = 0;
        for (Index side = 0; side < count_; ++side) {
            double* const rest = rest_.data() + side * n;
            const double *b = b_ + side * n, size = norm(x_ + side * n, n);
            if (size > 0) norm_ = std::max(norm_, norm(rest, n) / size);
            for (Index i = 0; i < n; ++i) rest[i] = b[i] - rest[i];
            const double left = norm(rest, n);
            if (left == 0) continue;
            const double error = left / (norm_ * size + norm(b, n));
            worst = error <= worst ? worst : error;  // NaN counts as worse
        }
        return worst;
    }

  private:
    std::size_t index(Index i, Index side) const { return static_cast<std::size_t>(i * count_ + side); }

    double scale_of(const double* rest) const {
        const double size = largest(rest, factor_.n);
        return size > 0 ? size : 1;
    }

    const SingleFactor& factor_;
    const double* b_;
    Index count_;
    double* x_;
    double norm_;                // the largest ‖A x‖ / ‖x‖ so far
    std::vector<double> rest_;   // (count, n)
    std::vector<float> single_;  // (n, count)
    Workspace workspace_;
};

}  // namespace

Refinement refine(const SingleFactor& factor, const BlockProduct& product, const double* b, Index count, double* x) {
    Sides sides(factor, b, count, x);
    double before = std::numeric_limits<double>::infinity();
    for (int steps = 1;; ++steps) {
        interrupt::poll();
        sides.correct();
        const double error = sides.look(product);
        if (error <= eps) return {.converged = true, .steps = steps};
        if (!(error <= least_progress * before)) return {.converged = error <= floor_of_rounding, .steps = steps};
        before = error;
    }
}

}  // namespace ravine::linalg
