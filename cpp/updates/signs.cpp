// The rules that follow signs: Rprop and Lion.

#include "base/errors.hpp"
#include "updates/rule.hpp"
#include "updates/rules.hpp"

namespace ravine::updates {

namespace {

using simd::Pack;

// -1, 0 or 1; a NaN stays one.
template <typename T>
Pack<T> sign(Pack<T> x) {
    const Pack<T> one = simd::splat(T(1));
    return x > 0 ? one : (x < 0 ? -one : x);
}

template <typename T>
struct RpropKernel {
    T shrink, grow, least, most;
    Pack<T> operator()(Pack<T> theta, Pack<T> g, Registers<T, 2>& state) const {
        const Pack<T> agreement = g * state[0], size = state[1];
        const Pack<T> scaled = agreement > 0 ? size * grow : (agreement < 0 ? size * shrink : size);
        state[1] = simd::min<T>(simd::max<T>(scaled, least), most);
        state[0] = agreement < 0 ? Pack<T>{} : g;
        return theta - sign<T>(state[0]) * state[1];
    }
};

// Each parameter has a step size of its own, larger by η⁺ while the sign of its gradient stays, smaller by η⁻ when it
// turns, and then the parameter waits for one update;  θ ← θ - sign(g) size.    Riedmiller and Braun 1993.
struct Rprop {
    double shrink, grow, least, most;

    Rprop(OptionReader& read, Settings& settings)
        : shrink(read.between("etas[0]", 0, 1)),
          grow(read.between("etas[1]", 1, std::numeric_limits<double>::infinity())),
          least(read.non_negative("step_sizes[0]")),
          most(read.non_negative("step_sizes[1]")) {
        settings.lr = read.non_negative("lr");
        settings.maximize = read.flag("maximize");
        if (least > most) {
            throw InvalidArgument("step_sizes must be (least, most), got " + std::to_string(least) + " and " +
                                  std::to_string(most));
        }
    }
    std::vector<std::string> state_names() const { return {"prev", "step_size"}; }
    double initial_value(std::size_t vector, const Settings& settings) const { return vector == 1 ? settings.lr : 0; }
    template <typename T>
    void apply(const Task<T>& task) const {
        drive<2>(
            RpropKernel<T>{static_cast<T>(shrink), static_cast<T>(grow), static_cast<T>(least), static_cast<T>(most)},
            task);
    }
};

template <typename T>
struct LionKernel {
    T rate, keep1, fresh1, keep2, fresh2;
    Pack<T> operator()(Pack<T> theta, Pack<T> g, Registers<T, 1>& state) const {
        const Pack<T> direction = sign<T>(keep1 * state[0] + fresh1 * g);
        state[0] = keep2 * state[0] + fresh2 * g;
        return theta - rate * direction;
    }
};

// θ ← θ - ε (sign(β₁m + (1 - β₁)g) + λθ);  m ← β₂m + (1 - β₂)g.    Chen et al. 2023, algorithm 2.
struct Lion {
    double beta2;

    Lion(OptionReader& read, Settings& settings) : beta2(read.fraction("betas[1]")) {
        settings.momentum = read.fraction("betas[0]");
        settings.momentum_name = "betas[0]";
        settings.decoupled = true;
        read_common(read, settings);
    }
    std::vector<std::string> state_names() const { return {"exp_avg"}; }
    template <typename T>
    void apply(const Task<T>& task) const {
        const double beta1 = task.settings.momentum;
        drive<1>(LionKernel<T>{static_cast<T>(task.settings.lr), static_cast<T>(beta1), static_cast<T>(1 - beta1),
                               static_cast<T>(beta2), static_cast<T>(1 - beta2)},
                 task);
    }
};

}  // namespace

std::unique_ptr<Optimizer> make_rprop(std::string_view name, const Options& options) {
    return make_rule<Rprop>(name, options);
}
std::unique_ptr<Optimizer> make_lion(std::string_view name, const Options& options) {
    return make_rule<Lion>(name, options);
}

}  // namespace ravine::updates
