#include <algorithm>
#include <vector>

#include "base/random.hpp"
#include "base/vector_functions.hpp"
#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"
#include "bindings/gil.hpp"
#include "linalg/product.hpp"
#include "linalg/transpose.hpp"
#include "network/activation.hpp"
#include "network/forward.hpp"
#include "network/loss.hpp"
#include "updates/stream.hpp"

namespace ravine::bindings {

namespace {

void vector_math(const std::string& name, const py::object& x, const py::object& out) {
    with_scalar(scalar_of_array(x, "x"), [&]<typename T>(T) {
        const auto in = vector_in<T>(x, "x");
        const auto to = vector_out<T>(out, "out", static_cast<Index>(in.size()));
        math::evaluate<T>(name, in.data(), to.data(), static_cast<Index>(in.size()));
    });
}

void activation(const std::string& name, int order, const py::object& z, const py::object& out) {
    if (order < 0 || order > 2) throw InvalidArgument("order must be 0, 1 or 2, got " + std::to_string(order));
    with_scalar(scalar_of_array(z, "z"), [&]<typename T>(T) {
        const auto in = vector_in<T>(z, "z");
        T* to = vector_out<T>(out, "out", static_cast<Index>(in.size())).data();
        const auto function = network::activation_from_name(name);
        const auto count = static_cast<Index>(in.size());
        if (order == 0) return network::activate<T>(function, in.data(), count, to);
        std::vector<T> value(in.size());
        network::activate<T>(function, in.data(), count, value.data(), order == 1 ? to : nullptr,
                             order == 2 ? to : nullptr);
    });
}

// A (m, k) times B (k, n).
void product(const py::object& A, const py::object& B, const py::object& out) {
    with_scalar(scalar_of_array(A, "A"), [&]<typename T>(T) {
        const auto a = rows_in<T>(A, "A");
        const auto b = rows_in<T>(B, "B", a.cols);
        T* c = array_out<T>(out, "out", {a.rows, b.cols});
        const Index stride = linalg::padded<T>(b.cols);
        std::vector<T> padded(static_cast<std::size_t>(checked_product(b.rows, stride)));
        for (Index i = 0; i < b.rows; ++i) std::copy_n(b.data + i * b.stride, b.cols, padded.data() + i * stride);
        std::vector<T> scratch(static_cast<std::size_t>(linalg::product_scratch()));
        linalg::product<T>({.m = a.rows,
                            .n = b.cols,
                            .k = a.cols,
                            .a = a.data,
                            .a_stride = a.stride,
                            .a_transposed = false,
                            .b = padded.data(),
                            .b_stride = stride,
                            .c = c,
                            .c_stride = b.cols},
                           scratch.data());
    });
}

// A loss on row-major outputs (N, c): what the kernels see is its feature-major image, padded with weight 0.
template <typename T>
class LossCall {
  public:
    LossCall(network::Loss loss, const RowsView<T>& outputs, const py::object& targets, const py::object& weights)
        : rows_(outputs.rows), padded_(network::padded_rows<T>(outputs.rows)), outputs_(outputs.cols) {
        f_ = turned(outputs);
        weights_.assign(static_cast<std::size_t>(padded_), T(0));
        if (weights.is_none()) {
            std::fill_n(weights_.begin(), rows_, T(1));
        } else {
            const auto given = vector_in<T>(weights, "weights", rows_);
            std::copy(given.begin(), given.end(), weights_.begin());
        }
        if (py::isinstance<py::array_t<std::int64_t>>(targets)) {
            labels_.assign(static_cast<std::size_t>(padded_), 0);
            const auto given = vector_in<std::int64_t>(targets, "targets", rows_);
            std::transform(given.begin(), given.end(), labels_.begin(),
                           [](std::int64_t label) { return static_cast<Bits<T>>(label); });
        } else {
            targets_ = turned(rows_in<T>(targets, "targets", rows_, loss.target_columns(outputs_)));
        }
    }

    void run(network::Loss loss, network::SecondDerivative second, T* value_out, T* gradient_out, T* hessian_out) {
        const auto size = static_cast<std::size_t>(padded_ * outputs_);
        std::vector<T> values(static_cast<std::size_t>(padded_)), gradient(size),
            hessian(hessian_out == nullptr ? 0 : size * static_cast<std::size_t>(outputs_));
        const network::LossBlock<T> block{.rows = padded_,
                                          .outputs = outputs_,
                                          .stride = padded_,
                                          .f = f_.data(),
                                          .targets = targets_.empty() ? nullptr : targets_.data(),
                                          .labels = labels_.empty() ? nullptr : labels_.data(),
                                          .weights = weights_.data(),
                                          .masked = true};
        network::evaluate_loss<T>(loss, block, values.data(), gradient.data(),
                                  hessian_out == nullptr ? nullptr : hessian.data(), second);
        std::copy_n(values.begin(), rows_, value_out);
        linalg::transpose(gradient.data(), padded_, outputs_, rows_, gradient_out, outputs_);
        if (hessian_out == nullptr) return;
        linalg::transpose(hessian.data(), padded_, outputs_ * outputs_, rows_, hessian_out, outputs_ * outputs_);
    }

