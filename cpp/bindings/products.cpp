#include "training/products.hpp"

#include <cmath>
#include <memory>
#include <variant>

#include "bindings/bindings.hpp"
#include "bindings/gil.hpp"
#include "bindings/py_risk.hpp"
#include "training/curvature_solve.hpp"
#include "training/residuals.hpp"

namespace ravine::bindings {

namespace {

// Vectors v, (P,) or (count, P), and where their products go, of the same shape.
template <typename T>
struct VectorPair {
    const T* v;
    Index count;
    T* products;

    VectorPair(const py::object& given, const py::object& out, Index parameters) {
        const py::array array = require_array<T>(given, "v");
        const bool one = array.ndim() == 1;
        if ((!one && array.ndim() != 2) || array.shape(array.ndim() - 1) != parameters) {
            const std::string size = std::to_string(parameters);
            throw InvalidArgument("v must be of shape (" + size + ",) or (k, " + size + "), got " +
                                  py::str(array.attr("shape")).cast<std::string>());
        }
        v = buffer_in<T>(given, "v", given).data();
        count = one ? 1 : array.shape(0);
        products = one ? vector_out<T>(out, "out", parameters).data() : array_out<T>(out, "out", {count, parameters});
        require_apart(out, "out", given, "v");
    }
};

// The Hessian, or the Gauss-Newton matrix if it shall be positive, times v, into out.
void matrix_product(const PyRisk& risk, bool positive, const py::object& theta, const py::object& v,
                    const py::object& out, const py::object& rows, double normaliser) {
    with_scalar(risk.scalar(), [&]<typename T>(T) {
        const auto view = risk.as<T>();
        const Index parameters = view.architecture().parameters();
        const auto at = vector_in<T>(theta, "theta", parameters);
        const VectorPair<T> vectors(v, out, parameters);
        require_apart(out, "out", theta, "theta");
        risk.require_apart_from_data(out, "out");
        const auto selection = select(risk, rows);
        const auto workspace = risk.workspaces().borrow();
        const WithoutGil release;
        training::matrix_products<T>(view, matrix_of(positive), selection, normaliser, at.data(), vectors.v,
                                     vectors.count, vectors.products, *workspace);
    });
}

template <typename T>
void require_finite(const VectorPair<T>& vectors, Index parameters) {
    for (Index i = 0; i < vectors.count * parameters; ++i) {
        if (std::isfinite(vectors.v[i])) continue;
        throw InvalidArgument("v must be finite, got " + std::to_string(vectors.v[i]) + " at element " +
                              std::to_string(i % parameters) + " of vector " + std::to_string(i / parameters));
    }
}

// The solution of (matrix + shift) x = v into out: the failing pivot or -1, its value, and how often it was refined.
py::tuple solve_curvature(const PyRisk& risk, bool positive, const py::object& theta, double shift, const py::object& v,
                          const py::object& out, const py::object& rows, double normaliser) {
    const auto end = with_scalar(risk.scalar(), [&]<typename T>(T) {
        const auto view = risk.as<T>();
        const Index parameters = view.architecture().parameters();
        const auto at = vector_in<T>(theta, "theta", parameters);
        const VectorPair<T> vectors(v, out, parameters);
        require_finite(vectors, parameters);
        require_apart(out, "out", theta, "theta");
        risk.require_apart_from_data(out, "out");
        const auto selection = select(risk, rows);
        const auto workspace = risk.workspaces().borrow();
        const WithoutGil release;
        return training::solve_curvature<T>(view, matrix_of(positive), selection, normaliser, at.data(), shift,
                                            vectors.v, vectors.count, vectors.products, *workspace);
    });
    return py::make_tuple(end.failed_pivot, end.pivot, end.refinements);
}

Index product_bytes(const PyRisk& risk, Index rows, Index vectors) {
    return with_scalar(risk.scalar(),
                       [&]<typename T>(T) { return training::product_bytes<T>(risk.as<T>(), rows, vectors); });
}

// r (rows n_L,) and, unless None, its Jacobian (rows n_L, P).
void residuals(const PyRisk& risk, const py::object& theta, const py::object& r, const py::object& jacobian,
               const py::object& rows, double normaliser) {
    with_scalar(risk.scalar(), [&]<typename T>(T) {
        const auto view = risk.as<T>();
        training::require_residuals(view);
        const Index parameters = view.architecture().parameters();
        const auto at = vector_in<T>(theta, "theta", parameters);
        const auto selection = select(risk, rows);
        const Index count = checked_product(selection.count, view.architecture().outputs());
        T* const values = vector_out<T>(r, "out", count).data();
        T* const derivatives = jacobian.is_none() ? nullptr : array_out<T>(jacobian, "out", {count, parameters});
        for (const auto& written : {r, jacobian}) {
            require_apart(written, "out", theta, "theta");
            if (!written.is_none()) risk.require_apart_from_data(written, "out");
        }
        const auto workspace = risk.workspaces().borrow();
        const WithoutGil release;
        training::residuals<T>(view, selection, normaliser, at.data(), values, derivatives, *workspace);
    });
}

Index linearization_bytes(const PyRisk& risk, Index rows) {
    return with_scalar(risk.scalar(), [&]<typename T>(T) {
        return training::Linearization<T>::bytes(risk.as<T>(), {nullptr, 0, rows});
    });
}

class PyLinearization {
  public:
    PyLinearization(const PyRisk& risk, const py::object& theta, const py::object& rows, double normaliser)
        : scalar_(risk.scalar()) {
        with_scalar(scalar_, [&]<typename T>(T) {
            const auto view = risk.as<T>();
            const auto at = vector_in<T>(theta, "theta", view.architecture().parameters());
            const auto selection = select(risk, rows);
            const WithoutGil release;
            kept_ = std::make_unique<training::Linearization<T>>(view, selection, normaliser, at.data());
        });
    }

