#pragma once

// Momentum in the forms in which books write it, for any direction d (the gradient, or the gradient divided by its
// size). All of them are  b ← keep b + fresh d;  θ ← θ - (direct d + follow b)  with coefficients of their own:
//
//   form       buffer                update            look-ahead          by
//   sum        v ← αv + (1 - τ)d     θ ← θ - εv        θ - εαv             torch.optim.SGD; Polyak 1964
//   velocity   v ← αv - εd           θ ← θ + v         θ + αv              Goodfellow et al. 2016, chapter 8
//   average    u ← βu + (1 - β)d     θ ← θ - εu        θ - εβu             running average; unbiased: εu/(1 - βᵗ)
//
// Nesterov's two-point form takes the gradient at the look-ahead (one source goes the whole way, θ - εu). The
// one-point form speaks of the look-ahead as θ itself, and so needs no second point.    Sutskever et al. 2013.

#include "updates/driver.hpp"
#include "updates/options.hpp"

namespace ravine::updates {

template <typename T>
struct MomentumStep {
    T keep, fresh, direct, follow;
    simd::Pack<T> operator()(simd::Pack<T> theta, simd::Pack<T> d, simd::Pack<T>& buffer) const {
        buffer = keep * buffer + fresh * d;
        return theta - (direct * d + follow * buffer);
    }
};

class MomentumForm {
  public:
    // Options momentum, form, nesterov, unbiased and dampening.
    MomentumForm(OptionReader& read, Settings& settings);

    bool has_buffer() const { return has_buffer_; }
    double product_after(double before, const Settings& settings) const {
        return form_ == Form::average ? before * settings.momentum : 1;
    }
    LookAhead look_ahead(std::size_t vector, const Settings& settings, const Moment& next) const;
    // By how much the weight decay at the look-ahead is less than that at theta, in units of the buffer.
    double drag(const Settings& settings, const Moment& at) const;

    template <typename T>
    MomentumStep<T> step(const Settings& settings, const Moment& at) const {
        const auto [keep, fresh, direct, follow] = coefficients(settings, at);
        return {static_cast<T>(keep), static_cast<T>(fresh), static_cast<T>(direct), static_cast<T>(follow)};
    }

  private:
    enum class Form { sum, velocity, average };
    enum class Nesterov { off, one_point, look_ahead, whole_step };
    struct Coefficients {
        double keep, fresh, direct, follow;
    };
    Coefficients coefficients(const Settings& settings, const Moment& at) const;
    double share(double product) const { return unbiased_ ? 1 - product : 1; }

    Form form_;
    Nesterov nesterov_;
    bool unbiased_, has_buffer_;
    double dampening_;
};

}  // namespace ravine::updates
