#pragma once

// What the kernels of all losses share: one register of rows, read and written output by output.

#include <cstring>
#include <limits>

#include "base/vector_math.hpp"
#include "network/loss.hpp"

namespace ravine::network {

template <typename T>
struct Column {
    using Pack = simd::Pack<T>;
    using Mask = simd::Pack<simd::Bits<T>>;

    const LossBlock<T>& block;
    Index row;
    T* gradient;
    T* hessian;  // rows [first, last) of ∇²L
    Index hessian_first, hessian_last;
    // Where ∇²L is only wanted times a vector, both (outputs, rows).
    const T* direction;
    T* product;
    Index direction_stride;

    bool wants_hessian() const { return hessian != nullptr || product != nullptr; }
    Index outputs() const { return block.outputs; }
    Pack f(Index k) const { return simd::load(block.f + k * block.stride + row); }
    Pack weight() const { return simd::load(block.weights + row); }
    Mask is_label(Index k) const {
        Mask label;
        std::memcpy(&label, block.labels + row, sizeof label);
        return label == static_cast<simd::Bits<T>>(k);
    }
    Pack target(Index k) const {
        if (block.labels != nullptr) return is_label(k) ? simd::splat(T(1)) : Pack{};
        return simd::load(block.targets + k * block.stride + row);
    }
    Pack gradient_at(Index k) const { return simd::load(gradient + k * block.stride + row); }
    void put_gradient(Index k, Pack g) const {
        if (gradient != nullptr) simd::store(gradient + k * block.stride + row, g);
    }
    Pack direction_at(Index k) const { return simd::load(direction + k * direction_stride + row); }
    void add_product(Index j, Pack x) const {
        T* place = product + j * direction_stride + row;
        simd::store(place, simd::load(place) + x);
    }
    T* hessian_at(Index j, Index k) const {
        return hessian + ((j - hessian_first) * block.outputs + k) * block.rows + row;
    }
    bool has_row(Index j) const { return hessian != nullptr && j >= hessian_first && j < hessian_last; }
    void put_hessian(Index j, Index k, Pack h) const {
        if (has_row(j)) simd::store(hessian_at(j, k), h);
        if (product != nullptr) add_product(j, h * direction_at(k));
    }
    void put_symmetric_hessian(Index j, Index k, Pack h) const {
        put_hessian(j, k, h);
        if (j != k) put_hessian(k, j, h);
    }
    // Row k of a diagonal matrix.
    void put_diagonal_hessian(Index k, Pack h) const {
        if (product != nullptr) add_product(k, h * direction_at(k));
        if (!has_row(k)) return;
        for (Index j = 0; j < block.outputs; ++j) simd::store(hessian_at(k, j), j == k ? h : Pack{});
    }
    // Calls put(j, k) for the elements of the rows that are wanted, k <= j or not.
    template <typename Put>
    void for_hessian(Put&& put) const {
        const Index first = product != nullptr ? 0 : hessian_first,
                    last = product != nullptr ? outputs() : hessian_last;
        for (Index j = first; j < last; ++j)
            for (Index k = 0; k < outputs(); ++k) put(j, k);
    }
};

// Where y is a number: a NaN is a target that is missing.
template <typename T>
inline auto is_there(simd::Pack<T> y) {
    return simd::abs<T>(y) <= std::numeric_limits<T>::infinity();
}

// L of one output with its two derivatives.
template <typename T>
struct LossTerm {
    simd::Pack<T> value, slope, curvature;
    // The same where `present`, else nothing.
    LossTerm where(typename Column<T>::Mask present) const {
        const simd::Pack<T> none{};
        return {present ? value : none, present ? slope : none, present ? curvature : none};
    }
};

}  // namespace ravine::network
