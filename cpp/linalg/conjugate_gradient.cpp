#include "linalg/conjugate_gradient.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/interrupt.hpp"
#include "linalg/vectors.hpp"

namespace ravine::linalg {

namespace {

using End = ConjugateGradientEnd;

// A residual carried along, over ‖b‖, that says no more about b - Ax.
constexpr double negligible = 1e-40;

// With M = I, z is r, Mp is p and Mx is x.
struct Vectors {
    Vectors(Cutter& cutter, Index n, bool preconditioned)
        : r(cutter.take<double>(n)),
          p(cutter.take<double>(n)),
          Ap(cutter.take<double>(n)),
          z(preconditioned ? cutter.take<double>(n) : r),
          Mp(preconditioned ? cutter.take<double>(n) : p),
          Mx(preconditioned ? cutter.take<double>(n) : nullptr) {}
    double *r, *p, *Ap, *z, *Mp, *Mx;
};

// Solves for x / ‖b‖, so that no square of a residual underflows because b is small.
class Iteration {
  public:
    Iteration(const ConjugateGradientProblem& problem, const ConjugateGradientOptions& options, double* x,
              double* direction, Cutter cutter)
        : problem_(problem),
          options_(options),
          n_(problem.n),
          size_(norm(problem.b, problem.n)),
          radius_(options.radius / size_),
          limit_(options.max_iterations > 0 ? options.max_iterations : 2 * problem.n + 10),
          v_(cutter, problem.n, problem.preconditioner != nullptr),
          x_(x),
          direction_(direction) {
        result_.threshold = std::max(options.relative_tolerance * size_, options.absolute_tolerance);
        std::fill_n(x_, n_, 0.0);
        if (v_.Mx == nullptr) v_.Mx = x_;
        std::fill_n(v_.Mx, n_, 0.0);
    }

    ConjugateGradientResult run() {
        residual_ = size_ > 0 ? 1.0 : 0.0;
        for (Index i = 0; i < n_; ++i) v_.r[i] = size_ > 0 ? problem_.b[i] / size_ : 0.0;
        last_formed_ = residual_;
        End end = iterate();
        if (!options_.true_residual || size_ == 0 || end == End::not_finite) return scaled_back(end);
        form_residual();
        while (arrived(end) && !converged()) {
            end = End::rounding_floor;
            if (residual_ > 0.5 * last_formed_) break;
            last_formed_ = residual_;
            end = iterate();
            if (end == End::not_finite) break;
            form_residual();
        }
        if (arrived(end) && converged()) end = End::converged;
        return scaled_back(end);
    }

  private:
    End iterate() {
        if (converged()) return End::converged;
        if (const auto end = turn(0.0)) return *end;
        while (result_.iterations < limit_) {
            interrupt::poll();
            if (const auto end = advance()) return *end;
            if (converged()) return End::converged;
            if (residual_ < negligible) return End::rounding_floor;  // its squares would soon be no numbers
            const double before = rz_;
            if (const auto end = turn(before)) return *end;
        }
        return End::iteration_limit;
    }

    // Along p to the minimum of the model, or to where that is not possible.
    std::optional<End> advance() {
        multiply(v_.p, v_.Ap);
        ++result_.iterations;
        const double length = norm(v_.p, n_), image = norm(v_.Ap, n_);
        if (!std::isfinite(image)) return End::not_finite;
        const double pAp = dot(v_.p, v_.Ap, n_);
        note_curvature(pAp / length / length);
        const bool bounded = std::isfinite(radius_);
        if (pAp <= std::numeric_limits<double>::epsilon() * length * image) {
            if (direction_ != nullptr) std::copy_n(v_.p, n_, direction_);
            if (bounded) step(step_to_boundary(), pAp);
            return End::negative_curvature;
        }
        const double length_of_step = rz_ / pAp;
        if (bounded && length_of_step >= step_to_boundary()) {
            step(step_to_boundary(), pAp);
            return End::boundary;
        }
        step(length_of_step, pAp);
        return std::nullopt;
    }

