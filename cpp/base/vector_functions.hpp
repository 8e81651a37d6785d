#pragma once

// The functions of vector_math.hpp on whole vectors, by name: for tests, benchmarks, and callers that are compiled once
// for all CPU levels.

#include <string_view>

#include "base/types.hpp"

namespace ravine::math {

// out[i] = f(in[i]), i < n, with f one of exp, expm1, log, log1p, tanh, erf, logistic, softplus, sin, cos. In place if
// out is in. Throws InvalidArgument for another name.
template <typename T>
void evaluate(std::string_view function, const T* in, T* out, Index n);

}  // namespace ravine::math
