#include "bindings/custom_loss.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/errors.hpp"
#include "base/interrupt.hpp"

namespace ravine::bindings {

namespace {

using network::CustomBlock;

template <typename T>
struct Answers {
    const T* value;
    const T* gradient;
    const T* hessian;
};

template <typename T>
std::vector<Index> rows_with_weight(const CustomBlock<T>& block) {
    std::vector<Index> rows;
    for (Index i = 0; i < block.rows.count; ++i) {
        if (block.weights[i] != 0) rows.push_back(i);
    }
    return rows;
}

template <typename T>
bool finite(const CustomBlock<T>& block, const std::vector<Index>& rows) {
    for (Index k = 0; k < block.outputs; ++k) {
        for (const Index i : rows) {
            if (!std::isfinite(block.f[k * block.stride + i])) return false;
        }
    }
    return true;
}

template <typename T>
py::array_t<T> outputs_of(const CustomBlock<T>& block, const std::vector<Index>& rows) {
    py::array_t<T> array({static_cast<Index>(rows.size()), block.outputs});
    T* const to = array.mutable_data();
    for (std::size_t n = 0; n < rows.size(); ++n) {
        for (Index k = 0; k < block.outputs; ++k) {
            to[static_cast<Index>(n) * block.outputs + k] = block.f[k * block.stride + rows[n]];
        }
    }
    return array;
}

template <typename T>
py::array_t<T> targets_of(const CustomBlock<T>& block, const std::vector<Index>& rows) {
    py::array_t<T> array({static_cast<Index>(rows.size()), block.targets.columns});
    T* to = array.mutable_data();
    for (const Index i : rows)
        to = std::copy_n(block.targets.dense + block.rows[i] * block.targets.stride, block.targets.columns, to);
    return array;
}

// Every number that the block asks for: x, or 0 in the rows that the function has not seen.
template <typename T>
void fill(const CustomBlock<T>& block, T x) {
    std::fill_n(block.values, block.padded, x);
    for (Index k = 0; block.gradient != nullptr && k < block.outputs; ++k) {
        std::fill_n(block.gradient + k * block.stride, block.padded, x);
    }
    if (block.hessian != nullptr) std::fill_n(block.hessian, block.outputs * block.outputs * block.padded, x);
}

template <typename T>
void take(const CustomBlock<T>& block, const std::vector<Index>& rows, const Answers<T>& answers) {
    const Index c = block.outputs;
    for (std::size_t n = 0; n < rows.size(); ++n) {
        const Index i = rows[n], at = static_cast<Index>(n);
        const T w = block.weights[i];
        block.values[i] = w * answers.value[at];
        for (Index k = 0; block.gradient != nullptr && k < c; ++k) {
            block.gradient[k * block.stride + i] = w * answers.gradient[at * c + k];
        }
        for (Index k = 0; block.hessian != nullptr && k < c * c; ++k) {
            block.hessian[k * block.padded + i] = w * answers.hessian[at * c * c + k];
        }
    }
}

class PythonLoss final : public network::CustomLoss {
  public:
    explicit PythonLoss(py::object function) : function_(std::move(function)) {}
    void evaluate(const CustomBlock<float>& block) const override { call(block); }
    void evaluate(const CustomBlock<double>& block) const override { call(block); }

  private:
    template <typename T>
    void call(const CustomBlock<T>& block) const {
        if (interrupt::ended_by_another_thread()) throw Interrupted();  // nobody may ask for the lock any more
        const std::vector<Index> rows = rows_with_weight(block);
        if (!finite(block, rows)) return fill(block, std::numeric_limits<T>::quiet_NaN());
        fill(block, T(0));
        if (rows.empty()) return;
        const auto n = static_cast<Index>(rows.size()), c = block.outputs;
        const py::gil_scoped_acquire gil;
        const py::tuple answer = function_(outputs_of(block, rows), targets_of(block, rows));
        if (answer.size() != 3) throw InvalidArgument("a custom loss must answer with value, gradient and Hessian");
        const py::object hessian = answer[2];
        if (block.hessian != nullptr && hessian.is_none()) {
            throw InvalidArgument("the custom loss must return its Hessian here, and returns value and gradient alone");
        }
        take(block, rows,
             {vector_in<T>(answer[0], "value", n).data(), array_out<T>(answer[1], "gradient", {n, c}),
              hessian.is_none() ? nullptr : array_out<T>(hessian, "hessian", {n, c, c})});
    }

    py::object function_;
};

}  // namespace

std::shared_ptr<const network::CustomLoss> custom_loss(const py::object& function) {
    if (!PyCallable_Check(function.ptr())) throw py::type_error("a custom loss must be callable");
    return std::make_shared<const PythonLoss>(function);
}

}  // namespace ravine::bindings
