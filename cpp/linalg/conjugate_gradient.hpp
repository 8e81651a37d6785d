#pragma once

// The conjugate gradient method for A x = b, A symmetric, of which only products are known (Hestenes and Stiefel 1952),
// with a preconditioner, and with the two ways out that a step of a minimiser needs (Steihaug 1983): it stops at the
// boundary of a ball, and where it meets a direction p with pᵀAp ≤ 0 it says so and hands it over.
//
// x starts at zero, so the model q(x) = ½ xᵀAx - bᵀx falls from zero with every iteration, and ‖x‖_M grows.

#include <limits>

#include "base/workspace.hpp"
#include "linalg/product_function.hpp"

namespace ravine::linalg {

enum class ConjugateGradientEnd {
    converged,           // ‖b - Ax‖ ≤ threshold
    boundary,            // x was cut at ‖x‖_M = radius; the curvature was positive so far
    negative_curvature,  // p with pᵀAp ≤ 0: x was taken along it to the boundary if there is one, else left
    rounding_floor,      // b - Ax itself, formed, does not fall to the threshold
    iteration_limit,
    bad_preconditioner,  // rᵀM⁻¹r ≤ 0
    not_finite           // a product holds what is no finite number; x is what it was before
};

struct ConjugateGradientOptions {
    double relative_tolerance = 1e-8;  // threshold = max(relative · ‖b‖, absolute)
    double absolute_tolerance = 0;
    Index max_iterations = 0;                                 // 0: 2 n + 10
    double radius = std::numeric_limits<double>::infinity();  // of the ball ‖x‖_M ≤ radius; ‖x‖₂ without preconditioner
    // Forms b - Ax at the end, one product more, and goes on from there where it lies above the threshold: the residual
    // that the iteration carries along drifts away from it by rounding.
    bool true_residual = false;
};

struct ConjugateGradientResult {
    ConjugateGradientEnd end;
    Index iterations;      // directions tried
    Index products;        // with A
    double residual_norm;  // ‖b - Ax‖: carried along, or formed with true_residual
    double threshold;
    double model;               // q(x)
    double least_curvature;     // the least pᵀAp / pᵀp of the directions tried; NaN if none was
    double greatest_curvature;  // likewise
};

// What is solved; a preconditioner writes M⁻¹ r, M symmetric positive definite.
struct ConjugateGradientProblem {
    Index n;
    const double* b;
    ProductFunction product;
    ProductFunction preconditioner = nullptr;
};

// Writes x (n) and, where it ended at negative curvature, the direction p into `direction` (n), unless that is null; it
// points downhill, bᵀp ≥ xᵀAp. Asks for Ctrl-C once an iteration. What products throw goes through.
ConjugateGradientResult conjugate_gradient(const ConjugateGradientProblem& problem,
                                           const ConjugateGradientOptions& options, double* x, double* direction,
                                           Workspace& workspace);

// What it takes from the workspace: 3 vectors, 6 with a preconditioner.
Index conjugate_gradient_bytes(Index n, bool preconditioned);

}  // namespace ravine::linalg