  private:
    std::vector<T> turned(const RowsView<T>& view) const {
        std::vector<T> result(static_cast<std::size_t>(checked_product(padded_, view.cols)));
        linalg::transpose(view.data, view.stride, view.rows, view.cols, result.data(), padded_);
        return result;
    }

    Index rows_, padded_, outputs_;
    std::vector<T> f_, targets_, weights_;
    std::vector<Bits<T>> labels_;
};

// A loss of each row, w L, with gradient and Hessian, or what stands for the Hessian in Gauss-Newton methods.
void loss(const std::string& name, double parameter, const py::object& outputs, const py::object& targets,
          const py::object& weights, const py::object& value_out, const py::object& gradient_out,
          const py::object& hessian_out, bool positive) {
    with_scalar(scalar_of_array(outputs, "outputs"), [&]<typename T>(T) {
        const auto f = rows_in<T>(outputs, "outputs");
        T* value = vector_out<T>(value_out, "value_out", f.rows).data();
        T* gradient = array_out<T>(gradient_out, "gradient_out", {f.rows, f.cols});
        T* hessian =
            hessian_out.is_none() ? nullptr : array_out<T>(hessian_out, "hessian_out", {f.rows, f.cols, f.cols});
        const network::Loss kind(network::loss_from_name(name), parameter);
        const auto second = positive ? network::SecondDerivative::positive : network::SecondDerivative::exact;
        LossCall<T>(kind, f, targets, weights).run(kind, second, value, gradient, hessian);
    });
}

void permutation(std::uint64_t seed, std::uint64_t stream, const py::object& out) {
    const auto rows = vector_out<std::int64_t>(out, "out");
    random::permutation(seed, stream, reinterpret_cast<Index*>(rows.data()), static_cast<Index>(rows.size()));
}

// As many draws as `out` is long, from 0 .. its length - 1.
void draws(std::uint64_t seed, std::uint64_t stream, const py::object& out) {
    const auto rows = vector_out<std::int64_t>(out, "out");
    const auto n = static_cast<Index>(rows.size());
    random::draws(seed, stream, n, reinterpret_cast<Index*>(rows.data()), n);
}

void update_bound(const std::string& kind, const py::object& theta, const py::object& gradient,
                  const py::list& states) {
    const bool roots = kind == "root_and_division";
    if (!roots && kind != "streaming")
        throw InvalidArgument("kind must be streaming or root_and_division, got " + kind);
    if (states.size() > 3) throw InvalidArgument("states must be at most three arrays");
    with_scalar(scalar_of_array(theta, "theta"), [&]<typename T>(T) {
        const auto t = vector_out<T>(theta, "theta");
        const auto n = static_cast<Index>(t.size());
        const T* g = vector_in<T>(gradient, "gradient", n).data();
        std::vector<T*> vectors;
        for (const auto& state : states) vectors.push_back(vector_out<T>(state, "states", n).data());
        const WithoutGil release;
        using updates::Bound;
        updates::run_bound<T>(roots ? Bound::root_and_division : Bound::streaming, t.data(), g, vectors, n);
    });
}

}  // namespace

void bind_kernels(py::module_& module) {
    module.def("vector_math", &vector_math, py::arg("name"), py::arg("x"), py::arg("out"));
    module.def("activation", &activation, py::arg("name"), py::arg("order"), py::arg("z"), py::arg("out"));
    module.def("loss", &loss, py::arg("name"), py::arg("parameter"), py::arg("outputs"), py::arg("targets"),
               py::arg("weights"), py::arg("value_out"), py::arg("gradient_out"), py::arg("hessian_out"),
               py::arg("positive"));
    module.def("product", &product, py::arg("A"), py::arg("B"), py::arg("out"));
    module.def("permutation", &permutation, py::arg("seed"), py::arg("stream"), py::arg("out"));
    module.def("draws", &draws, py::arg("seed"), py::arg("stream"), py::arg("out"));
    module.def("update_bound", &update_bound, py::arg("kind"), py::arg("theta"), py::arg("gradient"),
               py::arg("states"));
}

}  // namespace ravine::bindings
