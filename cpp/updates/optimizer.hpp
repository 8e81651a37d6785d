#pragma once

// First-order update rules on anyone's buffers: theta and its gradient in, theta changed in place. This is the door;
// the rules stand behind it (updates/rules.hpp), each a small struct of options with a kernel on registers.

#include <limits>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/large_pages.hpp"
#include "base/types.hpp"

namespace ravine::updates {

// State vectors of one scalar type, in the order of state_names(), each as long as all pieces of theta together.
template <typename T>
using StateVector = std::vector<T, LongVectorAllocator<T>>;
template <typename T>
using StateVectors = std::vector<StateVector<T>>;

// So many empty vectors, whose memory will lie apart within pages: from each other, and from theta and gradient if
// given.
template <typename T>
StateVectors<T> vectors_apart(std::size_t count, const T* theta = nullptr, const T* gradient = nullptr);

// What a rule sees is clamp(scale * gradient, -clip_value, clip_value), to the bit as if it had been stored first;
// scale is rounded to the scalar type. No pass of its own: the gradient is read once.
struct GradientScaling {
    double scale = 1, clip_value = std::numeric_limits<double>::infinity();
    bool operator==(const GradientScaling&) const = default;
};

// One of the buffers that together are the parameters.
template <typename T>
struct Piece {
    T* theta;
    const T* gradient;
    Index n;
};

// What the rules have in common.
struct Settings {
    double lr = 0, weight_decay = 0;
    bool decoupled = false;  // weight_decay shrinks theta beside the update instead of joining the gradient
    bool maximize = false;
    double momentum = 0;
    std::string_view momentum_name = {};  // its option; empty where the rule has none
    bool momentum_below_one = true;
};

// Which update it is, t from 1, and the product of the momentums so far: momentum may follow a schedule, and what
// averages of the gradient have still to gain is exactly that product.
struct Moment {
    Index t;
    double product_before, product;
};

// The point where momentum alone would carry theta: theta - scale * a state vector.
struct LookAhead {
    bool wanted = false;  // by the options
    std::size_t vector = 0;
    double scale = 0;
};

// The work of one update, ready for the kernels.
template <typename T>
struct Task;

class Optimizer {
  public:
    Optimizer(const Optimizer&) = delete;
    Optimizer& operator=(const Optimizer&) = delete;
    virtual ~Optimizer() = default;

    // One update of theta by its gradient, which must not overlap. The first makes the state; a later one of other
    // lengths or another scalar type throws InvalidArgument and changes nothing.
    template <typename T>
    void step(std::span<const Piece<T>> pieces, GradientScaling scaling = {});
    template <typename T>
    void step(T* theta, const T* gradient, Index n, GradientScaling scaling = {});

    // Whether step() wants the gradient at look_ahead(theta) instead of theta: Nesterov's two-point form.
    bool looks_ahead() const { return look_ahead_at({1, 1, 1}).wanted; }
    // Writes the point where momentum alone would carry theta; theta itself before the first update.
    template <typename T>
    void look_ahead(const T* theta, T* point, Index n) const;

    std::string_view name() const { return name_; }
    // Names of the state vectors that the options call for.
    virtual std::vector<std::string> state_names() const = 0;

    // Steps and restorations of several threads take turns; who reads the state meanwhile holds this.
    [[nodiscard]] std::unique_lock<std::mutex> hold() const { return std::unique_lock(guard_); }

    Index updates() const { return updates_; }
    double momentum_product() const { return product_; }
    const std::vector<Index>& sizes() const { return sizes_; }  // of the pieces; empty before the first update
    const std::variant<std::monostate, StateVectors<float>, StateVectors<double>>& state() const { return state_; }

    // Puts a saved state in place; throws InvalidArgument unless there is a vector for each name, all as long as the
    // sizes together.
    template <typename T>
    void restore(Index updates, double momentum_product, std::vector<Index> sizes, StateVectors<T> state);
    // The same without vectors: the next step makes them anew, on pieces of these sizes if there are any.
    void reset_to(Index updates, double momentum_product, std::vector<Index> sizes);

    double rate() const { return settings_.lr; }
    void set_rate(double rate);
    bool has_momentum() const { return !settings_.momentum_name.empty(); }
    double momentum() const { return settings_.momentum; }
    // Throws InvalidArgument if out of range, or if the rule has none.
    void set_momentum(double momentum);

  protected:
    explicit Optimizer(std::string_view name) : name_(name) {}

    // What a state vector holds before the first update.
    virtual double initial_value(std::size_t vector) const = 0;
    // The product of momentums with the one of update t.
    virtual double product_after(Index t, double before) const = 0;
    virtual LookAhead look_ahead_at(const Moment& next) const = 0;
    virtual void apply(const Task<float>& task) const = 0;
    virtual void apply(const Task<double>& task) const = 0;

    Settings settings_;

  private:
    template <typename T>
    StateVectors<T>& prepare_state(std::span<const Piece<T>> pieces);
    void require_progress(Index updates, double momentum_product) const;

    std::string name_;
    mutable std::mutex guard_;
    Index updates_ = 0;
    double product_ = 1;
    std::vector<Index> sizes_;
    std::variant<std::monostate, StateVectors<float>, StateVectors<double>> state_;
};

}  // namespace ravine::updates
