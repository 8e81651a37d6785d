#pragma once

// Samples that somebody else owns, row-major, and which of them a kernel shall look at.

#include <cstdint>

#include "base/types.hpp"

namespace ravine::network {

template <typename T>
struct Inputs {
    const T* data;
    Index rows, cols, stride;
};

// Either dense targets (rows, columns) or one label a row; weights may be null, which means 1. A row of weight 0 is as
// good as absent: kernels read zeros in its place, so that nothing in it can overflow.
template <typename T>
struct Targets {
    const T* dense;
    Index stride;
    const std::int64_t* labels;
    const T* weights;
    Index weight_stride;
    Index columns = 0;    // of the dense targets, which custom losses are shown; others know by their outputs
    bool masked = false;  // a dense target that is NaN is missing

    T weight(Index row) const { return weights == nullptr ? T(1) : weights[row * weight_stride]; }
};

template <typename T>
struct Samples {
    Inputs<T> inputs;
    Targets<T> targets;
};

// Row i of the selection is row index[begin + i] of the data, or begin + i where there is no index.
struct Rows {
    const Index* index;
    Index begin, count;

    Index operator[](Index i) const { return index == nullptr ? begin + i : index[begin + i]; }
    Rows part(Index first, Index last) const { return {index, begin + first, last - first}; }
};

}  // namespace ravine::network