    double value() const {
        return with_scalar(scalar_, [&]<typename T>(T) { return as<T>().at().value; });
    }

    void copy_gradient(const py::object& out) const {
        with_scalar(scalar_, [&]<typename T>(T) {
            const auto to = vector_out<T>(out, "out", as<T>().parameters());
            std::copy_n(as<T>().gradient(), to.size(), to.data());
        });
    }

    void product(bool positive, const py::object& v, const py::object& out) const {
        with_scalar(scalar_, [&]<typename T>(T) {
            auto& kept = as<T>();
            const VectorPair<T> vectors(v, out, kept.parameters());
            const WithoutGil release;
            kept.product(matrix_of(positive), vectors.v, vectors.count, vectors.products);
        });
    }

  private:
    template <typename T>
    training::Linearization<T>& as() const {
        return *std::get<std::unique_ptr<training::Linearization<T>>>(kept_);
    }

    Scalar scalar_;
    std::variant<std::unique_ptr<training::Linearization<float>>, std::unique_ptr<training::Linearization<double>>>
        kept_;
};

}  // namespace

void bind_products(py::module_& module) {
    module.def("matrix_product", &matrix_product, py::arg("risk"), py::arg("positive"), py::arg("theta"), py::arg("v"),
               py::arg("out"), py::arg("rows"), py::arg("normaliser"));
    module.def("solve_curvature", &solve_curvature, py::arg("risk"), py::arg("positive"), py::arg("theta"),
               py::arg("shift"), py::arg("v"), py::arg("out"), py::arg("rows"), py::arg("normaliser"));
    module.def("residuals", &residuals, py::arg("risk"), py::arg("theta"), py::arg("r"), py::arg("jacobian"),
               py::arg("rows"), py::arg("normaliser"));
    module.def("product_bytes", &product_bytes, py::arg("risk"), py::arg("rows"), py::arg("vectors"));
    module.def("linearization_bytes", &linearization_bytes, py::arg("risk"), py::arg("rows"));
    py::class_<PyLinearization>(module, "Linearization")
        .def(py::init<const PyRisk&, const py::object&, const py::object&, double>(), py::arg("risk"), py::arg("theta"),
             py::arg("rows"), py::arg("normaliser"))
        .def_property_readonly("value", &PyLinearization::value)
        .def("copy_gradient", &PyLinearization::copy_gradient, py::arg("out"))
        .def("product", &PyLinearization::product, py::arg("positive"), py::arg("v"), py::arg("out"));
}

}  // namespace ravine::bindings
