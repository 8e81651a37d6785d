#pragma once

// First-order update rules on anyone's buffers: theta and its gradient in, theta changed in place. A rule is a small
// struct of options with a kernel on registers; one driver (updates/driver.hpp) does the rest for all of them.

#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/types.hpp"

namespace ravine::updates {

// State vectors of one scalar type, in the order of state_names().
template <typename T>
using StateVectors = std::vector<std::vector<T>>;

class Optimizer {
  public:
    Optimizer() = default;
    Optimizer(const Optimizer&) = delete;
    Optimizer& operator=(const Optimizer&) = delete;
    virtual ~Optimizer() = default;

    // One update of theta (n,) by gradient (n,), which must not overlap. The first makes the state; a later one of
    // another length or scalar type throws InvalidArgument and changes nothing.
    template <typename T>
    void step(T* theta, const T* gradient, Index n);

    virtual std::string_view name() const = 0;
    // Names of the state vectors that the options call for.
    virtual std::vector<std::string> state_names() const = 0;

    // Steps and restorations of several threads take turns; who reads the state meanwhile holds this.
    [[nodiscard]] std::unique_lock<std::mutex> hold() const { return std::unique_lock(guard_); }

    Index updates() const { return updates_; }
    const std::variant<std::monostate, StateVectors<float>, StateVectors<double>>& state() const { return state_; }

    // Puts a saved state in place; throws InvalidArgument unless there is a vector for each name, all of one length.
    template <typename T>
    void restore(Index updates, StateVectors<T> state);
    // Forgets the state vectors; the next step makes them anew.
    void reset_to(Index updates);

    virtual double rate() const = 0;
    virtual void set_rate(double rate) = 0;

  protected:
    // Applies update number `update` (from 1).
    virtual void apply(float* theta, const float* gradient, StateVectors<float>& state, Index n,
                       Index update) const = 0;
    virtual void apply(double* theta, const double* gradient, StateVectors<double>& state, Index n,
                       Index update) const = 0;

  private:
    template <typename T>
    StateVectors<T>& prepare_state(Index n);

    mutable std::mutex guard_;
    Index updates_ = 0, size_ = -1;
    std::variant<std::monostate, StateVectors<float>, StateVectors<double>> state_;
};

}  // namespace ravine::updates
