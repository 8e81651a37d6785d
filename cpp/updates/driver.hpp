#pragma once

// The loop under every rule: each array is read once and written once, whole registers at a time, and the last
// incomplete register goes through the same code in a padded buffer.

#include <array>

#include "base/simd.hpp"
#include "updates/optimizer.hpp"

namespace ravine::updates {

// State vectors that a rule may have.
inline constexpr std::size_t most_states = 3;

// Elements, 512 bytes: measured; the CPU alone does not look far enough ahead in five arrays at once.
template <typename T>
inline constexpr Index prefetch_ahead = 512 / static_cast<Index>(sizeof(T));

template <typename T>
struct Buffers {
    T* theta;
    const T* gradient;
    std::array<T*, most_states> state;
    Index n;
};

template <typename T>
struct Task {
    Buffers<T> buffers;
    GradientScaling scaling;
    const Settings& settings;
    Moment moment;
};

// A kernel and the weight decay, which is the same for all: theta shrinks, or joins the gradient.
template <typename T, typename Kernel>
struct Work {
    Kernel kernel;
    T shrink, decay;
};

// A loop over whole registers, with its Work out of sight: cutting, tails and threads are compiled once.
template <typename T>
struct Loop {
    void (*run)(const void* work, const Buffers<T>& buffers);
    const void* work;
    std::size_t states;
};

// All of the buffers, on as many threads as are worth it.
template <typename T>
void run_loop(const Loop<T>& loop, const Buffers<T>& buffers, const GradientScaling& scaling);

template <typename T, std::size_t states>
using Registers = std::array<simd::Pack<T>, states>;

template <typename T, std::size_t states, typename Kernel>
void loop_over_packs(const void* work, const Buffers<T>& buffers) {
    // In registers: no store below can be taken for one into the options.
    const auto local = *static_cast<const Work<T, Kernel>*>(work);
    T* theta = buffers.theta;
    const T* gradient = buffers.gradient;
    const auto state = buffers.state;
    for (Index i = 0; i < buffers.n; i += simd::lanes<T>) {
        __builtin_prefetch(gradient + i + prefetch_ahead<T>);
        __builtin_prefetch(theta + i + prefetch_ahead<T>, 1);
        for (std::size_t j = 0; j < states; ++j) __builtin_prefetch(state[j] + i + prefetch_ahead<T>, 1);
        Registers<T, states> values;
        for (std::size_t j = 0; j < states; ++j) values[j] = simd::load(state[j] + i);
        const simd::Pack<T> at = simd::load(theta + i);
        const simd::Pack<T> slope = simd::load(gradient + i) + local.decay * at;
        simd::store(theta + i, local.kernel(local.shrink * at, slope, values));
        for (std::size_t j = 0; j < states; ++j) simd::store(state[j] + i, values[j]);
    }
}

// kernel(theta, gradient, state): registers of theta, of its gradient and of `states` state vectors, changed in place;
// returns the new theta.
template <std::size_t states, typename T, typename Kernel>
void drive(const Kernel& kernel, const Task<T>& task) {
    const Settings& settings = task.settings;
    const bool decoupled = settings.decoupled;
    const Work<T, Kernel> work{kernel, static_cast<T>(decoupled ? 1 - settings.lr * settings.weight_decay : 1),
                               static_cast<T>(decoupled ? 0 : settings.weight_decay)};
    GradientScaling scaling = task.scaling;
    if (settings.maximize) scaling.scale = -scaling.scale;
    run_loop<T>({&loop_over_packs<T, states, Kernel>, &work, states}, task.buffers, scaling);
}

}  // namespace ravine::updates
