#include "optim/saddle_free.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "linalg/eigen.hpp"
#include "linalg/lanczos.hpp"
#include "linalg/transpose.hpp"
#include "linalg/tridiagonal.hpp"
#include "linalg/vectors.hpp"

namespace ravine::optim {

namespace {

// In units of the largest |λ|: the least α, which bounds the step where the curvature vanishes, and the first rise.
constexpr double least_damping = 1e-14, first_damping = 1e-6;

// Orders up to which the decomposition is our own: larger ones are LAPACK's.
constexpr Index own_order = 200;

// Krylov vectors where the option leaves it open.
constexpr Index usual_subspace = 50;

}  // namespace

SaddleFreeNewton::SaddleFreeNewton(Objective& f, const Options& options)
    : f_(f), options_(options), damping_(options.damping), factor_(options.damping_increase) {}

bool SaddleFreeNewton::decompose_dense(const Point& at) {
    const Index n = f_.size();
    rank_ = n;
    vectors_.resize(static_cast<std::size_t>(checked_product(n, n)));
    values_.resize(static_cast<std::size_t>(n));
    matrix_.resize(vectors_.size());
    f_.hessian(at.x.data(), matrix_.data());
    if (!linalg::all_finite(matrix_.data(), n * n)) return false;
    if (n <= own_order) {
        scratch_.resize(static_cast<std::size_t>(2 * n));
        if (!linalg::symmetric_eigen(matrix_.data(), n, values_.data(), scratch_.data())) return false;
        linalg::transpose(matrix_.data(), n, n, n, vectors_.data(), n);
        return true;
    }
    linalg::eigendecompose(matrix_.data(), n, values_.data(), vectors_.data());
    linalg::transpose(vectors_.data(), n, n, n, matrix_.data(), n);
    std::swap(matrix_, vectors_);
    return true;
}

bool SaddleFreeNewton::decompose_subspace(const Point& at) {
    const Index n = f_.size();
    const Index steps = std::min(n, options_.subspace > 0 ? static_cast<Index>(options_.subspace) : usual_subspace);
    const auto room = static_cast<std::size_t>(steps);
    std::vector<double> basis(static_cast<std::size_t>(checked_product(steps, n))), below(room);
    values_.resize(room);
    const auto product = [&](const double* v, double* out) { f_.hessian_product(at.x.data(), v, out); };
    const auto space = linalg::krylov_space(product, n, at.gradient.data(), steps, basis.data(), values_.data(),
                                            below.data(), workspace_);
    if (!space.finite) return false;
    rank_ = space.dimension;
    matrix_.assign(static_cast<std::size_t>(rank_ * rank_), 0.0);
    for (Index i = 0; i < rank_; ++i) matrix_[static_cast<std::size_t>(i * rank_ + i)] = 1;
    values_.resize(static_cast<std::size_t>(rank_));
    if (!linalg::tridiagonal_eigen(values_.data(), below.data(), rank_, matrix_.data(), rank_)) return false;
    // Row j of the eigenvectors is Σ_i Z[i, j] times row i of the basis.
    vectors_.assign(static_cast<std::size_t>(rank_ * n), 0.0);
    for (Index i = 0; i < rank_; ++i) {
        for (Index j = 0; j < rank_; ++j) {
            linalg::add_scaled(matrix_[static_cast<std::size_t>(i * rank_ + j)], basis.data() + i * n,
                               vectors_.data() + j * n, n);
        }
    }
    return true;
}

bool SaddleFreeNewton::decompose(const Point& at) {
    const bool dense = f_.abilities().hessian && options_.subspace == 0;
    if (!(dense ? decompose_dense(at) : decompose_subspace(at))) return false;
    slopes_.resize(static_cast<std::size_t>(rank_));
    scale_ = 0;
    for (Index i = 0; i < rank_; ++i) {
        const auto at_i = static_cast<std::size_t>(i);
        slopes_[at_i] = linalg::dot(vectors_.data() + i * f_.size(), at.gradient.data(), f_.size());
        values_[at_i] = std::abs(values_[at_i]);
        scale_ = std::max(scale_, values_[at_i]);
    }
    if (scale_ == 0) scale_ = 1;
    stale_ = false;
    return true;
}

Proposal SaddleFreeNewton::propose(const Point& at, double* p) {
    if (stale_ && !decompose(at)) return {.possible = false, .not_finite = true};
    if (damping_ > options_.max_damping * scale_) return {.possible = false, .damping = damping_};
    const double alpha = std::max(damping_, least_damping * scale_);
    std::fill_n(p, f_.size(), 0.0);
    Proposal proposal{.damping = alpha};
    double square = 0, form = 0;
    for (Index i = 0; i < rank_; ++i) {
        const auto at_i = static_cast<std::size_t>(i);
        const double along = -slopes_[at_i] / (values_[at_i] + alpha);
        linalg::add_scaled(along, vectors_.data() + i * f_.size(), p, f_.size());
        proposal.slope += along * slopes_[at_i];
        square += along * along;
        form += along * along * values_[at_i];
    }
    proposal.predicted = -proposal.slope - 0.5 * form;
    proposal.curvature = form / square;
    proposal.possible = proposal.slope < 0 && std::isfinite(proposal.slope);
    return proposal;
}

void SaddleFreeNewton::learn(const Trial& trial, const Point&, const Point&) {
    if (!trial.accepted || trial.ratio < 0.25) {
        damping_ = std::max(damping_ * factor_, first_damping * scale_);
        factor_ *= 2;
    } else {
        factor_ = options_.damping_increase;
        if (trial.ratio > 0.75) damping_ *= options_.damping_decrease;
        if (damping_ < least_damping * scale_) damping_ = 0;
    }
    stale_ = trial.accepted;
}

}  // namespace ravine::optim
