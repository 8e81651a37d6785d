#include "network/loss.hpp"

#include <array>
#include <string>

#include "base/vector_math.hpp"

namespace ravine::network {

namespace {

using simd::lanes;
using simd::load;
using simd::Pack;
using simd::splat;
using simd::store;

// One register of rows: where its numbers are, output by output.
template <typename T>
struct Column {
    const LossBlock<T>& block;
    Index row;
    T* gradient;
    T* hessian;

    Pack<T> f(Index k) const { return load(block.f + k * block.stride + row); }
    Pack<T> weight() const { return load(block.weights + row); }
    Pack<T> target(Index k) const {
        if (block.labels == nullptr) return load(block.targets + k * block.stride + row);
        Pack<simd::Bits<T>> label;
        std::memcpy(&label, block.labels + row, sizeof label);
        return label == static_cast<simd::Bits<T>>(k) ? splat(T(1)) : Pack<T>{};
    }
    void put_gradient(Index k, Pack<T> g) const {
        if (gradient != nullptr) store(gradient + k * block.stride + row, g);
    }
    void put_hessian(Index j, Index k, Pack<T> h) const {
        if (hessian != nullptr) store(hessian + (j * block.outputs + k) * block.rows + row, h);
    }
    void put_diagonal_hessian(Index k, Pack<T> h) const {
        if (hessian == nullptr) return;
        for (Index j = 0; j < block.outputs; ++j) put_hessian(k, j, j == k ? h : Pack<T>{});
    }
};

struct SquaredError {
    template <typename T>
    static Pack<T> at(const Column<T>& column) {
        const Pack<T> w = column.weight();
        Pack<T> sum{};
        for (Index k = 0; k < column.block.outputs; ++k) {
            const Pack<T> error = column.f(k) - column.target(k);
            sum += error * error;
            column.put_gradient(k, w * error);
            column.put_diagonal_hessian(k, w);
        }
        return w * (T(0.5) * sum);
    }
};

struct BinaryCrossEntropy {
    template <typename T>
    static Pack<T> at(const Column<T>& column) {
        const Pack<T> w = column.weight();
        Pack<T> sum{};
        for (Index k = 0; k < column.block.outputs; ++k) {
            const Pack<T> f = column.f(k), y = column.target(k);
            const Pack<T> e = math::exp_of_minus_abs<T>(f), inverse = 1 / (1 + e), small = e * inverse;
            const Pack<T> s = f < 0 ? small : inverse;
            // softplus(f) - y f without cancellation where y is 1: max(f, 0) - y f is (1 - y) f or -y f
            sum += (f < 0 ? -y * f : (1 - y) * f) + math::log1p<T>(e);
            column.put_gradient(k, w * (s - y));
            column.put_diagonal_hessian(k, w * (small * inverse));
        }
        return w * sum;
    }
};

struct CrossEntropy {
    template <typename T>
    static Pack<T> at(const Column<T>& column) {
        const Index outputs = column.block.outputs;
        Pack<T> largest = column.f(0);
        for (Index k = 1; k < outputs; ++k) largest = column.f(k) > largest ? column.f(k) : largest;
        Pack<T> total{}, target_total{};
        for (Index k = 0; k < outputs; ++k) {
            const Pack<T> e = math::exp<T>(column.f(k) - largest);
            column.put_gradient(k, e);
            total += e;
            target_total += column.target(k);
        }
        const Pack<T> log_total = math::log<T>(total), w = column.weight();
        Pack<T> sum{};
        for (Index k = 0; k < outputs; ++k) {
            const Pack<T> y = column.target(k), loss = y * (log_total + (largest - column.f(k)));
            sum += y == 0 ? Pack<T>{} : loss;
        }
        if (column.hessian != nullptr) put_hessian(column, w * target_total, largest, total);
        if (column.gradient != nullptr) {
            const Pack<T> scale = target_total / total;
            for (Index k = 0; k < outputs; ++k) {
                const Pack<T> e = load(column.gradient + k * column.block.stride + column.row);
                column.put_gradient(k, w * (e * scale - column.target(k)));
            }
        }
        return w * sum;
    }

    template <typename T>
    static void put_hessian(const Column<T>& column, Pack<T> weight, Pack<T> largest, Pack<T> total) {
        const auto p = [&](Index k) -> Pack<T> { return math::exp<T>(column.f(k) - largest) / total; };
        for (Index j = 0; j < column.block.outputs; ++j) {
            const Pack<T> pj = p(j);
            for (Index k = 0; k <= j; ++k) {
                const Pack<T> h = j == k ? weight * (pj * (1 - pj)) : weight * (-pj * p(k));
                column.put_hessian(j, k, h);
                column.put_hessian(k, j, h);
            }
        }
    }
};

template <typename T, typename L>
void evaluate(const LossBlock<T>& block, T* values, T* gradient, T* hessian) {
    for (Index row = 0; row < block.rows; row += lanes<T>) {
        store(values + row, L::template at<T>(Column<T>{block, row, gradient, hessian}));
    }
}

struct Named {
    std::string_view name;
    Loss loss;
};

constexpr std::array names{
    Named{"squared_error", Loss::squared_error},
    Named{"cross_entropy", Loss::cross_entropy},
    Named{"binary_cross_entropy", Loss::binary_cross_entropy},
};

}  // namespace

Loss loss_from_name(std::string_view name) {
    std::string known;
    for (const auto& entry : names) {
        if (entry.name == name) return entry.loss;
        known += (known.empty() ? "" : ", ") + std::string(entry.name);
    }
    throw InvalidArgument("loss must be one of " + known + ", got '" + std::string(name) + "'");
}

template <typename T>
void evaluate_loss(Loss loss, const LossBlock<T>& block, T* values, T* gradient, T* hessian) {
    switch (loss) {
        case Loss::squared_error:
            return evaluate<T, SquaredError>(block, values, gradient, hessian);
        case Loss::cross_entropy:
            return evaluate<T, CrossEntropy>(block, values, gradient, hessian);
        case Loss::binary_cross_entropy:
            return evaluate<T, BinaryCrossEntropy>(block, values, gradient, hessian);
    }
}

template void evaluate_loss(Loss, const LossBlock<float>&, float*, float*, float*);
template void evaluate_loss(Loss, const LossBlock<double>&, double*, double*, double*);

}  // namespace ravine::network
