#include "updates/stream.hpp"

#include "updates/driver.hpp"

namespace ravine::updates {

namespace {

using simd::Pack;

template <typename T, std::size_t states>
struct StreamKernel {
    Pack<T> operator()(Pack<T> theta, Pack<T> g, Registers<T, states>& state) const {
        for (auto& values : state) values += g;
        return theta + g;
    }
};

template <typename T, std::size_t states>
struct RootKernel {
    Pack<T> operator()(Pack<T> theta, Pack<T> g, Registers<T, states>& state) const {
        for (auto& values : state) values += g;
        return theta + g / simd::sqrt<T>(simd::abs<T>(theta));
    }
};

template <typename T, std::size_t states>
void run(Bound bound, const Task<T>& task) {
    if (bound == Bound::streaming) return drive<states>(StreamKernel<T, states>{}, task);
    drive<states>(RootKernel<T, states>{}, task);
}

}  // namespace

template <typename T>
void run_bound(Bound bound, T* theta, const T* gradient, std::span<T* const> states, Index n) {
    const Settings settings;
    Task<T> task{{theta, gradient, {}, n}, {}, settings, {1, 1, 1}};
    for (std::size_t j = 0; j < states.size(); ++j) task.buffers.state.at(j) = states[j];
    switch (states.size()) {
        case 0:
            return run<T, 0>(bound, task);
        case 1:
            return run<T, 1>(bound, task);
        case 2:
            return run<T, 2>(bound, task);
        default:
            return run<T, 3>(bound, task);
    }
}

template void run_bound(Bound, float*, const float*, std::span<float* const>, Index);
template void run_bound(Bound, double*, const double*, std::span<double* const>, Index);

}  // namespace ravine::updates
