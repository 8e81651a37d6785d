// Adam and its relatives. m and v are running averages of g and g²; in all of them the update is
// θ ← θ - (direct g + step m)/(√(scale v + inside) + outside), with coefficients of the rule's own.

#include <cmath>

#include "updates/roots.hpp"
#include "updates/rule.hpp"
#include "updates/rules.hpp"

namespace ravine::updates {

namespace {

using simd::Pack;

template <typename T>
struct Averages {
    T keep1, fresh1, keep2, fresh2;
    void take(Pack<T> g, Pack<T>& m, Pack<T>& v) const {
        m = keep1 * m + fresh1 * g;
        v = keep2 * v + fresh2 * (g * g);
    }
};

template <typename T, bool amsgrad, bool direct_too>
struct AdamKernel {
    static constexpr std::size_t states = amsgrad ? 3 : 2;
    Averages<T> averages;
    T direct, step;
    Root<T> root;
    Pack<T> operator()(Pack<T> theta, Pack<T> g, Registers<T, states>& state) const {
        averages.take(g, state[0], state[1]);
        if constexpr (amsgrad) state[2] = state[1] <= state[2] ? state[2] : state[1];
        const Pack<T> square = state[amsgrad ? 2 : 1];
        if constexpr (direct_too) return theta - root.divide(direct * g + step * state[0], square);
        return theta - root.divide(step * state[0], square);
    }
};

template <typename T>
struct AdamaxKernel {
    T keep1, fresh1, keep2, step, eps;
    Pack<T> operator()(Pack<T> theta, Pack<T> g, Registers<T, 2>& state) const {
        state[0] = keep1 * state[0] + fresh1 * g;
        const Pack<T> kept = keep2 * state[1], size = simd::abs<T>(g) + eps;
        state[1] = size <= kept ? kept : size;
        const Pack<T> move = step * state[0] / state[1];
        return theta - (state[1] == 0 ? Pack<T>{} : move);
    }
};

// What the family shares: its betas, of which the first is the momentum, and the bias corrections.
struct Family {
    double beta2;

    Family(OptionReader& read, Settings& settings) : beta2(read.fraction("betas[1]")) {
        settings.momentum = read.fraction("betas[0]");
        settings.momentum_name = "betas[0]";
        read_common(read, settings);
    }
    double correction2(Index t) const { return 1 - std::pow(beta2, static_cast<double>(t)); }
    template <typename T>
    Averages<T> averages(const Settings& settings) const {
        return {static_cast<T>(settings.momentum), static_cast<T>(1 - settings.momentum), static_cast<T>(beta2),
                static_cast<T>(1 - beta2)};
    }
};

// m̂ = m/(1 - β₁ᵗ), v̂ = v/(1 - β₂ᵗ);  θ ← θ - ε m̂/(√v̂ + δ); amsgrad: the largest v so far.    Kingma and Ba 2015;
// Reddi et al. 2018; with decoupled decay AdamW, Loshchilov and Hutter 2019.
struct Adam : Family {
    Stabiliser stabiliser;
    bool amsgrad, corrected;

    Adam(OptionReader& read, Settings& settings)
        : Family(read, settings),
          stabiliser(read),
          amsgrad(read.flag("amsgrad")),
          corrected(read.flag("bias_correction")) {
        settings.decoupled = read.flag("decoupled_weight_decay");
    }
    std::vector<std::string> state_names() const {
        std::vector<std::string> names{"exp_avg", "exp_avg_sq"};
        if (amsgrad) names.emplace_back("max_exp_avg_sq");
        return names;
    }
    template <typename T>
    void apply(const Task<T>& task) const {
        const double bias1 = corrected ? 1 - task.moment.product : 1;
        const double bias2 = corrected ? correction2(task.moment.t) : 1;
        const auto mean = averages<T>(task.settings);
        const T step = static_cast<T>(task.settings.lr / bias1);
        const auto root = stabiliser.root<T>(1 / bias2);
        if (amsgrad) return drive<3>(AdamKernel<T, true, false>{mean, 0, step, root}, task);
        drive<2>(AdamKernel<T, false, false>{mean, 0, step, root}, task);
    }
};

struct AdamW : Adam {
    AdamW(OptionReader& read, Settings& settings) : Adam(read, settings) { settings.decoupled = true; }
};

// Adam with Nesterov's momentum, μ_t = β₁(1 - ½ 0.96^(t ψ)):
// θ ← θ - ε ((1 - μ_t) g/(1 - Π μ) + μ_{t+1} m/(1 - μ_{t+1} Π μ))/(√v̂ + δ).    Dozat 2016.
struct Nadam : Family {
    Stabiliser stabiliser;
    double momentum_decay;

