#include <string>

#include "base/errors.hpp"
#include "base/interrupt.hpp"
#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"
#include "bindings/gil.hpp"
#include "linalg/conjugate_gradient.hpp"
#include "linalg/lanczos.hpp"

namespace ravine::bindings {

namespace {

using linalg::ConjugateGradientEnd;
using linalg::LanczosEnd;
using linalg::ProductFunction;

// A function that answers with a new vector; it gets a copy of v, so that it may do with it what it likes.
ProductFunction called(const py::object& function, Index n, const char* name) {
    return [function, n, name](const double* v, double* out) {
        if (interrupt::ended_by_another_thread()) throw Interrupted();  // nobody may ask for the lock any more
        const py::gil_scoped_acquire gil;
        const py::object answer = function(py::array_t<double>(n, v));
        const auto result = vector_in<double>(answer, name, n);
        std::copy(result.begin(), result.end(), out);
    };
}

// A symmetric matrix (n, n), or a function.
ProductFunction product_function(const py::object& product, Index n, const char* name) {
    if (!py::isinstance<py::array>(product)) return called(product, n, name);
    const auto A = rows_in<double>(product, name, n, n);
    return [A, n](const double* v, double* out) { linalg::matrix_product(A.data, n, A.stride, v, out); };
}

const char* name_of(ConjugateGradientEnd end) {
    switch (end) {
        case ConjugateGradientEnd::converged:
            return "CONVERGED";
        case ConjugateGradientEnd::boundary:
            return "BOUNDARY";
        case ConjugateGradientEnd::negative_curvature:
            return "NEGATIVE_CURVATURE";
        case ConjugateGradientEnd::rounding_floor:
            return "ROUNDING_FLOOR";
        case ConjugateGradientEnd::iteration_limit:
            return "ITERATION_LIMIT";
        case ConjugateGradientEnd::bad_preconditioner:
            return "BAD_PRECONDITIONER";
        case ConjugateGradientEnd::not_finite:
            break;
    }
    return "NOT_FINITE";
}

const char* name_of(LanczosEnd end) {
    switch (end) {
        case LanczosEnd::converged:
            return "CONVERGED";
        case LanczosEnd::product_limit:
            return "PRODUCT_LIMIT";
        case LanczosEnd::not_finite:
            break;
    }
    return "NOT_FINITE";
}

py::dict conjugate_gradient(const py::object& product, const py::object& b, const py::object& x,
                            const py::object& direction, const py::object& preconditioner, double relative_tolerance,
                            double absolute_tolerance, Index max_iterations, double radius, bool true_residual) {
    const auto right = vector_in<double>(b, "b");
    const auto n = static_cast<Index>(right.size());
    double* const solution = vector_out<double>(x, "x", n).data();
    double* const way_down = vector_out<double>(direction, "direction", n).data();
    const linalg::ConjugateGradientProblem problem{
        .n = n,
        .b = right.data(),
        .product = product_function(product, n, "product(v)"),
        .preconditioner =
            preconditioner.is_none() ? nullptr : product_function(preconditioner, n, "preconditioner(r)")};
    const linalg::ConjugateGradientOptions options{.relative_tolerance = relative_tolerance,
                                                   .absolute_tolerance = absolute_tolerance,
                                                   .max_iterations = max_iterations,
                                                   .radius = radius,
                                                   .true_residual = true_residual};
    Workspace workspace;
    linalg::ConjugateGradientResult result;
    {
        const WithoutGil release;
        result = linalg::conjugate_gradient(problem, options, solution, way_down, workspace);
    }
    py::dict told;
    told["end"] = name_of(result.end);
    told["iterations"] = result.iterations;
    told["products"] = result.products;
    told["residual_norm"] = result.residual_norm;
    told["threshold"] = result.threshold;
    told["model"] = result.model;
    told["least_curvature"] = result.least_curvature;
    told["greatest_curvature"] = result.greatest_curvature;
    return told;
}

py::dict lanczos(const py::object& product, Index lowest, Index highest, Index dimension, double tolerance,
                 Index max_products, std::uint64_t seed, const py::object& values, const py::object& vectors,
                 const py::object& residuals) {
    const auto to = vector_out<double>(values, "values", lowest + highest);
    const Index n = rows_in<double>(vectors, "vectors", lowest + highest).cols;
    double* const rows = array_out<double>(vectors, "vectors", {lowest + highest, n});
    double* const errors = vector_out<double>(residuals, "residuals", lowest + highest).data();
    const ProductFunction function = product_function(product, n, "product(v)");
    const linalg::LanczosOptions options{.lowest = lowest,
                                         .highest = highest,
                                         .dimension = dimension,
                                         .tolerance = tolerance,
                                         .max_products = max_products,
                                         .seed = seed};
    Workspace workspace;
    linalg::LanczosResult result;
    {
        const WithoutGil release;
        result = linalg::lanczos(function, n, options, to.data(), rows, errors, workspace);
    }
    py::dict told;
    told["end"] = name_of(result.end);
    told["products"] = result.products;
    told["restarts"] = result.restarts;
    told["scale"] = result.scale;
    told["asymmetry"] = result.asymmetry;
    return told;
}

py::dict krylov_space(const py::object& product, const py::object& start, const py::object& basis,
                      const py::object& diagonal, const py::object& below) {
    const auto first = vector_in<double>(start, "start");
    const auto n = static_cast<Index>(first.size());
    const Index steps = rows_in<double>(basis, "basis", -1, n).rows;
    double* const V = array_out<double>(basis, "basis", {steps, n});
    double* const d = vector_out<double>(diagonal, "diagonal", steps).data();
    double* const e = vector_out<double>(below, "below", steps).data();
    const ProductFunction function = product_function(product, n, "product(v)");
    Workspace workspace;
    linalg::KrylovSpace space;
    {
        const WithoutGil release;
        space = linalg::krylov_space(function, n, first.data(), steps, V, d, e, workspace);
    }
    py::dict told;
    told["dimension"] = space.dimension;
    told["outside"] = space.outside;
    told["asymmetry"] = space.asymmetry;
    told["finite"] = space.finite;
    return told;
}

Index lanczos_bytes(Index n, Index lowest, Index highest, Index dimension) {
    return linalg::lanczos_bytes(n, {.lowest = lowest, .highest = highest, .dimension = dimension});
}

}  // namespace

void bind_krylov(py::module_& module) {
    module.def("conjugate_gradient", &conjugate_gradient, py::arg("product"), py::arg("b"), py::arg("x"),
               py::arg("direction"), py::arg("preconditioner"), py::arg("relative_tolerance"),
               py::arg("absolute_tolerance"), py::arg("max_iterations"), py::arg("radius"), py::arg("true_residual"));
    module.def("lanczos", &lanczos, py::arg("product"), py::arg("lowest"), py::arg("highest"), py::arg("dimension"),
               py::arg("tolerance"), py::arg("max_products"), py::arg("seed"), py::arg("values"), py::arg("vectors"),
               py::arg("residuals"));
    module.def("lanczos_bytes", &lanczos_bytes, py::arg("n"), py::arg("lowest"), py::arg("highest"),
               py::arg("dimension"));
    module.def("krylov_space", &krylov_space, py::arg("product"), py::arg("start"), py::arg("basis"),
               py::arg("diagonal"), py::arg("below"));
}

}  // namespace ravine::bindings
