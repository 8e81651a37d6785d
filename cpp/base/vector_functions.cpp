#include "base/vector_functions.hpp"

#include <array>
#include <string>

#include "base/errors.hpp"
#include "base/vector_math.hpp"

namespace ravine::math {

namespace {

template <typename T>
struct NamedFunction {
    std::string_view name;
    void (*run)(const T* in, T* out, Index n);
};

#define RAVINE_FUNCTION(function)                                                                      \
    NamedFunction<T> {                                                                                 \
        #function, [](const T* in, T* out, Index n) {                                                  \
            map<T>([](simd::Pack<T> x) -> simd::Pack<T> { return math::function<T>(x); }, in, out, n); \
        }                                                                                              \
    }

template <typename T>
constexpr std::array functions{
    RAVINE_FUNCTION(exp),  RAVINE_FUNCTION(expm1), RAVINE_FUNCTION(log),      RAVINE_FUNCTION(log1p),
    RAVINE_FUNCTION(tanh), RAVINE_FUNCTION(erf),   RAVINE_FUNCTION(logistic), RAVINE_FUNCTION(softplus),
    RAVINE_FUNCTION(sin),  RAVINE_FUNCTION(cos),
};

#undef RAVINE_FUNCTION

}  // namespace

template <typename T>
void evaluate(std::string_view function, const T* in, T* out, Index n) {
    for (const auto& candidate : functions<T>) {
        if (candidate.name == function) return candidate.run(in, out, n);
    }
    throw InvalidArgument("there is no vector function '" + std::string(function) + "'");
}

template void evaluate<float>(std::string_view, const float*, float*, Index);
template void evaluate<double>(std::string_view, const double*, double*, Index);

}  // namespace ravine::math