    Nadam(OptionReader& read, Settings& settings)
        : Family(read, settings), stabiliser(read), momentum_decay(read.non_negative("momentum_decay")) {
        settings.decoupled = read.flag("decoupled_weight_decay");
    }
    std::vector<std::string> state_names() const { return {"exp_avg", "exp_avg_sq"}; }
    double mu(Index t, const Settings& settings) const {
        return settings.momentum * (1 - 0.5 * std::pow(0.96, static_cast<double>(t) * momentum_decay));
    }
    // In single precision, as torch.optim keeps it: trajectories are to be the same.
    double product_after(Index t, double before, const Settings& settings) const {
        return static_cast<double>(static_cast<float>(before) * static_cast<float>(mu(t, settings)));
    }
    template <typename T>
    void apply(const Task<T>& task) const {
        const auto& [t, before, product] = task.moment;
        const double rate = task.settings.lr;
        const double now = mu(t, task.settings), next = mu(t + 1, task.settings);
        const T direct = static_cast<T>(rate * (1 - now) / (1 - product));
        const T step = static_cast<T>(rate * next / (1 - product * next));
        drive<2>(AdamKernel<T, false, true>{averages<T>(task.settings), direct, step,
                                            stabiliser.root<T>(1 / correction2(t))},
                 task);
    }
};

// Adam whose step is rectified while v has seen little: ρ_t = ρ_∞ - 2tβ₂ᵗ/(1 - β₂ᵗ); above 5 the step is
// ε √((ρ_t - 4)(ρ_t - 2)ρ_∞/((ρ_∞ - 4)(ρ_∞ - 2)ρ_t)) √(1 - β₂ᵗ) m̂/(√v + δ), below it ε m̂.    Liu et al. 2020.
struct Radam : Family {
    double eps;

    Radam(OptionReader& read, Settings& settings) : Family(read, settings), eps(read.non_negative("eps")) {
        settings.decoupled = read.flag("decoupled_weight_decay");
    }
    std::vector<std::string> state_names() const { return {"exp_avg", "exp_avg_sq"}; }
    template <typename T>
    void apply(const Task<T>& task) const {
        const double t = static_cast<double>(task.moment.t), bias2 = correction2(task.moment.t);
        const double longest = 2 / (1 - beta2) - 1, length = longest - 2 * t * std::pow(beta2, t) / bias2;
        double step = task.settings.lr / (1 - task.moment.product);
        Root<T> root{0, 0, 1};  // divides by one
        if (length > 5) {
            step *= std::sqrt(bias2 * (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
            root = {1, 0, static_cast<T>(eps)};
        }
        drive<2>(AdamKernel<T, false, false>{averages<T>(task.settings), 0, static_cast<T>(step), root}, task);
    }
};

// m ← β₁m + (1 - β₁)g;  u ← max(β₂u, |g| + δ);  θ ← θ - ε m/((1 - β₁ᵗ) u).    Kingma and Ba 2015, algorithm 2.
struct Adamax : Family {
    double eps;

    Adamax(OptionReader& read, Settings& settings) : Family(read, settings), eps(read.non_negative("eps")) {}
    std::vector<std::string> state_names() const { return {"exp_avg", "exp_inf"}; }
    template <typename T>
    void apply(const Task<T>& task) const {
        const double beta1 = task.settings.momentum, step = task.settings.lr / (1 - task.moment.product);
        drive<2>(AdamaxKernel<T>{static_cast<T>(beta1), static_cast<T>(1 - beta1), static_cast<T>(beta2),
                                 static_cast<T>(step), static_cast<T>(eps)},
                 task);
    }
};

}  // namespace

std::unique_ptr<Optimizer> make_adam(std::string_view name, const Options& options) {
    return make_rule<Adam>(name, options);
}
std::unique_ptr<Optimizer> make_adamw(std::string_view name, const Options& options) {
    return make_rule<AdamW>(name, options);
}
std::unique_ptr<Optimizer> make_nadam(std::string_view name, const Options& options) {
    return make_rule<Nadam>(name, options);
}
std::unique_ptr<Optimizer> make_radam(std::string_view name, const Options& options) {
    return make_rule<Radam>(name, options);
}
std::unique_ptr<Optimizer> make_adamax(std::string_view name, const Options& options) {
    return make_rule<Adamax>(name, options);
}

}  // namespace ravine::updates
