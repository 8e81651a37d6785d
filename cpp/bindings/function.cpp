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

py::object callable(const py::dict& callables, const char* name) {
    if (!callables.contains(name)) return {};
    py::object function = callables[name];
    if (function.is_none()) return {};
    if (PyCallable_Check(function.ptr()) == 0) throw py::type_error(std::string(name) + " must be callable");
    return function;
}

}  // namespace

Function::Function(const py::dict& callables, Index size)
    : size_(size),
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
      keep_(callable(callables, "keep")) {
    if (!value_ && !value_and_gradient_ && !residuals_) throw py::type_error("fun must be callable");
}

objective::Abilities Function::abilities() const {
    return {.gradient = gradient_ || value_and_gradient_,
            .hessian = static_cast<bool>(hessian_),
            .hessian_product = static_cast<bool>(hessian_product_),
            .gauss_newton = static_cast<bool>(gauss_newton_),
            .gauss_newton_product = static_cast<bool>(gauss_newton_product_),
            .residuals = static_cast<bool>(residuals_)};
}

double Function::do_value(const double* x) {
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
    do_value_and_gradient(x, out);
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
    const WithGil lock;
    take_symmetric(gauss_newton_(copy(x)), "gauss_newton", out);
}

void Function::do_gauss_newton_product(const double* x, const double* v, double* out) {
    const WithGil lock;
    take(gauss_newton_product_(copy(x), copy(v)), "gauss_newton_product", {size_}, out);
}

void Function::count_residuals(const double* x0) {
    const WithGil lock;
    const auto r = numbers(residuals_(copy(x0)), "fun");
    if (r.ndim() > 1 || r.size() == 0) {
        throw InvalidArgument("fun must return a vector of residuals, got shape " +
                              std::string(py::str(r.attr("shape"))));
    }
    residual_count_ = r.size();
    first_.assign(x0, x0 + size_);
    first_residuals_.assign(r.data(), r.data() + r.size());
}

void Function::do_residuals(const double* x, double* out) {
    if (!first_.empty() && std::equal(first_.begin(), first_.end(), x)) {
        std::copy(first_residuals_.begin(), first_residuals_.end(), out);
        first_.clear();
        return;
    }
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

objective::ResidualLoss loss_of(const py::object& given) {
    if (py::isinstance<py::str>(given)) return objective::residual_loss(given.cast<std::string>());
    return [given](const double* z, Index m, double* rho) {
        const WithGil lock;
        take(given(py::array_t<double>(m, z)), "loss", {3, m}, rho);
    };
}

}  // namespace ravine::bindings