    void step(double alpha, double pAp) {
        model_ += alpha * (0.5 * alpha * pAp - dot(v_.r, v_.p, n_));
        add_scaled(alpha, v_.p, x_, n_);
        if (v_.Mx != x_) add_scaled(alpha, v_.Mp, v_.Mx, n_);
        add_scaled(-alpha, v_.Ap, v_.r, n_);
        residual_ = norm(v_.r, n_);
    }

    // The next direction, conjugate to the last ones; `before` is the last rᵀz, 0 for a direction without a past.
    std::optional<End> turn(double before) {
        if (v_.z != v_.r) problem_.preconditioner(v_.r, v_.z);
        rz_ = dot(v_.r, v_.z, n_);
        if (!std::isfinite(rz_)) return End::not_finite;
        if (rz_ <= 0) return End::bad_preconditioner;
        const double beta = before > 0 ? rz_ / before : 0.0;
        for (Index i = 0; i < n_; ++i) v_.p[i] = v_.z[i] + (before > 0 ? beta * v_.p[i] : 0.0);
        if (v_.Mp != v_.p)
            for (Index i = 0; i < n_; ++i) v_.Mp[i] = v_.r[i] + (before > 0 ? beta * v_.Mp[i] : 0.0);
        return std::nullopt;
    }

    // The positive root of ‖x + τp‖_M = radius, by the form that does not cancel.
    double step_to_boundary() const {
        const double a = dot(v_.p, v_.Mp, n_), b = dot(x_, v_.Mp, n_), c = dot(x_, v_.Mx, n_) - radius_ * radius_;
        const double root = std::sqrt(std::max(b * b - a * c, 0.0));
        return std::max(b > 0 ? -c / (b + root) : (root - b) / a, 0.0);
    }

    void multiply(const double* v, double* out) {
        problem_.product(v, out);
        ++result_.products;
    }

    void note_curvature(double curvature) {
        const bool first = result_.iterations == 1;
        result_.least_curvature = first ? curvature : std::min(result_.least_curvature, curvature);
        result_.greatest_curvature = first ? curvature : std::max(result_.greatest_curvature, curvature);
    }

    bool converged() const { return residual_ * size_ <= result_.threshold; }

    static bool arrived(End end) { return end == End::converged || end == End::rounding_floor; }

    void form_residual() {
        multiply(x_, v_.Ap);
        for (Index i = 0; i < n_; ++i) v_.r[i] = problem_.b[i] / size_ - v_.Ap[i];
        residual_ = norm(v_.r, n_);
    }

    ConjugateGradientResult scaled_back(End end) {
        scale(size_, x_, n_);
        result_.end = end;
        result_.residual_norm = residual_ * size_;
        result_.model = model_ * size_ * size_;
        return result_;
    }

    const ConjugateGradientProblem& problem_;
    const ConjugateGradientOptions& options_;
    Index n_;
    double size_;  // ‖b‖
    double radius_;
    Index limit_;
    Vectors v_;
    double* x_;
    double* direction_;
    double residual_ = 0, last_formed_ = 0, rz_ = 0, model_ = 0;
    ConjugateGradientResult result_{.end = End::converged,
                                    .iterations = 0,
                                    .products = 0,
                                    .residual_norm = 0,
                                    .threshold = 0,
                                    .model = 0,
                                    .least_curvature = std::numeric_limits<double>::quiet_NaN(),
                                    .greatest_curvature = std::numeric_limits<double>::quiet_NaN()};
};

}  // namespace

Index conjugate_gradient_bytes(Index n, bool preconditioned) {
    Cutter measure;
    const Vectors vectors(measure, n, preconditioned);
    return measure.bytes();
}

ConjugateGradientResult conjugate_gradient(const ConjugateGradientProblem& problem,
                                           const ConjugateGradientOptions& options, double* x, double* direction,
                                           Workspace& workspace) {
    const Index bytes = conjugate_gradient_bytes(problem.n, problem.preconditioner != nullptr);
    return Iteration(problem, options, x, direction, workspace.cutter(bytes)).run();
}

}  // namespace ravine::linalg
