#include "updates/optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>

#include "updates/driver.hpp"
#include "updates/options.hpp"

namespace ravine::updates {

namespace {

std::string text(const std::vector<Index>& sizes) {
    std::string result;
    for (const Index n : sizes) result += (result.empty() ? "" : ", ") + std::to_string(n);
    return result;
}

}  // namespace

template <typename T>
StateVectors<T> vectors_apart(std::size_t count, const T* theta, const T* gradient) {
    StateVectors<T> vectors;
    for (const std::size_t place : places_apart(count, theta, gradient))
        vectors.emplace_back(LongVectorAllocator<T>(place));
    return vectors;
}

template StateVectors<float> vectors_apart(std::size_t, const float*, const float*);
template StateVectors<double> vectors_apart(std::size_t, const double*, const double*);

void Optimizer::set_rate(double rate) { settings_.lr = check_non_negative("lr", rate); }

void Optimizer::set_momentum(double momentum) {
    if (!has_momentum()) throw InvalidArgument(name_ + " has no momentum");
    const auto check = settings_.momentum_below_one ? check_fraction : check_non_negative;
    settings_.momentum = check(settings_.momentum_name, momentum);
}

template <typename T>
StateVectors<T>& Optimizer::prepare_state(std::span<const Piece<T>> pieces) {
    const bool first = std::holds_alternative<std::monostate>(state_);
    const auto fits = [](const Piece<T>& piece, Index size) { return piece.n == size; };
    if ((!first || !sizes_.empty()) && !std::equal(pieces.begin(), pieces.end(), sizes_.begin(), sizes_.end(), fits)) {
        std::vector<Index> got;
        for (const auto& piece : pieces) got.push_back(piece.n);
        throw InvalidArgument(name_ + ": expected theta of the length of the state, " + text(sizes_) + ", got " +
                              text(got));
    }
    if (first) {
        std::vector<Index> sizes;
        for (const auto& piece : pieces) sizes.push_back(piece.n);
        const auto total = static_cast<std::size_t>(std::accumulate(sizes.begin(), sizes.end(), Index{0}));
        const Piece<T> front = pieces.empty() ? Piece<T>{} : pieces.front();
        auto fresh = vectors_apart<T>(state_names().size(), front.theta, front.gradient);
        for (std::size_t j = 0; j < fresh.size(); ++j) fresh[j].assign(total, static_cast<T>(initial_value(j)));
        state_ = std::move(fresh);
        sizes_ = std::move(sizes);
    }
    auto* state = std::get_if<StateVectors<T>>(&state_);
    if (state == nullptr) {
        throw InvalidArgument(name_ + ": theta is " + (std::is_same_v<T, float> ? "float32" : "float64") +
                              ", but the state was made for the other type; use one optimizer a network");
    }
    return *state;
}

template <typename T>
void Optimizer::step(std::span<const Piece<T>> pieces, GradientScaling scaling) {
    const auto turn = hold();
    StateVectors<T>& state = prepare_state<T>(pieces);
    const Index t = updates_ + 1;
    const Moment moment{.t = t, .product_before = product_, .product = product_after(t, product_)};
    Index done = 0;
    for (const auto& piece : pieces) {
        Buffers<T> buffers{.theta = piece.theta, .gradient = piece.gradient, .state = {}, .n = piece.n};
        for (std::size_t j = 0; j < state.size(); ++j) buffers.state[j] = state[j].data() + done;
        apply(Task<T>{.buffers = buffers, .scaling = scaling, .settings = settings_, .moment = moment});
        done += piece.n;
    }
    updates_ = t;
    product_ = moment.product;
}

template <typename T>
void Optimizer::step(T* theta, const T* gradient, Index n, GradientScaling scaling) {
    const Piece<T> piece{theta, gradient, n};
    step(std::span<const Piece<T>>(&piece, 1), scaling);
}

template <typename T>
void Optimizer::look_ahead(const T* theta, T* point, Index n) const {
    const auto turn = hold();
    const auto* state = std::get_if<StateVectors<T>>(&state_);
    const bool fits = state != nullptr && sizes_.size() == 1 && sizes_.front() == n;
    if (!fits && !std::holds_alternative<std::monostate>(state_)) {
        throw InvalidArgument(name_ + ": look_ahead wants one theta of the length and type of the state, " +
                              text(sizes_));
    }
    if (!fits || !looks_ahead()) {
        std::copy_n(theta, n, point);
        return;
    }
    const Index t = updates_ + 1;
    const LookAhead ahead = look_ahead_at({t, product_, product_after(t, product_)});
    const T scale = static_cast<T>(ahead.scale);
    const T* buffer = (*state)[ahead.vector].data();
    for (Index i = 0; i < n; ++i) point[i] = theta[i] - scale * buffer[i];
}

void Optimizer::require_progress(Index updates, double momentum_product) const {
    if (updates < 0) throw InvalidArgument("updates must not be negative, got " + std::to_string(updates));
    if (!(momentum_product >= 0 && momentum_product <= 1)) {
        throw InvalidArgument("momentum_product must be in [0, 1], got " + std::to_string(momentum_product));
    }
}

template <typename T>
void Optimizer::restore(Index updates, double momentum_product, std::vector<Index> sizes, StateVectors<T> state) {
    require_progress(updates, momentum_product);
    const auto names = state_names();
    if (state.size() != names.size()) {
        throw InvalidArgument(name_ + ": expected " + std::to_string(names.size()) + " state vectors, got " +
                              std::to_string(state.size()));
    }
    const Index total = std::accumulate(sizes.begin(), sizes.end(), Index{0});
    for (std::size_t j = 0; j < state.size(); ++j) {
        if (static_cast<Index>(state[j].size()) != total) {
            throw InvalidArgument(name_ + ": state vector " + names[j] + " must be as long as the sizes together, " +
                                  std::to_string(total) + ", got " + std::to_string(state[j].size()));
        }
    }
    if (state.empty()) return reset_to(updates, momentum_product, std::move(sizes));
    const auto turn = hold();
    sizes_ = std::move(sizes);
    state_ = std::move(state);
    updates_ = updates;
    product_ = momentum_product;
}

void Optimizer::reset_to(Index updates, double momentum_product, std::vector<Index> sizes) {
    require_progress(updates, momentum_product);
    const auto turn = hold();
    state_ = std::monostate{};
    sizes_ = std::move(sizes);
    updates_ = updates;
    product_ = momentum_product;
}

#define RAVINE_OPTIMIZER(T)                                                    \
    template void Optimizer::step(std::span<const Piece<T>>, GradientScaling); \
    template void Optimizer::step(T*, const T*, Index, GradientScaling);       \
    template void Optimizer::look_ahead(const T*, T*, Index) const;            \
    template void Optimizer::restore(Index, double, std::vector<Index>, StateVectors<T>);

RAVINE_OPTIMIZER(float)
RAVINE_OPTIMIZER(double)

}  // namespace ravine::updates
