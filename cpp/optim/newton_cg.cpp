#include "optim/newton_cg.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "linalg/conjugate_gradient.hpp"
#include "linalg/vectors.hpp"

namespace ravine::optim {

namespace {

bool is_whole(double number) { return number == std::floor(number); }

objective::RowSample sample_of(const Objective& f, const Options& options) {
    if (!is_whole(options.hessian_seed)) throw InvalidArgument("hessian_seed must be an integer");
    const double share = options.hessian_rows;
    if (share == 1) return {};
    const Index rows = f.row_count();
    if (rows == 0) {
        throw InvalidArgument("hessian_rows is for functions that are sums over rows, as risks are: leave it out");
    }
    if (share > 1 && !(is_whole(share) && share <= static_cast<double>(rows))) {
        throw InvalidArgument("hessian_rows must be a share up to 1 or a number of the " + std::to_string(rows) +
                              " rows");
    }
    const auto count = static_cast<Index>(share > 1 ? share : std::ceil(share * static_cast<double>(rows)));
    return {count == rows ? 0 : count, static_cast<std::uint64_t>(options.hessian_seed), 0};
}

}  // namespace

NewtonCg::NewtonCg(Objective& f, const Options& options)
    : f_(f),
      sample_(sample_of(f, options)),
      radius_(options.initial_trust_radius, options.max_trust_radius),
      downhill_(static_cast<std::size_t>(f.size())) {}

Proposal NewtonCg::propose(const Point& at, double* p) {
    const Index n = at.size();
    const double size = linalg::norm(at.x.data(), n);
    if (radius_.value() <= std::numeric_limits<double>::epsilon() * 1e-3 * (1 + size)) return {.possible = false};
    for (std::size_t i = 0; i < downhill_.size(); ++i) downhill_[i] = -at.gradient[i];
    // The nearer the minimum, the more exact: what makes the convergence superlinear (Nocedal & Wright, 7.3).
    const linalg::ConjugateGradientOptions options{.relative_tolerance = std::min(0.5, std::sqrt(at.gradient_norm)),
                                                   .radius = radius_.value()};
    const auto product = [&](const double* v, double* out) {
        if (sample_.count > 0) return f_.sampled_product(at.x.data(), sample_, v, out);
        f_.hessian_product(at.x.data(), v, out);
    };
    const auto solution = linalg::conjugate_gradient({n, downhill_.data(), product}, options, p, nullptr, workspace_);
    step_norm_ = linalg::norm(p, n);
    const double slope = linalg::dot(at.gradient.data(), p, n);
    return {.possible = solution.end != linalg::ConjugateGradientEnd::not_finite && slope < 0,
            .slope = slope,
            .predicted = -solution.model,
            .curvature = 2 * (solution.model - slope) / (step_norm_ * step_norm_),
            .damping = radius_.value()};
}

void NewtonCg::learn(const Trial& trial, const Point&, const Point&) {
    radius_.learn(trial, step_norm_);
    ++sample_.draw;
}

}  // namespace ravine::optim
