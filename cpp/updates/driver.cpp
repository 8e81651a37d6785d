#include "updates/driver.hpp"

#include <algorithm>
#include <limits>

#include "base/no_allocation.hpp"
#include "base/threads.hpp"

namespace ravine::updates {

namespace {

// Elements of one task: constant, and large beside the cost of handing a task out.
constexpr Index block = 1 << 15;

// What an update of one element weighs against a multiply-add, for the decision whether to wake threads.
constexpr double work_per_element = 4;

// Scaled gradients wait in a buffer of so many elements, which stays in the nearest cache.
constexpr Index chunk = 1024;

template <typename T>
Buffers<T> part_of(const Buffers<T>& whole, std::size_t states, Index first, Index count) {
    Buffers<T> part{.theta = whole.theta + first, .gradient = whole.gradient + first, .state = {}, .n = count};
    for (std::size_t j = 0; j < states; ++j) part.state[j] = whole.state[j] + first;
    return part;
}

template <typename T>
void run_tail(const Loop<T>& loop, const Buffers<T>& tail) {
    std::array<std::array<T, static_cast<std::size_t>(simd::lanes<T>)>, most_states + 2> padded{};
    std::copy_n(tail.theta, tail.n, padded[0].data());
    std::copy_n(tail.gradient, tail.n, padded[1].data());
    Buffers<T> copy{.theta = padded[0].data(), .gradient = padded[1].data(), .state = {}, .n = simd::lanes<T>};
    const std::size_t states = std::min(loop.states, most_states);
    for (std::size_t j = 0; j < states; ++j) {
        copy.state[j] = padded[j + 2].data();
        std::copy_n(tail.state[j], tail.n, copy.state[j]);
    }
    loop.run(loop.work, copy);
    std::copy_n(padded[0].data(), tail.n, tail.theta);
    for (std::size_t j = 0; j < states; ++j) std::copy_n(copy.state[j], tail.n, tail.state[j]);
}

template <typename T>
void run_plain(const Loop<T>& loop, const Buffers<T>& buffers) {
    const Index body = buffers.n / simd::lanes<T> * simd::lanes<T>, rest = buffers.n - body;
    if (body > 0) loop.run(loop.work, part_of(buffers, loop.states, 0, body));
    if (rest > 0) run_tail(loop, part_of(buffers, loop.states, body, rest));
}

// The same on a copy of the gradient, made piece by piece: what the kernel sees has been rounded, and the memory has
// been read once.
template <typename T>
void run_scaled(const Loop<T>& loop, const Buffers<T>& buffers, T scale, T clip) {
    alignas(64) std::array<T, static_cast<std::size_t>(chunk)> scaled;
    for (Index first = 0; first < buffers.n; first += chunk) {
        Buffers<T> part = part_of(buffers, loop.states, first, std::min(chunk, buffers.n - first));
        for (Index i = 0; i < part.n; ++i) {
            const T g = scale * part.gradient[i];  // a NaN stays one
            scaled[static_cast<std::size_t>(i)] = g > clip ? clip : (g < -clip ? -clip : g);
        }
        part.gradient = scaled.data();
        run_plain(loop, part);
    }
}

}  // namespace

template <typename T>
void run_loop(const Loop<T>& loop, const Buffers<T>& buffers, const GradientScaling& scaling) {
    const NoAllocation promise;
    const bool plain = scaling == GradientScaling{};
    const auto run_block = [&](Index task, int) {
        const Index first = task * block;
        const auto part = part_of(buffers, loop.states, first, std::min(block, buffers.n - first));
        if (plain) return run_plain(loop, part);
        run_scaled(loop, part, static_cast<T>(scaling.scale), static_cast<T>(scaling.clip_value));
    };
    threads::for_each(ceil_divide(buffers.n, block), threads::worth(work_per_element * static_cast<double>(buffers.n)),
                      run_block, threads::Interrupts::left_alone);
}

template void run_loop(const Loop<float>&, const Buffers<float>&, const GradientScaling&);
template void run_loop(const Loop<double>&, const Buffers<double>&, const GradientScaling&);

}  // namespace ravine::updates
