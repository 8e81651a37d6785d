#include "training/epoch.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/interrupt.hpp"

namespace ravine::training {

template <typename T>
EpochReport run_epoch(const Risk<T>& risk, updates::Optimizer& optimizer, T* theta, Index batch_size,
                      const Index* order, Workspace& workspace) {
    const Index rows = risk.samples_count(), parameters = risk.architecture().parameters();
    RiskEvaluator<T> evaluator(risk, std::min(batch_size, rows), true, workspace);
    const auto gradient = std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(parameters));
    EpochReport report;
    for (Index first = 0; first < rows; first += batch_size) {
        const network::Rows batch{order, first, std::min(batch_size, rows - first)};
        const Evaluation at = evaluator.gradient(batch, risk.share(batch.count), theta, gradient.get());
        report.finite = std::isfinite(at.value) && std::isfinite(at.gradient_norm);
        if (!report.finite) break;
        optimizer.step(theta, gradient.get(), parameters);
        ++report.updates;
        report.loss += at.value * static_cast<double>(batch.count) / static_cast<double>(rows);
        report.gradient_norm += at.gradient_norm;
        interrupt::poll();
    }
    if (report.updates > 0) report.gradient_norm /= static_cast<double>(report.updates);
    return report;
}

template EpochReport run_epoch(const Risk<float>&, updates::Optimizer&, float*, Index, const Index*, Workspace&);
template EpochReport run_epoch(const Risk<double>&, updates::Optimizer&, double*, Index, const Index*, Workspace&);

}  // namespace ravine::training
