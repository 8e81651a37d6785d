#include "network/activation.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/vector_math.hpp"

namespace ravine::network {

namespace {

using simd::Pack;
using simd::splat;

template <typename T>
struct Jet {
    Pack<T> value, slope, curvature;
};

struct Identity {
    template <typename T>
    static Jet<T> at(Pack<T> z) {
        return {z, splat(T(1)), Pack<T>{}};
    }
};

// With e = expm1(2|z|): tanh |z| = e/(e + 2) and 1 - tanh² = 4(e + 1)/(e + 2)², which keeps its digits far out.
struct Tanh {
    template <typename T>
    static Jet<T> at(Pack<T> z) {
        const T most = T(0.49) * math::Constants<T>::exp_max;
        const Pack<T> e = math::expm1_in_range<T>(2 * simd::min<T>(simd::abs<T>(z), most));
        const Pack<T> inverse = 1 / (e + 2);
        const Pack<T> a = simd::with_sign<T>(e * inverse, z), slope = ((e + 1) * inverse) * (4 * inverse);
        return {a, slope, -2 * a * slope};
    }
};

// σ(z) and 1 - σ(z) from e = exp(-|z|), neither by cancellation.
template <typename T>
struct LogisticPair {
    Pack<T> s, complement;
    explicit LogisticPair(Pack<T> z) {
        const Pack<T> e = math::exp_of_minus_abs<T>(z), inverse = 1 / (1 + e), small = e * inverse;
        s = z < 0 ? small : inverse;
        complement = z < 0 ? inverse : small;
    }
};

struct Logistic {
    template <typename T>
    static Jet<T> at(Pack<T> z) {
        const LogisticPair<T> p(z);
        const Pack<T> slope = p.s * p.complement;
        return {p.s, slope, slope * (p.complement - p.s)};
    }
};

struct Relu {
    template <typename T>
    static Jet<T> at(Pack<T> z) {
        return {simd::max<T>(z, 0), z > 0 ? splat(T(1)) : Pack<T>{}, Pack<T>{}};
    }
};

struct LeakyRelu {
    template <typename T>
    static Jet<T> at(Pack<T> z) {
        constexpr T slope = static_cast<T>(leaky_relu_slope);
        return {z < 0 ? slope * z : z, z > 0 ? splat(T(1)) : splat(slope), Pack<T>{}};
    }
};

struct Elu {
    template <typename T>
    static Jet<T> at(Pack<T> z) {
        const Pack<T> negative = math::expm1<T>(simd::min<T>(z, 0));
        return {z > 0 ? z : negative, z > 0 ? splat(T(1)) : negative + 1, z > 0 ? Pack<T>{} : negative + 1};
    }
};

struct Softplus {
    template <typename T>
    static Jet<T> at(Pack<T> z) {
        const LogisticPair<T> p(z);
        return {math::softplus<T>(z), p.s, p.s * p.complement};
    }
};

// z Φ(z): slope Φ + zφ, curvature (2 - z²)φ. Far out zφ is 0, not inf · 0.
struct Gelu {
    template <typename T>
    static Jet<T> at(Pack<T> z) {
        const auto [cumulative, density] = math::normal<T>(z);
        const Pack<T> value = z * cumulative;
        const Pack<T> bounded = simd::max<T>(simd::min<T>(z, T(1e3)), T(-1e3));
        return {z < -std::numeric_limits<T>::max() ? Pack<T>{} : value, cumulative + bounded * density,
                (2 - bounded * bounded) * density};
    }
};

struct Silu {
    template <typename T>
    static Jet<T> at(Pack<T> z) {
        const LogisticPair<T> p(z);
        const Pack<T> value = z * p.s;
        const Pack<T> bounded = simd::max<T>(simd::min<T>(z, T(1e3)), T(-1e3));
        return {z < -std::numeric_limits<T>::max() ? Pack<T>{} : value, p.s * (1 + bounded * p.complement),
                p.s * p.complement * (2 + bounded * (p.complement - p.s))};
    }
};

struct Sin {
    template <typename T>
    static Jet<T> at(Pack<T> z) {
        const auto [sine, cosine] = math::sine_cosine<T>(z);
        return {sine, cosine, -sine};
    }
};

template <typename T, typename F>
[[gnu::noinline]] void evaluate_packs(const T* z, Index packs, T* value, T* slope, T* curvature) {
    for (Index i = 0; i < packs * simd::lanes<T>; i += simd::lanes<T>) {
        const Jet<T> jet = F::template at<T>(simd::load(z + i));
        simd::store(value + i, jet.value);
        if (slope != nullptr) simd::store(slope + i, jet.slope);
        if (curvature != nullptr) simd::store(curvature + i, jet.curvature);
    }
}

// The incomplete last register goes through buffers, by the same code as the body.
template <typename T, typename F>
void evaluate(const T* z, Index count, T* value, T* slope, T* curvature) {
    constexpr Index width = simd::lanes<T>;
    const Index body = count / width * width;
    evaluate_packs<T, F>(z, count / width, value, slope, curvature);
    if (body == count) return;
    T in[width] = {}, out[3][width];
    std::copy(z + body, z + count, in);
    evaluate_packs<T, F>(in, 1, out[0], out[1], out[2]);
    std::copy_n(out[0], count - body, value + body);
    if (slope != nullptr) std::copy_n(out[1], count - body, slope + body);
    if (curvature != nullptr) std::copy_n(out[2], count - body, curvature + body);
}

struct Named {
    std::string_view name;
    Activation activation;
};

constexpr std::array names{
    Named{"identity", Activation::identity},
    Named{"tanh", Activation::tanh},
    Named{"logistic", Activation::logistic},
    Named{"relu", Activation::relu},
    Named{"leaky_relu", Activation::leaky_relu},
    Named{"elu", Activation::elu},
    Named{"softplus", Activation::softplus},
    Named{"gelu", Activation::gelu},
    Named{"silu", Activation::silu},
    Named{"sin", Activation::sin},
};

}  // namespace

Activation activation_from_name(std::string_view name) {
    std::string known;
    for (const auto& entry : names) {
        if (entry.name == name) return entry.activation;
        known += (known.empty() ? "" : ", ") + std::string(entry.name);
    }
    throw InvalidArgument("activation must be one of " + known + ", got '" + std::string(name) + "'");
}

std::string_view name_of(Activation activation) { return names[static_cast<std::size_t>(activation)].name; }

template <typename T>
void activate(Activation activation, const T* z, Index count, T* value, T* slope, T* curvature) {
    switch (activation) {
        case Activation::identity:
            return evaluate<T, Identity>(z, count, value, slope, curvature);
        case Activation::tanh:
            return evaluate<T, Tanh>(z, count, value, slope, curvature);
        case Activation::logistic:
            return evaluate<T, Logistic>(z, count, value, slope, curvature);
        case Activation::relu:
            return evaluate<T, Relu>(z, count, value, slope, curvature);
        case Activation::leaky_relu:
            return evaluate<T, LeakyRelu>(z, count, value, slope, curvature);
        case Activation::elu:
            return evaluate<T, Elu>(z, count, value, slope, curvature);
        case Activation::softplus:
            return evaluate<T, Softplus>(z, count, value, slope, curvature);
        case Activation::gelu:
            return evaluate<T, Gelu>(z, count, value, slope, curvature);
        case Activation::silu:
            return evaluate<T, Silu>(z, count, value, slope, curvature);
        case Activation::sin:
            return evaluate<T, Sin>(z, count, value, slope, curvature);
    }
}

template void activate(Activation, const float*, Index, float*, float*, float*);
template void activate(Activation, const double*, Index, double*, double*, double*);

}  // namespace ravine::network
