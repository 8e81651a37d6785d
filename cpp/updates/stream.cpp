#include "updates/stream.hpp"

#include "updates/driver.hpp"

namespace ravine::updates {

namespace {

template <typename T>
struct StreamKernel {
    simd::Pack<T> operator()(simd::Pack<T> theta, simd::Pack<T> g, std::array<simd::Pack<T>, 2>& state) const {
        state = {state[0] + g, state[1] + g};
        return theta + g;
    }
};

}  // namespace

template <typename T>
void stream(T* theta, const T* gradient, T* m, T* v, Index n) {
    drive<2>(StreamKernel<T>{}, theta, gradient, std::array<T*, 2>{m, v}, n);
}

template void stream(float*, const float*, float*, float*, Index);
template void stream(double*, const double*, double*, double*, Index);

}  // namespace ravine::updates
