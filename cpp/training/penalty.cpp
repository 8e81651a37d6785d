#include "training/penalty.hpp"

#include <algorithm>
#include <cstring>

#include "base/simd.hpp"

namespace ravine::training {

using network::Layer;
using simd::Pack;

namespace {

// As many lanes as there are elements left; zeros behind them.
template <typename T>
Pack<T> load_some(const T* x, Index count) {
    Pack<T> v{};
    std::memcpy(&v, x, static_cast<std::size_t>(std::min(count, simd::lanes<T>)) * sizeof(T));
    return v;
}

template <typename T>
void store_some(T* x, Pack<T> v, Index count) {
    std::memcpy(x, &v, static_cast<std::size_t>(std::min(count, simd::lanes<T>)) * sizeof(T));
}

// The penalty of n weights that share their strengths. Sums with lanes of T within short runs and double between them.
template <typename T>
double add_run(double l1, double l2, const T* theta, const T* prior, Index n, T* gradient) {
    constexpr Index width = simd::lanes<T>, run = 64 * width;
    const T slope1 = static_cast<T>(l1), slope2 = static_cast<T>(l2);
    double sizes = 0, squares = 0;
    for (Index first = 0; first < n; first += run) {
        Pack<T> size{}, square{};
        for (Index i = first; i < std::min(first + run, n); i += width) {
            const Pack<T> w = load_some(theta + i, n - i);
            const Pack<T> shift = prior == nullptr ? w : w - load_some(prior + i, n - i);
            const Pack<T> one = simd::splat(T(1)), sign = w == 0 ? w : simd::with_sign<T>(one, w);
            size += simd::abs<T>(w);
            square += shift * shift;
            if (gradient == nullptr) continue;
            store_some(gradient + i, load_some(gradient + i, n - i) + (slope2 * shift + slope1 * sign), n - i);
        }
        sizes += static_cast<double>(simd::sum<T>(size));
        squares += static_cast<double>(simd::sum<T>(square));
    }
    return l1 * sizes + 0.5 * l2 * squares;
}

}  // namespace

template <typename T>
double Penalty<T>::add(const network::Architecture& architecture, const T* theta, Index first, Index last,
                       T* gradient) const {
    double value = 0;
    if (none()) return value;
    for (std::size_t l = 0; l < architecture.layers().size(); ++l) {
        const Layer& layer = architecture.layers()[l];
        const double size = strengths->l1[l], square = strengths->l2[l];
        const Index begin = std::max(first, layer.offset), end = std::min(last, layer.offset + layer.weights());
        if (begin >= end || (size == 0 && square == 0)) continue;
        value += add_run(size, square, theta + begin, prior == nullptr ? nullptr : prior + begin, end - begin,
                         gradient == nullptr ? nullptr : gradient + begin);
    }
    return value;
}

template <typename T>
void Penalty<T>::add_curvature(const network::Architecture& architecture, T* diagonal, Index stride) const {
    if (none()) return;
    for (std::size_t l = 0; l < architecture.layers().size(); ++l) {
        const Layer& layer = architecture.layers()[l];
        for (Index i = layer.offset; i < layer.offset + layer.weights(); ++i)
            diagonal[i * stride] += static_cast<T>(strengths->l2[l]);
    }
}

template <typename T>
void Penalty<T>::add_curvature_product(const network::Architecture& architecture, const T* v, Index first, Index last,
                                       T* product) const {
    if (none()) return;
    for (std::size_t l = 0; l < architecture.layers().size(); ++l) {
        const Layer& layer = architecture.layers()[l];
        const T strength = static_cast<T>(strengths->l2[l]);
        const Index begin = std::max(first, layer.offset), end = std::min(last, layer.offset + layer.weights());
        for (Index i = begin; i < end && strength != 0; ++i) product[i] += strength * v[i];
    }
}

template struct Penalty<float>;
template struct Penalty<double>;

}  // namespace ravine::training
