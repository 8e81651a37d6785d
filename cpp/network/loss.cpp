#include "network/loss.hpp"

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
};

template <typename T, typename Kernel>
void evaluate(const Kernel& kernel, const LossBlock<T>& block, const Place<T>& place) {
    for (Index row = 0; row < block.rows; row += simd::lanes<T>) {
        simd::store(place.values + row, kernel(Column<T>{block, row, place.gradient, place.hessian}));
    }
}

template <typename T, typename Term>
void evaluate_sum(const Term& term, const LossBlock<T>& block, const Place<T>& place) {
    evaluate(SumOverOutputs<T, Term>{term}, block, place);
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

template <typename T>
void evaluate_loss(Loss loss, const LossBlock<T>& block, T* values, T* gradient, T* hessian, SecondDerivative second) {
    const Place<T> place{values, gradient, hessian};
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

template void evaluate_loss(Loss, const LossBlock<float>&, float*, float*, float*, SecondDerivative);
template void evaluate_loss(Loss, const LossBlock<double>&, double*, double*, double*, SecondDerivative);

}  // namespace ravine::network
