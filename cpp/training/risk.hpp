#pragma once

// The empirical risk J(θ) = Σ w L / normaliser + penalty: the only place that divides and regularises.

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "derivatives/gradient.hpp"
#include "training/penalty.hpp"

namespace ravine::training {

struct RiskOptions {
    network::Loss loss;
    double normaliser;  // Σ w for a mean, 1 for a sum; a subset's share of it
};

// ‖x‖₂, to the bit what a gradient's evaluation yields as its norm.
template <typename T>
double gradient_norm(const T* x, Index n);

// What an evaluation yields beside the gradient itself.
struct Evaluation {
    double value;
    double gradient_norm;  // ‖∇J‖₂
};

template <typename T>
class Risk {
  public:
    Risk(std::shared_ptr<const network::Architecture> architecture, network::Samples<T> samples, RiskOptions options,
         Penalty<T> penalty = {})
        : architecture_(std::move(architecture)), samples_(samples), options_(options), penalty_(std::move(penalty)) {}

    const network::Architecture& architecture() const { return *architecture_; }
    const std::shared_ptr<const network::Architecture>& shared_architecture() const { return architecture_; }
    const RiskOptions& options() const { return options_; }
    const Penalty<T>& penalty() const { return penalty_; }
    const network::Samples<T>& samples() const { return samples_; }
    Index samples_count() const { return samples_.inputs.rows; }

    // The part of the normaliser that belongs to `rows` of all samples, so that a batch's gradient is unbiased.
    double share(Index rows) const {
        return options_.normaliser * static_cast<double>(rows) / static_cast<double>(samples_.inputs.rows);
    }

  private:
    std::shared_ptr<const network::Architecture> architecture_;
    network::Samples<T> samples_;
    RiskOptions options_;
    Penalty<T> penalty_;
};

// What one task leaves behind when a gradient is finished.
struct FinishPart {
    double squares, penalty;
};

// As many as finish_gradient() needs.
Index finish_parts(Index parameters);

// Divides and regularises: writes ∇J into `gradient` (P,), whole or not at all. With `parts` to work on.
template <typename T>
Evaluation finish_gradient(const Risk<T>& risk, const derivatives::GradientSum<T>& sum, double normaliser,
                           const T* theta, T* gradient, std::span<FinishPart> parts);

// Evaluates a risk on selections of rows; holds the buffers, so a loop over batches allocates nothing.
template <typename T>
class RiskEvaluator {
  public:
    RiskEvaluator(const Risk<T>& risk, Index most_rows, bool with_gradient, Workspace& workspace);

    double value(const network::Rows& rows, double normaliser, const T* theta);

    // An estimate of the rounding error in J: eps (Σ w (|L| + Σ_k |∂L/∂f_k f_k|) / normaliser + penalty), what rounding
    // each output once would do. Where J is tiny it is far above eps |J|.
    double rounding_error(const network::Rows& rows, double normaliser, const T* theta);

    // Writes ∇J into `gradient` (P,), which nobody reads meanwhile; on an exception it is untouched.
    Evaluation gradient(const network::Rows& rows, double normaliser, const T* theta, T* gradient);

    static Index bytes(const Risk<T>& risk, Index most_rows, bool with_gradient);

  private:
    double penalty(const T* theta);

    const Risk<T>& risk_;
    derivatives::RowSums<T> sums_;
    std::vector<FinishPart> parts_;
};

}  // namespace ravine::training
