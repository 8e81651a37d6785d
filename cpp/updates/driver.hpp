#pragma once

// The loop under every rule: each array is read once and written once, whole registers at a time, and the last
// incomplete register goes through the same code in a padded buffer.

#include <algorithm>
#include <array>

#include "base/no_allocation.hpp"
#include "base/simd.hpp"
#include "base/threads.hpp"
#include "updates/optimizer.hpp"

namespace ravine::updates {

// Elements of one task: constant, and large beside the cost of handing a task out.
inline constexpr Index driver_block = 1 << 15;

// What an update of one element weighs against a multiply-add, for the decision whether to wake threads.
inline constexpr double driver_work = 4;

// kernel(theta, gradient, state): registers of theta and of `states` state vectors, changed in place.
template <typename T, std::size_t states, typename Kernel>
[[gnu::noinline]] void drive_packs(const Kernel& kernel, T* theta, const T* gradient,
                                   const std::array<T*, states>& state, Index packs) {
    const Kernel local = kernel;  // in registers: no store below can be taken for one into the options
    std::array<T*, states> s = state;
    for (Index i = 0; i < packs * simd::lanes<T>; i += simd::lanes<T>) {
        std::array<simd::Pack<T>, states> values;
        for (std::size_t j = 0; j < states; ++j) values[j] = simd::load(s[j] + i);
        const simd::Pack<T> moved = local(simd::load(theta + i), simd::load(gradient + i), values);
        simd::store(theta + i, moved);
        for (std::size_t j = 0; j < states; ++j) simd::store(s[j] + i, values[j]);
    }
}

template <typename T, std::size_t states, typename Kernel>
void drive_block(const Kernel& kernel, T* theta, const T* gradient, const std::array<T*, states>& state, Index n) {
    constexpr Index width = simd::lanes<T>;
    drive_packs<T, states>(kernel, theta, gradient, state, n / width);
    const Index body = n / width * width, rest = n - body;
    if (rest == 0) return;
    std::array<std::array<T, static_cast<std::size_t>(width)>, states + 2> tail{};
    std::copy_n(theta + body, rest, tail[0].data());
    std::copy_n(gradient + body, rest, tail[1].data());
    std::array<T*, states> tail_state{};
    for (std::size_t j = 0; j < states; ++j) {
        tail_state[j] = tail[j + 2].data();
        std::copy_n(state[j] + body, rest, tail_state[j]);
    }
    drive_packs<T, states>(kernel, tail[0].data(), tail[1].data(), tail_state, 1);
    std::copy_n(tail[0].data(), rest, theta + body);
    for (std::size_t j = 0; j < states; ++j) std::copy_n(tail_state[j], rest, state[j] + body);
}

template <std::size_t states, typename T, typename Kernel>
void drive(const Kernel& kernel, T* theta, const T* gradient, const std::array<T*, states>& state, Index n) {
    const NoAllocation promise;
    const auto block = [&](Index task, int) {
        const Index first = task * driver_block, count = std::min(driver_block, n - first);
        std::array<T*, states> part = state;
        for (auto& vector : part) vector += first;
        drive_block<T, states>(kernel, theta + first, gradient + first, part, count);
    };
    threads::for_each(ceil_divide(n, driver_block), threads::worth(driver_work * static_cast<double>(n)), block,
                      threads::Interrupts::left_alone);
}

template <std::size_t states, typename T, typename Kernel>
void drive(const Kernel& kernel, T* theta, const T* gradient, StateVectors<T>& vectors, Index n) {
    std::array<T*, states> state{};
    for (std::size_t j = 0; j < states; ++j) state[j] = vectors[j].data();
    drive<states>(kernel, theta, gradient, state, n);
}

}  // namespace ravine::updates
