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

template <typename T>
struct Places {
    T *value, *slope, *curvature;
};

template <typename T, typename F>
[[gnu::noinline]] void evaluate_block(const VectorBlock& block, const T* z, const Places<T>& to) {
    const auto [value, slope, curvature] = to;
    const auto [vectors, count, stride] = block;
    for (Index first = 0; first < vectors * stride; first += stride) {
        for (Index i = first; i < first + count; i += simd::lanes<T>) {
            const Jet<T> jet = F::template at<T>(simd::load(z + i));
            simd::store(value + i, jet.value);
            if (slope != nullptr) simd::store(slope + i, jet.slope);
            if (curvature != nullptr) simd::store(curvature + i, jet.curvature);
        }
    }
}

template <typename T>
using Evaluate = void (*)(const VectorBlock& block, const T* z, const Places<T>& to);

template <typename T>
Evaluate<T> evaluate_of(Activation activation) {
    switch (activation) {
        case Activation::identity:
            return &evaluate_block<T, Identity>;
        case Activation::tanh:
            return &evaluate_block<T, Tanh>;
        case Activation::logistic:
            return &evaluate_block<T, Logistic>;
        case Activation::relu:
            return &evaluate_block<T, Relu>;
        case Activation::leaky_relu:
            return &evaluate_block<T, LeakyRelu>;
        case Activation::elu:
            return &evaluate_block<T, Elu>;
        case Activation::softplus:
            return &evaluate_block<T, Softplus>;
        case Activation::gelu:
            return &evaluate_block<T, Gelu>;
        case Activation::silu:
            return &evaluate_block<T, Silu>;
        case Activation::sin:
            return &evaluate_block<T, Sin>;
    }
    return nullptr;
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

// The incomplete last register goes through buffers, by the same code as the body.
template <typename T>
void activate(Activation activation, const T* z, Index count, T* value, T* slope, T* curvature) {
    constexpr Index width = simd::lanes<T>;
    const Evaluate<T> evaluate = evaluate_of<T>(activation);
    const Index body = count / width * width;
    evaluate({.vectors = 1, .count = body, .stride = 1}, z, {value, slope, curvature});
    if (body == count) return;
    T in[width] = {}, out[3][width];
    std::copy(z + body, z + count, in);
    evaluate({.vectors = 1, .count = width, .stride = 1}, in, {out[0], out[1], out[2]});
    std::copy_n(out[0], count - body, value + body);
    if (slope != nullptr) std::copy_n(out[1], count - body, slope + body);
    if (curvature != nullptr) std::copy_n(out[2], count - body, curvature + body);
}

template <typename T>
void activate(Activation activation, const VectorBlock& block, const T* z, T* value, T* slope, T* curvature) {
    evaluate_of<T>(activation)(block, z, {value, slope, curvature});
}

template void activate(Activation, const float*, Index, float*, float*, float*);
template void activate(Activation, const double*, Index, double*, double*, double*);
template void activate(Activation, const VectorBlock&, const float*, float*, float*, float*);
template void activate(Activation, const VectorBlock&, const double*, double*, double*, double*);

}  // namespace ravine::network
