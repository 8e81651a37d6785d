#include "updates/momentum.hpp"
#include "updates/rule.hpp"
#include "updates/rules.hpp"

namespace ravine::updates {

namespace {

using simd::Pack;

template <typename T>
struct PlainKernel {
    T rate;
    Pack<T> operator()(Pack<T> theta, Pack<T> g, Registers<T, 0>&) const { return theta - rate * g; }
};

template <typename T>
struct MomentumKernel {
    MomentumStep<T> step;
    T drag;
    Pack<T> operator()(Pack<T> theta, Pack<T> g, Registers<T, 1>& state) const {
        return step(theta, g - drag * state[0], state[0]);
    }
};

// θ ← θ - εg, or with momentum in any of its forms.    torch.optim.SGD; Polyak 1964; Sutskever et al. 2013.
struct Sgd {
    MomentumForm momentum;

    Sgd(OptionReader& read, Settings& settings) : momentum(read, settings) { read_common(read, settings); }
    std::vector<std::string> state_names() const {
        return momentum.has_buffer() ? std::vector<std::string>{"momentum_buffer"} : std::vector<std::string>{};
    }
    double product_after(Index, double before, const Settings& settings) const {
        return momentum.product_after(before, settings);
    }
    LookAhead look_ahead(const Settings& settings, const Moment& next) const {
        return momentum.look_ahead(0, settings, next);
    }
    template <typename T>
    void apply(const Task<T>& task) const {
        const Settings& settings = task.settings;
        if (!momentum.has_buffer()) return drive<0>(PlainKernel<T>{static_cast<T>(settings.lr)}, task);
        const auto drag = static_cast<T>(momentum.drag(settings, task.moment));
        drive<1>(MomentumKernel<T>{momentum.step<T>(settings, task.moment), drag}, task);
    }
};

}  // namespace

std::unique_ptr<Optimizer> make_sgd(std::string_view name, const Options& options) {
    return make_rule<Sgd>(name, options);
}

}  // namespace ravine::updates
