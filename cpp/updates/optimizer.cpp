#include "updates/optimizer.hpp"

#include <type_traits>

namespace ravine::updates {

template <typename T>
StateVectors<T>& Optimizer::prepare_state(Index n) {
    if (std::holds_alternative<std::monostate>(state_)) {
        StateVectors<T> fresh(state_names().size(), std::vector<T>(static_cast<std::size_t>(n), T(0)));
        state_ = std::move(fresh);
        size_ = n;
    }
    auto* state = std::get_if<StateVectors<T>>(&state_);
    if (state == nullptr) {
        throw InvalidArgument(std::string(name()) + ": theta is " + (std::is_same_v<T, float> ? "float32" : "float64") +
                              ", but the state was made for the other type; use one optimizer a network");
    }
    if (size_ != n) {
        throw InvalidArgument(std::string(name()) + ": expected theta of the length of the state, " +
                              std::to_string(size_) + ", got " + std::to_string(n));
    }
    return *state;
}

template <typename T>
void Optimizer::step(T* theta, const T* gradient, Index n) {
    const auto turn = hold();
    StateVectors<T>& state = prepare_state<T>(n);
    apply(theta, gradient, state, n, updates_ + 1);
    ++updates_;
}

template <typename T>
void Optimizer::restore(Index updates, StateVectors<T> state) {
    const auto names = state_names();
    if (updates < 0) throw InvalidArgument("updates must not be negative, got " + std::to_string(updates));
    if (state.size() != names.size()) {
        throw InvalidArgument(std::string(name()) + ": expected " + std::to_string(names.size()) +
                              " state vectors, got " + std::to_string(state.size()));
    }
    for (const auto& vector : state) {
        if (vector.size() != state.front().size())
            throw InvalidArgument(std::string(name()) + ": state vectors differ in length");
    }
    if (state.empty()) return reset_to(updates);
    const auto turn = hold();
    size_ = static_cast<Index>(state.front().size());
    state_ = std::move(state);
    updates_ = updates;
}

void Optimizer::reset_to(Index updates) {
    const auto turn = hold();
    state_ = std::monostate{};
    size_ = -1;
    updates_ = updates;
}

template void Optimizer::step(float*, const float*, Index);
template void Optimizer::step(double*, const double*, Index);
template void Optimizer::restore(Index, StateVectors<float>);
template void Optimizer::restore(Index, StateVectors<double>);

}  // namespace ravine::updates
