#pragma once

// Losses L(f, y) with ∇ and ∇² in f, on blocks of rows that lie feature-major: f[k * stride + row].

#include <string_view>

#include "base/types.hpp"
#include "network/data.hpp"

namespace ravine::network {

class CustomLoss;

// Which loss, and the number that it depends on: immutable, passed by value.
struct Loss {
    enum Kind {
        squared_error,
        cross_entropy,
        binary_cross_entropy,
        huber,         // parameter: delta
        pseudo_huber,  // parameter: delta
        poisson,       // outputs are logarithms of rates
        cosine,
        hinge,          // of several classes, by labels
        squared_hinge,  // likewise
        gaussian,       // outputs: means, then as many variance parameters; parameter: the smallest variance
        custom,         // computed by `function`
    };

    Kind kind;
    double parameter;
    const CustomLoss* function;

    constexpr Loss(Kind which, double number = 0, const CustomLoss* other = nullptr)
        : kind(which), parameter(number), function(other) {}

    // Columns of the dense targets that belong to so many outputs.
    Index target_columns(Index outputs) const { return kind == gaussian ? outputs / 2 : outputs; }
    // Whether targets may be (cross entropy) or must be (hinges) one label a row.
    bool takes_labels() const { return kind == cross_entropy || kind == hinge || kind == squared_hinge; }
};

// Throws InvalidArgument that lists the names there are.
Loss::Kind loss_from_name(std::string_view name);
std::string_view name_of(Loss::Kind kind);

// Rows of a block, all lanes of the last register included: what pads it must be finite and have weight 0.
template <typename T>
struct LossBlock {
    Index rows;     // whole registers: padded_rows<T>() of some number
    Index outputs;  // columns of f
    Index stride;   // between outputs, of f, targets, gradient
    const T* f;
    const T* targets;       // (target columns, rows), or null where there are labels
    const Bits<T>* labels;  // (rows,)
    const T* weights;       // (rows,)
    bool masked = false;    // a target that is NaN is missing: its term is left out of a sum over outputs
};

// What stands in the place of ∇²: itself, or a positive semidefinite matrix for Gauss-Newton methods. They differ where
// L is not convex in f: cosine's is that of ½‖f/‖f‖ - y/‖y‖‖², the Gaussian's its Fisher information.
enum class SecondDerivative { exact, positive };

// values[row] = w L, and where a place is given gradient = w ∇L (outputs, rows) and hessian = w ∇²L
// (outputs, outputs, rows), the latter with `rows` between neighbours. Formulas: docs/losses.md. Not for custom losses.
template <typename T>
void evaluate_loss(Loss loss, const LossBlock<T>& block, T* values, T* gradient = nullptr, T* hessian = nullptr,
                   SecondDerivative second = SecondDerivative::exact);

// Rows [first, last) of w ∇²L alone, (last - first, outputs, rows), or of the matrix in its stead.
template <typename T>
void evaluate_loss_hessian(Loss loss, const LossBlock<T>& block, SecondDerivative second, Index first, Index last,
                           T* hessian);

// product = w ∇²L direction (outputs, rows), row by row, or the matrix in its stead; both have `stride` between outputs
// and lie apart. ∇²L itself is never stored. Not for custom losses.
template <typename T>
void multiply_loss_hessian(Loss loss, const LossBlock<T>& block, SecondDerivative second, const T* direction,
                           T* product, Index stride);

// The same with a matrix that was stored, (outputs, outputs, rows).
template <typename T>
void multiply_stored_hessian(const T* hessian, Index outputs, Index rows, const T* direction, T* product, Index stride);

// What a custom loss is asked: the rows of a block as they were given, and where the answers go.
template <typename T>
struct CustomBlock {
    const Targets<T>& targets;
    Rows rows;
    Index padded, outputs, stride;  // as rows, outputs, stride of a LossBlock
    const T* f;
    const T* weights;
    T* values;
    T* gradient;  // or null
    T* hessian;   // or null
};

// A loss that somebody else computes, for a whole block at once and always on the thread that called the kernel. Rows
// of weight 0, and rows that pad the block, get zeros and are not shown to it. It may throw.
class CustomLoss {
  public:
    CustomLoss() = default;
    CustomLoss(const CustomLoss&) = delete;
    CustomLoss& operator=(const CustomLoss&) = delete;
    virtual ~CustomLoss() = default;
    virtual void evaluate(const CustomBlock<float>& block) const = 0;
    virtual void evaluate(const CustomBlock<double>& block) const = 0;
};

}  // namespace ravine::network
