// The rules that divide by the root of a sum or average of squares: Adagrad, RMSprop, Adadelta.

#include "updates/momentum.hpp"
#include "updates/roots.hpp"
#include "updates/rule.hpp"
#include "updates/rules.hpp"

namespace ravine::updates {

namespace {

using simd::Pack;

template <typename T>
struct AdagradKernel {
    T rate;
    Root<T> root;
    Pack<T> operator()(Pack<T> theta, Pack<T> g, Registers<T, 1>& state) const {
        state[0] += g * g;
        return theta - rate * root.divide(g, state[0]);
    }
};

// r ← r + g²;  θ ← θ - ε/(1 + (t - 1) lr_decay) g/(√r + δ).    Duchi et al. 2011.
struct Adagrad {
    Stabiliser stabiliser;
    double lr_decay, start;

    Adagrad(OptionReader& read, Settings& settings)
        : stabiliser(read),
          lr_decay(read.non_negative("lr_decay")),
          start(read.non_negative("initial_accumulator_value")) {
        read_common(read, settings);
    }
    std::vector<std::string> state_names() const { return {"sum"}; }
    double initial_value(std::size_t, const Settings&) const { return start; }
    template <typename T>
    void apply(const Task<T>& task) const {
        const double rate = task.settings.lr / (1 + static_cast<double>(task.moment.t - 1) * lr_decay);
        drive<1>(AdagradKernel<T>{static_cast<T>(rate), stabiliser.root<T>()}, task);
    }
};

// States: square_avg, then grad_avg if centered, then momentum_buffer if there is momentum.
template <typename T, bool centered, bool momentum>
struct RmspropKernel {
    static constexpr std::size_t states = 1 + (centered ? 1 : 0) + (momentum ? 1 : 0);
    T alpha, fresh, drag;
    Root<T> root;
    MomentumStep<T> step;

    static Pack<T> square(const Registers<T, states>& state) {
        if constexpr (centered) {
            return simd::max<T>(state[0] - state[1] * state[1], 0);  // rounding may leave less than nothing
        } else {
            return state[0];
        }
    }
    Pack<T> operator()(Pack<T> theta, Pack<T> g, Registers<T, states>& state) const {
        if constexpr (momentum) g -= drag * state[states - 1];
        state[0] = alpha * state[0] + fresh * (g * g);
        if constexpr (centered) state[1] = alpha * state[1] + fresh * g;
        const Pack<T> d = root.divide(g, square(state));
        if constexpr (momentum) return step(theta, d, state[states - 1]);
        return theta - step.follow * d;
    }
};

// r ← ρr + (1 - ρ)g², minus the square of the average gradient if centered;  θ ← θ - ε g/(√r + δ), with momentum on
// g/(√r + δ) in any of its forms.    Tieleman and Hinton 2012; Graves 2013 (centered).
struct Rmsprop {
    Stabiliser stabiliser;
    MomentumForm momentum;
    double alpha;
    bool centered;

    Rmsprop(OptionReader& read, Settings& settings)
        : stabiliser(read), momentum(read, settings), alpha(read.fraction("alpha")), centered(read.flag("centered")) {
        read_common(read, settings);
    }
    std::vector<std::string> state_names() const {
        std::vector<std::string> names{"square_avg"};
        if (centered) names.emplace_back("grad_avg");
        if (momentum.has_buffer()) names.emplace_back("momentum_buffer");
        return names;
    }
    double product_after(Index, double before, const Settings& settings) const {
        return momentum.product_after(before, settings);
    }
    LookAhead look_ahead(const Settings& settings, const Moment& next) const {
        return momentum.look_ahead(centered ? 2 : 1, settings, next);
    }
    template <typename T>
    void apply(const Task<T>& task) const {
        if (centered) return momentum.has_buffer() ? run<T, true, true>(task) : run<T, true, false>(task);
        return momentum.has_buffer() ? run<T, false, true>(task) : run<T, false, false>(task);
    }

  private:
    template <typename T, bool center, bool buffer>
    void run(const Task<T>& task) const {
        using Kernel = RmspropKernel<T, center, buffer>;
        drive<Kernel::states>(Kernel{.alpha = static_cast<T>(alpha),
                                     .fresh = static_cast<T>(1 - alpha),
                                     .drag = static_cast<T>(momentum.drag(task.settings, task.moment)),
                                     .root = stabiliser.root<T>(),
                                     .step = momentum.step<T>(task.settings, task.moment)},
                              task);
    }
};

// One root for both averages: √(a + δ)/√(r + δ) = √((a + δ)/(r + δ)), and a parameter that has never had a gradient
// stays where it is even if δ = 0.
template <typename T>
struct AdadeltaKernel {
    T rate, rho, fresh, eps;
    Pack<T> operator()(Pack<T> theta, Pack<T> g, Registers<T, 2>& state) const {
        state[0] = rho * state[0] + fresh * (g * g);
        const Pack<T> below = state[0] + eps;
        const Pack<T> ratio = (state[1] + eps) / below;
        const Pack<T> d = simd::sqrt<T>(below == 0 ? Pack<T>{} : ratio) * g;
        state[1] = rho * state[1] + fresh * (d * d);
        return theta - rate * d;
    }
};

// r ← ρr + (1 - ρ)g²;  d = √(a + δ)/√(r + δ) g;  a ← ρa + (1 - ρ)d²;  θ ← θ - εd.    Zeiler 2012.
struct Adadelta {
    double rho, eps;

    Adadelta(OptionReader& read, Settings& settings) : rho(read.fraction("rho")), eps(read.non_negative("eps")) {
        read_common(read, settings);
    }
    std::vector<std::string> state_names() const { return {"square_avg", "acc_delta"}; }
    template <typename T>
    void apply(const Task<T>& task) const {
        drive<2>(AdadeltaKernel<T>{static_cast<T>(task.settings.lr), static_cast<T>(rho), static_cast<T>(1 - rho),
                                   static_cast<T>(eps)},
                 task);
    }
};

}  // namespace

std::unique_ptr<Optimizer> make_adagrad(std::string_view name, const Options& options) {
    return make_rule<Adagrad>(name, options);
}
std::unique_ptr<Optimizer> make_rmsprop(std::string_view name, const Options& options) {
    return make_rule<Rmsprop>(name, options);
}
std::unique_ptr<Optimizer> make_adadelta(std::string_view name, const Options& options) {
    return make_rule<Adadelta>(name, options);
}

}  // namespace ravine::updates
