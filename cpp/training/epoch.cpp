#include "training/epoch.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "base/interrupt.hpp"

namespace ravine::training {

namespace {

using Clock = std::chrono::steady_clock;

// A budget of seconds from its making; an infinite one never asks the clock.
class Budget {
  public:
    explicit Budget(double seconds) : seconds_(seconds), start_(Clock::now()) {}
    bool spent() const {
        return std::isfinite(seconds_) && std::chrono::duration<double>(Clock::now() - start_).count() >= seconds_;
    }

  private:
    double seconds_;
    Clock::time_point start_;
};

updates::GradientScaling scaling_of(double norm, const EpochOptions& options) {
    return {.scale = norm > options.clip_norm ? options.clip_norm / norm : 1, .clip_value = options.clip_value};
}

}  // namespace

template <typename T>
EpochReport run_epoch(const Risk<T>& risk, updates::Optimizer& optimizer, T* theta, const EpochOptions& options,
                      std::span<double> losses, std::span<double> norms, Workspace& workspace) {
    const Index rows = risk.samples_count(), parameters = risk.architecture().parameters();
    const Index batch_size = std::min(options.batch_size, rows);
    RiskEvaluator<T> evaluator(risk, batch_size, true, workspace);
    const auto gradient = std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(parameters));
    const auto point =
        optimizer.looks_ahead() ? std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(parameters)) : nullptr;
    const Budget budget(options.seconds);
    EpochReport report;
    for (; report.updates < std::ssize(losses); ++report.updates) {
        if (budget.spent()) return {report.updates, EpochEnd::time};
        const auto i = static_cast<std::size_t>(report.updates);
        const Index first = (options.first + report.updates) * batch_size;
        const network::Rows batch{options.order, first, std::min(batch_size, rows - first)};
        if (options.rates != nullptr) optimizer.set_rate(options.rates[i]);
        if (options.momenta != nullptr) optimizer.set_momentum(options.momenta[i]);
        if (point != nullptr) optimizer.look_ahead(theta, point.get(), parameters);
        const T* const where = point != nullptr ? point.get() : theta;
        const Evaluation at = evaluator.gradient(batch, risk.share(batch.count), where, gradient.get());
        losses[i] = at.value;
        norms[i] = at.gradient_norm;
        if (!std::isfinite(at.value) || !std::isfinite(at.gradient_norm)) {
            return {report.updates, EpochEnd::not_finite};
        }
        if (at.gradient_norm < options.pause_below && report.updates >= options.pause_from) {
            return {report.updates, EpochEnd::small_gradient};
        }
        optimizer.step(theta, gradient.get(), parameters, scaling_of(at.gradient_norm, options));
        interrupt::poll();
    }
    return report;
}

template EpochReport run_epoch(const Risk<float>&, updates::Optimizer&, float*, const EpochOptions&, std::span<double>,
                               std::span<double>, Workspace&);
template EpochReport run_epoch(const Risk<double>&, updates::Optimizer&, double*, const EpochOptions&,
                               std::span<double>, std::span<double>, Workspace&);

}  // namespace ravine::training
