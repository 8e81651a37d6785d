#pragma once

// The rules, in torch.optim's form, names and defaults.

#include "updates/optimizer.hpp"

namespace ravine::updates {

// g ← g + weight_decay θ;  v ← momentum v + (1 - dampening) g (v ← g at the first update);
// θ ← θ - lr v, or with nesterov θ ← θ - lr (g + momentum v).    Polyak 1964; Sutskever et al. 2013.
struct SgdOptions {
    double lr = 1e-3, momentum = 0, dampening = 0, weight_decay = 0;
    bool nesterov = false;
};

class Sgd final : public Optimizer {
  public:
    explicit Sgd(const SgdOptions& options);
    const SgdOptions& options() const { return options_; }
    std::string_view name() const override { return "SGD"; }
    std::vector<std::string> state_names() const override;
    double rate() const override { return options_.lr; }
    void set_rate(double rate) override;

  protected:
    void apply(float*, const float*, StateVectors<float>&, Index, Index) const override;
    void apply(double*, const double*, StateVectors<double>&, Index, Index) const override;

  private:
    template <typename T>
    void apply_as(T*, const T*, StateVectors<T>&, Index, Index) const;
    SgdOptions options_;
};

// g ← g + weight_decay θ;  m ← β₁m + (1 - β₁)g;  v ← β₂v + (1 - β₂)g²;
// θ ← θ - lr m̂/(√v̂ + ε),  m̂ = m/(1 - β₁ᵗ), v̂ = v/(1 - β₂ᵗ), and 0/0 = 0 where ε = 0.    Kingma and Ba 2015.
struct AdamOptions {
    double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
};

class Adam final : public Optimizer {
  public:
    explicit Adam(const AdamOptions& options);
    const AdamOptions& options() const { return options_; }
    std::string_view name() const override { return "Adam"; }
    std::vector<std::string> state_names() const override;
    double rate() const override { return options_.lr; }
    void set_rate(double rate) override;

  protected:
    void apply(float*, const float*, StateVectors<float>&, Index, Index) const override;
    void apply(double*, const double*, StateVectors<double>&, Index, Index) const override;

  private:
    template <typename T>
    void apply_as(T*, const T*, StateVectors<T>&, Index, Index) const;
    AdamOptions options_;
};

}  // namespace ravine::updates
