#include "base/vector_math.hpp"

#include <cmath>
#include <limits>

#include "harness.hpp"
#include "samples.hpp"

using ravine::Index;
using ravine::simd::Pack;
using ravine::testing::Block;
using ravine::testing::random_block;
namespace math = ravine::math;

namespace {

template <class T>
Block<T> mapped(Pack<T> (*function)(Pack<T>), const Block<T>& in) {
    Block<T> out(in.size());
    math::map<T>(function, in.data(), out.data(), in.size());
    return out;
}

// Distance in units in the last place of the exact value, which long double stands for.
template <class T>
double ulps(T got, long double exact) {
    const T rounded = static_cast<T>(exact);
    if (std::isnan(exact)) return std::isnan(got) ? 0 : 1e9;
    if (got == rounded) return 0;
    if (!std::isfinite(got) || !std::isfinite(rounded)) return 1e9;
    const long double unit = std::nextafter(std::abs(rounded), std::numeric_limits<T>::infinity()) - std::abs(rounded);
    return static_cast<double>(std::abs(static_cast<long double>(got) - exact) / unit);
}

template <class T>
void check_accuracy(const char* name, Pack<T> (*function)(Pack<T>), long double (*exact)(long double), double low,
                    double high, double most_ulps) {
    const auto in = random_block<T>(20011, 5, low, high);
    const auto out = mapped<T>(function, in);
    double worst = 0;
    T worst_at = 0;
    for (Index i = 0; i < in.size(); ++i) {
        const double distance = ulps(out[i], exact(in[i]));
        if (distance > worst) {
            worst = distance;
            worst_at = in[i];
        }
    }
    if (!(worst <= most_ulps)) {
        ravine::testing::report(__FILE__, __LINE__)
            << name << " is " << worst << " ulp off at " << worst_at << ", allowed " << most_ulps << '\n';
    }
}

long double logistic(long double x) { return 1 / (1 + std::exp(-x)); }
long double softplus(long double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

template <class T>
void check_all() {
    const double wide = std::is_same_v<T, float> ? 80 : 700;
    check_accuracy<T>("exp", math::exp<T>, std::exp, -wide, wide, 4);
    check_accuracy<T>("expm1", math::expm1<T>, std::expm1, -2, 2, 4);
    check_accuracy<T>("log1p", math::log1p<T>, std::log1p, -0.99, 50, 4);
    check_accuracy<T>("tanh", math::tanh<T>, std::tanh, -4, 4, 4);
    check_accuracy<T>("logistic", math::logistic<T>, logistic, -wide, wide, 4);
    check_accuracy<T>("softplus", math::softplus<T>, softplus, -wide, wide, 4);
    check_accuracy<T>("erf", math::erf<T>, std::erf, -3, 3, 4);
    check_accuracy<T>("sin", math::sin<T>, std::sin, -3.1, 3.1, 4);
    check_accuracy<T>("cos", math::cos<T>, std::cos, -1.5, 1.5, 4);
}

template <class T>
void check_lanes() {
    // Whatever the length of the array and the place in it, a value has one image.
    const auto in = random_block<T>(67, 9, -5, 5);
    const auto whole = mapped<T>(math::tanh<T>, in);
    for (Index length = 1; length <= in.size(); ++length) {
        for (const Index first : {Index{0}, in.size() - length}) {
            Block<T> part(length);
            math::map<T>(math::tanh<T>, in.data() + first, part.data(), length);
            for (Index i = 0; i < length; ++i) CHECK_EQUAL(part[i], whole[first + i]);
        }
    }
}

template <class T>
void check_ends() {
    using Limits = std::numeric_limits<T>;
    const T infinity = Limits::infinity(), nan = Limits::quiet_NaN(), largest = Limits::max();
    const auto at = [](Pack<T> (*function)(Pack<T>), T x) {
        Block<T> one(1);
        one[0] = x;
        return mapped<T>(function, one)[0];
    };
    for (auto* function : {math::exp<T>, math::expm1<T>, math::log1p<T>, math::tanh<T>, math::logistic<T>,
                           math::softplus<T>, math::erf<T>, math::sin<T>, math::cos<T>}) {
        CHECK(std::isnan(at(function, nan)));
    }
    CHECK_EQUAL(at(math::exp<T>, -infinity), T(0));
    CHECK_EQUAL(at(math::exp<T>, infinity), infinity);
    CHECK_EQUAL(at(math::exp<T>, 0), T(1));
    CHECK_EQUAL(at(math::expm1<T>, -largest), T(-1));
    CHECK_EQUAL(at(math::log1p<T>, -1), -infinity);
    CHECK(std::isnan(at(math::log1p<T>, -2)));
    CHECK_EQUAL(at(math::tanh<T>, largest), T(1));
    CHECK_EQUAL(at(math::tanh<T>, -infinity), T(-1));
    CHECK_EQUAL(at(math::logistic<T>, -infinity), T(0));
    CHECK_EQUAL(at(math::logistic<T>, largest), T(1));
    CHECK_EQUAL(at(math::softplus<T>, -largest), T(0));
    CHECK_EQUAL(at(math::softplus<T>, largest), largest);
    CHECK_EQUAL(at(math::erf<T>, -largest), T(-1));
    CHECK(std::isnan(at(math::sin<T>, infinity)));
    for (auto* odd : {math::expm1<T>, math::log1p<T>, math::tanh<T>, math::erf<T>, math::sin<T>}) {
        CHECK(std::signbit(at(odd, T(-0.0))));
        CHECK_EQUAL(at(odd, Limits::denorm_min()), Limits::denorm_min());
    }
}

}  // namespace

RAVINE_TEST(doubles_are_accurate_to_a_few_ulp) { check_all<double>(); }
RAVINE_TEST(floats_are_accurate_to_a_few_ulp) { check_all<float>(); }
RAVINE_TEST(a_double_has_one_image_wherever_it_lies) { check_lanes<double>(); }
RAVINE_TEST(a_float_has_one_image_wherever_it_lies) { check_lanes<float>(); }
RAVINE_TEST(the_ends_of_the_doubles) { check_ends<double>(); }
RAVINE_TEST(the_ends_of_the_floats) { check_ends<float>(); }
