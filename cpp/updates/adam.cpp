#include "updates/checks.hpp"
#include "updates/driver.hpp"
#include "updates/rules.hpp"

namespace ravine::updates {

namespace {

using simd::Pack;

template <typename T>
struct AdamKernel {
    T step, beta1, fresh1, beta2, fresh2, root_scale, eps,
        weight_decay;  // step = lr/(1 - β₁ᵗ), root_scale = 1/√(1 - β₂ᵗ)
    Pack<T> operator()(Pack<T> theta, Pack<T> g, std::array<Pack<T>, 2>& state) const {
        g += weight_decay * theta;
        const Pack<T> m = beta1 * state[0] + fresh1 * g;
        const Pack<T> v = beta2 * state[1] + fresh2 * (g * g);
        state = {m, v};
        const Pack<T> denominator = simd::sqrt<T>(v) * root_scale + eps;
        const Pack<T> move = step * m / denominator;
        return theta - (denominator == 0 ? Pack<T>{} : move);
    }
};

}  // namespace

Adam::Adam(const AdamOptions& options) : options_(options) {
    non_negative("lr", options.lr);
    fraction("betas[0]", options.beta1);
    fraction("betas[1]", options.beta2);
    non_negative("eps", options.eps);
    non_negative("weight_decay", options.weight_decay);
}

void Adam::set_rate(double rate) { options_.lr = non_negative("lr", rate); }

std::vector<std::string> Adam::state_names() const { return {"exp_avg", "exp_avg_sq"}; }

template <typename T>
void Adam::apply_as(T* theta, const T* gradient, StateVectors<T>& state, Index n, Index update) const {
    const double t = static_cast<double>(update);
    const double bias1 = 1 - std::pow(options_.beta1, t), bias2 = 1 - std::pow(options_.beta2, t);
    const AdamKernel<T> kernel{.step = static_cast<T>(options_.lr / bias1),
                               .beta1 = static_cast<T>(options_.beta1),
                               .fresh1 = static_cast<T>(1 - options_.beta1),
                               .beta2 = static_cast<T>(options_.beta2),
                               .fresh2 = static_cast<T>(1 - options_.beta2),
                               .root_scale = static_cast<T>(1 / std::sqrt(bias2)),
                               .eps = static_cast<T>(options_.eps),
                               .weight_decay = static_cast<T>(options_.weight_decay)};
    drive<2>(kernel, theta, gradient, state, n);
}

void Adam::apply(float* theta, const float* g, StateVectors<float>& s, Index n, Index t) const {
    apply_as(theta, g, s, n, t);
}
void Adam::apply(double* theta, const double* g, StateVectors<double>& s, Index n, Index t) const {
    apply_as(theta, g, s, n, t);
}

}  // namespace ravine::updates
