#include "updates/checks.hpp"
#include "updates/driver.hpp"
#include "updates/rules.hpp"

namespace ravine::updates {

namespace {

using simd::Pack;

template <typename T>
struct PlainKernel {
    T lr, weight_decay;
    Pack<T> operator()(Pack<T> theta, Pack<T> g, std::array<Pack<T>, 0>&) const {
        return theta - lr * (g + weight_decay * theta);
    }
};

template <typename T>
struct MomentumKernel {
    T lr, weight_decay, momentum, fresh;  // fresh: the gradient's share in v
    bool nesterov;
    Pack<T> operator()(Pack<T> theta, Pack<T> g, std::array<Pack<T>, 1>& state) const {
        g += weight_decay * theta;
        const Pack<T> v = momentum * state[0] + fresh * g;
        state[0] = v;
        return theta - lr * (nesterov ? g + momentum * v : v);
    }
};

}  // namespace

Sgd::Sgd(const SgdOptions& options) : options_(options) {
    non_negative("lr", options.lr);
    non_negative("momentum", options.momentum);
    require(std::isfinite(options.dampening), "dampening", options.dampening, "finite");
    non_negative("weight_decay", options.weight_decay);
    if (options.nesterov && (options.momentum <= 0 || options.dampening != 0)) {
        throw InvalidArgument("nesterov requires momentum > 0 and dampening = 0, got momentum " +
                              std::to_string(options.momentum) + " and dampening " + std::to_string(options.dampening));
    }
}

void Sgd::set_rate(double rate) { options_.lr = non_negative("lr", rate); }

std::vector<std::string> Sgd::state_names() const {
    return options_.momentum == 0 ? std::vector<std::string>{} : std::vector<std::string>{"momentum_buffer"};
}

template <typename T>
void Sgd::apply_as(T* theta, const T* gradient, StateVectors<T>& state, Index n, Index update) const {
    const T lr = static_cast<T>(options_.lr), decay = static_cast<T>(options_.weight_decay);
    if (options_.momentum == 0) return drive<0>(PlainKernel<T>{lr, decay}, theta, gradient, state, n);
    const double fresh = update == 1 ? 1 : 1 - options_.dampening;
    drive<1>(MomentumKernel<T>{lr, decay, static_cast<T>(options_.momentum), static_cast<T>(fresh), options_.nesterov},
             theta, gradient, state, n);
}

void Sgd::apply(float* theta, const float* g, StateVectors<float>& s, Index n, Index t) const {
    apply_as(theta, g, s, n, t);
}
void Sgd::apply(double* theta, const double* g, StateVectors<double>& s, Index n, Index t) const {
    apply_as(theta, g, s, n, t);
}

}  // namespace ravine::updates
