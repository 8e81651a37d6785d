#include "network/loss.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "network/loss_classes.hpp"
#include "network/loss_sums.hpp"

namespace ravine::network {

namespace {

template <typename T>
struct Place {
    T* values;
    T* gradient;
    T* hessian;
    Index hessian_first = 0, hessian_last = 0;
    const T* direction = nullptr;
    T* product = nullptr;
    Index direction_stride = 0;
};

template <typename T, typename Kernel>
void evaluate(const Kernel& kernel, const LossBlock<T>& block, const Place<T>& place) {
    for (Index row = 0; row < block.rows; row += simd::lanes<T>) {
        const simd::Pack<T> value =
            kernel(Column<T>{block, row, place.gradient, place.hessian, place.hessian_first, place.hessian_last,
                             place.direction, place.product, place.direction_stride});
        if (place.values != nullptr) simd::store(place.values + row, value);
    }
}

template <typename T, typename Term>
void evaluate_sum(const Term& term, const LossBlock<T>& block, const Place<T>& place) {
    evaluate(SumOverOutputs<T, Term>{term}, block, place);
}

// By the kernel of the loss.
template <typename T>
void evaluate_kind(Loss loss, const LossBlock<T>& block, const Place<T>& place, SecondDerivative second) {
    const T parameter = static_cast<T>(loss.parameter);
    switch (loss.kind) {
        case Loss::squared_error:
            return evaluate_sum(SquaredErrorTerm<T>{}, block, place);
        case Loss::cross_entropy:
            return evaluate(CrossEntropy<T>{}, block, place);
        case Loss::binary_cross_entropy:
            return evaluate_sum(BinaryCrossEntropyTerm<T>{}, block, place);
        case Loss::huber:
            return evaluate_sum(HuberTerm<T>{parameter}, block, place);
        case Loss::pseudo_huber:
            return evaluate_sum(PseudoHuberTerm<T>{parameter}, block, place);
        case Loss::poisson:
            return evaluate_sum(PoissonTerm<T>{}, block, place);
        case Loss::cosine:
            return evaluate(Cosine<T>{second}, block, place);
        case Loss::hinge:
            return evaluate(Hinge<T, false>{}, block, place);
        case Loss::squared_hinge:
            return evaluate(Hinge<T, true>{}, block, place);
        case Loss::gaussian:
            return evaluate(Gaussian<T>{static_cast<T>(std::log(loss.parameter)), second}, block, place);
        case Loss::custom:
            break;
    }
    throw InvalidArgument("a custom loss is computed by its own function");
}

struct Named {
    std::string_view name;
    Loss::Kind kind;
};

constexpr std::array names{
    Named{"squared_error", Loss::squared_error},
    Named{"cross_entropy", Loss::cross_entropy},
    Named{"binary_cross_entropy", Loss::binary_cross_entropy},
    Named{"huber", Loss::huber},
    Named{"pseudo_huber", Loss::pseudo_huber},
    Named{"poisson", Loss::poisson},
    Named{"cosine", Loss::cosine},
    Named{"hinge", Loss::hinge},
    Named{"squared_hinge", Loss::squared_hinge},
    Named{"gaussian", Loss::gaussian},
    Named{"custom", Loss::custom},
};

}  // namespace

Loss::Kind loss_from_name(std::string_view name) {
    std::string known;
    for (const auto& entry : names) {
        if (entry.name == name) return entry.kind;
        known += (known.empty() ? "" : ", ") + std::string(entry.name);
    }
    throw InvalidArgument("loss must be one of " + known + ", got '" + std::string(name) + "'");
}

std::string_view name_of(Loss::Kind kind) { return names[static_cast<std::size_t>(kind)].name; }

template <typename T>
void evaluate_loss(Loss loss, const LossBlock<T>& block, T* values, T* gradient, T* hessian, SecondDerivative second) {
    evaluate_kind(loss, block, Place<T>{values, gradient, hessian, 0, block.outputs}, second);
}

template <typename T>
void evaluate_loss_hessian(Loss loss, const LossBlock<T>& block, SecondDerivative second, Index first, Index last,
                           T* hessian) {
    evaluate_kind(loss, block, Place<T>{nullptr, nullptr, hessian, first, last}, second);
}

template <typename T>
void multiply_loss_hessian(Loss loss, const LossBlock<T>& block, SecondDerivative second, const T* direction,
                           T* product, Index stride) {
    for (Index k = 0; k < block.outputs; ++k) std::fill_n(product + k * stride, block.rows, T(0));
    evaluate_kind(loss, block, Place<T>{nullptr, nullptr, nullptr, 0, 0, direction, product, stride}, second);
}

template <typename T>
void multiply_stored_hessian(const T* hessian, Index outputs, Index rows, const T* direction, T* product,
                             Index stride) {
    for (Index i = 0; i < outputs; ++i) {
        T* to = product + i * stride;
        std::fill_n(to, rows, T(0));
        for (Index k = 0; k < outputs; ++k, hessian += rows) {
            const T* from = direction + k * stride;
            for (Index n = 0; n < rows; ++n) to[n] += hessian[n] * from[n];
        }
    }
}

template void multiply_stored_hessian(const float*, Index, Index, const float*, float*, Index);
template void multiply_stored_hessian(const double*, Index, Index, const double*, double*, Index);
template void evaluate_loss(Loss, const LossBlock<float>&, float*, float*, float*, SecondDerivative);
template void evaluate_loss(Loss, const LossBlock<double>&, double*, double*, double*, SecondDerivative);
template void evaluate_loss_hessian(Loss, const LossBlock<float>&, SecondDerivative, Index, Index, float*);
template void evaluate_loss_hessian(Loss, const LossBlock<double>&, SecondDerivative, Index, Index, double*);
template void multiply_loss_hessian(Loss, const LossBlock<float>&, SecondDerivative, const float*, float*, Index);
template void multiply_loss_hessian(Loss, const LossBlock<double>&, SecondDerivative, const double*, double*, Index);

}  // namespace ravine::network
