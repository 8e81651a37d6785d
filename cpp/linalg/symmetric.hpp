#pragma once

// Square matrices of which one triangle was computed, or of which one triangle is read.

#include <optional>

#include "base/types.hpp"

namespace ravine::linalg {

// Copies what lies below the diagonal of a small A (n, n) to above it. One thread.
template <typename T>
void mirror_lower(T* a, Index n, Index stride);

// Multiplies the lower triangle of A (n, n) by `scale` and copies it above the diagonal: symmetric to the bit. All
// threads; done to the end once begun.
template <typename T>
void complete_symmetric(T* a, Index n, T scale);

// What is wrong at (row, column): `value` is not finite, or it is not `mirrored`, the value at (column, row).
struct Flaw {
    Index row, column;
    double value, mirrored;
};

// The first element that is not finite, or else the pair that differs most, if by more than 100 eps of the largest
// element. All threads.
std::optional<Flaw> find_flaw(const double* a, Index n, Index stride);

// Copies the lower triangle of A with its diagonal, rounded to T; what `to` holds above stays. All threads; Ctrl-C is
// answered by Interrupted, `to` is undefined then.
template <typename T>
void copy_lower(const double* a, Index n, Index a_stride, T* to, Index stride);

// Writes zeros above the diagonal. All threads; Ctrl-C as above.
void clear_upper(double* a, Index n, Index stride);

// Copies what lies above the diagonal of A (n, n) to below it. All threads; done to the end once begun.
void copy_upper_to_lower(double* a, Index n);

}  // namespace ravine::linalg
