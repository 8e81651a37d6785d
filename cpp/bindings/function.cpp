#include "bindings/function.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/interrupt.hpp"
#include "linalg/vectors.hpp"

namespace ravine::bindings {

namespace {

// How far a matrix may be from its transpose, in units of its largest element.
constexpr double asymmetry = 1e-6;

// Nobody may ask for the lock once the process is about to end.
struct WithGil {
    WithGil() {
        if (interrupt::ended_by_another_thread()) throw Interrupted();
    }
    py::gil_scoped_acquire gil{};
};

std::string type_of(const py::handle& object) { return py::str(py::type::of(object).attr("__name__")); }

// An array of float64 from whatever real numbers `answer` holds.
py::array_t<double, py::array::c_style> numbers(const py::object& answer, const char* name) {
    const py::array array = py::array::ensure(answer);
    if (!array || std::string("fiub").find(array.dtype().kind()) == std::string::npos) {
        PyErr_Clear();
        throw py::type_error(std::string(name) + " must return real numbers, got " + type_of(answer));
    }
    auto result = py::array_t<double, py::array::c_style>::ensure(array);
    if (!result) throw py::error_already_set();
    return result;
}

double number(const py::object& answer, const char* name) {
    if (PyFloat_Check(answer.ptr())) return PyFloat_AS_DOUBLE(answer.ptr());
    const auto array = numbers(answer, name);
    if (array.size() != 1) {
        throw InvalidArgument(std::string(name) + " must return one number, got shape " +
                              std::string(py::str(array.attr("shape"))));
    }
    return *array.data();
}

void take(const py::object& answer, const char* name, std::initializer_list<Index> shape, double* out) {
    const auto array = numbers(answer, name);
    const bool scalar_of_one = array.ndim() == 0 && shape.size() == 1 && *shape.begin() == 1;
    bool fits = static_cast<std::size_t>(array.ndim()) == shape.size();
    for (py::ssize_t d = 0; fits && d < array.ndim(); ++d) fits = array.shape(d) == shape.begin()[d];
    if (!fits && !scalar_of_one) {
        std::string expected;
        for (const Index each : shape) expected += (expected.empty() ? "" : ", ") + std::to_string(each);
        throw InvalidArgument(std::string(name) + " must return shape (" + expected + (shape.size() == 1 ? ",)" : ")") +
                              ", got " + std::string(py::str(array.attr("shape"))));
    }
    std::copy_n(array.data(), array.size(), out);
}

// Jᵀr, (n,), or with `out` (n, n) JᵀJ.
void multiply_transposed(const std::vector<double>& jacobian, const double* r, Index n, double* out) {
    std::fill_n(out, n, 0.0);
    for (Index i = 0; i < static_cast<Index>(jacobian.size()) / n; ++i) {
        linalg::add_scaled(r[i], jacobian.data() + i * n, out, n);
    }
}

py::object callable(const py::dict& callables, const char* name) {
    if (!callables.contains(name)) return {};
    py::object function = callables[name];
    if (function.is_none()) return {};
    if (PyCallable_Check(function.ptr()) == 0) throw py::type_error(std::string(name) + " must be callable");
    return function;
}

}  // namespace

Function::Function(const py::dict& callables, Index size, Index residual_count)
    : size_(size),
      residual_count_(residual_count),
      value_(callable(callables, "value")),
      gradient_(callable(callables, "gradient")),
      value_and_gradient_(callable(callables, "value_and_gradient")),
      hessian_(callable(callables, "hessian")),
      hessian_product_(callable(callables, "hessian_product")),
      gauss_newton_(callable(callables, "gauss_newton")),
      gauss_newton_product_(callable(callables, "gauss_newton_product")),
      residuals_(callable(callables, "residuals")),
      jacobian_(callable(callables, "jacobian")),
      rounding_error_(callable(callables, "rounding_error")),
      keep_(callable(callables, "keep")),
      residuals_at_(static_cast<std::size_t>(residual_count)) {
    if (!value_ && !value_and_gradient_ && !residuals_) throw py::type_error("fun must be callable");
}

objective::Abilities Function::abilities() const {
    const bool least_squares = residuals_ && jacobian_;
    return {.gradient = gradient_ || value_and_gradient_ || (!value_ && least_squares),
            .hessian = static_cast<bool>(hessian_),
            .hessian_product = static_cast<bool>(hessian_product_),
            .gauss_newton = gauss_newton_ || least_squares,
            .gauss_newton_product = gauss_newton_product_ || least_squares,
            .residuals = static_cast<bool>(residuals_)};
}

double Function::do_value(const double* x) {
    if (!value_ && !value_and_gradient_) {
        do_residuals(x, residuals_at_.data());
        return 0.5 * linalg::dot(residuals_at_.data(), residuals_at_.data(), residual_count_);
    }
    const WithGil lock;
    if (value_) return number(value_(copy(x)), "fun");
    const py::tuple both = value_and_gradient_(copy(x));
    return number(both[0], "fun");
}

double Function::do_value_and_gradient(const double* x, double* gradient) {
    if (value_and_gradient_) {
        const WithGil lock;
        const py::object answer = value_and_gradient_(copy(x));
        if (!py::isinstance<py::sequence>(answer) || py::len(answer) != 2) {
            throw py::type_error("with jac=True fun must return (value, gradient), got " + type_of(answer));
        }
        const py::sequence both = answer;
        take(both[1], "the gradient of fun", {size_}, gradient);
        return number(both[0], "fun");
    }
    const double value = do_value(x);
    do_gradient(x, gradient);
    return value;
}

void Function::do_gradient(const double* x, double* out) {
    if (gradient_) {
        const WithGil lock;
        return take(gradient_(copy(x)), "jac", {size_}, out);
    }
    if (value_and_gradient_) return static_cast<void>(do_value_and_gradient(x, out));
    need_jacobian(x);
    multiply_transposed(jacobian_at_, residuals_at_.data(), size_, out);
}

// r and J at x, for what is made from them.
void Function::need_jacobian(const double* x) {
    jacobian_at_.resize(static_cast<std::size_t>(checked_product(residual_count_, size_)));
    do_residuals(x, residuals_at_.data());
    do_jacobian(x, jacobian_at_.data());
}

void Function::take_symmetric(const py::object& answer, const char* name, double* out) const {
    take(answer, name, {size_, size_}, out);
    const double largest = linalg::largest(out, size_ * size_);
    for (Index i = 0; i < size_; ++i) {
        for (Index j = 0; j < i; ++j) {
            double &below = out[i * size_ + j], &above = out[j * size_ + i];
            if (std::abs(below - above) > asymmetry * largest) {
                throw InvalidArgument(std::string(name) + " must return a symmetric matrix, got " +
                                      std::to_string(below) + " at (" + std::to_string(i) + ", " + std::to_string(j) +
                                      ") and " + std::to_string(above) + " across the diagonal");
            }
            below = above = 0.5 * (below + above);
        }
    }
}

void Function::do_hessian(const double* x, double* out) {
    const WithGil lock;
    take_symmetric(hessian_(copy(x)), "hess", out);
}

void Function::do_hessian_product(const double* x, const double* v, double* out) {
    const WithGil lock;
    take(hessian_product_(copy(x), copy(v)), "hessp", {size_}, out);
}

void Function::do_gauss_newton(const double* x, double* out) {
    if (gauss_newton_) {
        const WithGil lock;
        return take_symmetric(gauss_newton_(copy(x)), "gauss_newton", out);
    }
    need_jacobian(x);
    std::fill_n(out, size_ * size_, 0.0);
    for (Index k = 0; k < residual_count_; ++k) {
        const double* row = jacobian_at_.data() + k * size_;
        for (Index i = 0; i < size_; ++i) linalg::add_scaled(row[i], row, out + i * size_, size_);
    }
}

void Function::do_gauss_newton_product(const double* x, const double* v, double* out) {
    if (gauss_newton_product_) {
        const WithGil lock;
        return take(gauss_newton_product_(copy(x), copy(v)), "gauss_newton_product", {size_}, out);
    }
    need_jacobian(x);
    for (Index k = 0; k < residual_count_; ++k) {
        residuals_at_[static_cast<std::size_t>(k)] = linalg::dot(jacobian_at_.data() + k * size_, v, size_);
    }
    multiply_transposed(jacobian_at_, residuals_at_.data(), size_, out);
}

void Function::do_residuals(const double* x, double* out) {
    const WithGil lock;
    take(residuals_(copy(x)), "fun", {residual_count_}, out);
}

void Function::do_jacobian(const double* x, double* out) {
    const WithGil lock;
    take(jacobian_(copy(x)), "jac", {residual_count_, size_}, out);
}

double Function::rounding_error(const double* x, double value, const double* gradient) {
    if (!rounding_error_) return Objective::rounding_error(x, value, gradient);
    const WithGil lock;
    return number(rounding_error_(copy(x)), "rounding_error");
}

void Function::keep(const double* x) {
    if (!keep_) return;
    const WithGil lock;
    keep_(copy(x));
}

}  // namespace ravine::bindings
