#include "optim/method.hpp"

#include <algorithm>
#include <string>

#include "linalg/vectors.hpp"
#include "optim/gradient_methods.hpp"
#include "optim/levenberg_marquardt.hpp"
#include "optim/line_search.hpp"
#include "optim/newton.hpp"
#include "optim/newton_cg.hpp"
#include "optim/quasi_newton.hpp"
#include "optim/saddle_free.hpp"
#include "optim/search.hpp"
#include "optim/trust_region.hpp"

namespace ravine::optim {

void Point::evaluate(Objective& f) {
    value = f.value_and_gradient(x.data(), gradient.data());
    gradient_norm = linalg::norm(gradient.data(), size());
}

void Point::complete(Objective& f) {
    f.gradient(x.data(), gradient.data());
    gradient_norm = linalg::norm(gradient.data(), size());
}

double Point::first_length() const {
    return std::min(1.0, std::max(1.0, linalg::norm(x.data(), size())) / gradient_norm);
}

void require_numbers(std::span<const double> memory, Index count) {
    if (static_cast<Index>(memory.size()) == count) return;
    throw InvalidArgument("this method remembers " + std::to_string(count) + " numbers, got " +
                          std::to_string(memory.size()));
}

void Remembering::recall(std::span<const double> memory) { require_numbers(memory, 0); }

std::unique_ptr<Proposer> make_proposer(Objective& f, const Options& options) {
    switch (options.method) {
        case Method::newton:
            return std::make_unique<RegularisedNewton>(f, options, Curvature::hessian);
        case Method::levenberg_marquardt:
            if (f.abilities().residuals) return std::make_unique<LevenbergMarquardt>(f, options);
            return std::make_unique<RegularisedNewton>(f, options, Curvature::gauss_newton);
        case Method::damped_newton:
            return std::make_unique<DampedNewton>(f);
        case Method::textbook_newton:
            return std::make_unique<TextbookNewton>(f, options);
        case Method::saddle_free_newton:
            return std::make_unique<SaddleFreeNewton>(f, options);
        case Method::trust_region:
            return std::make_unique<TrustRegion>(f, options);
        case Method::newton_cg:
            return std::make_unique<NewtonCg>(f, options);
        case Method::bfgs:
            return std::make_unique<Bfgs>(f.size());
        case Method::lbfgs:
            return std::make_unique<LimitedBfgs>(f.size(), static_cast<Index>(options.maxcor));
        case Method::nonlinear_cg:
            return std::make_unique<NonlinearConjugateGradient>(f.size(), static_cast<Beta>(options.beta));
        case Method::gradient_descent:
            break;
    }
    return std::make_unique<GradientDescent>(f);
}

std::unique_ptr<Searcher> make_searcher(Objective& f, const Options& options) {
    switch (options.method) {
        case Method::levenberg_marquardt:
            if (f.abilities().residuals) return std::make_unique<FlatnessOfResiduals>(f.size(), options.eta);
            return std::make_unique<GainRatio>(options.eta);
        case Method::damped_newton:
            return std::make_unique<Backtracking>(options.c1);
        case Method::textbook_newton:
            return std::make_unique<Unconditional>(options.step_length);
        case Method::bfgs:
        case Method::lbfgs:
        case Method::nonlinear_cg:
        case Method::gradient_descent:
            return std::make_unique<StrongWolfe>(options.c1, options.c2);
        default:
            return std::make_unique<GainRatio>(options.eta);
    }
}

bool guards_saddles(Method method) {
    switch (method) {
        case Method::newton:
        case Method::damped_newton:
        case Method::saddle_free_newton:
        case Method::trust_region:
        case Method::newton_cg:
        case Method::levenberg_marquardt:
            return true;
        default:
            return false;
    }
}

}  // namespace ravine::optim
