#include "network/activation.hpp"

#include <cmath>
#include <limits>

#include "harness.hpp"
#include "networks.hpp"

using ravine::Index;
using ravine::network::activate;
using ravine::network::Activation;
using ravine::testing::activations;
using ravine::testing::Block;
using ravine::testing::random_block;

namespace {

bool has_kink(Activation activation) {
    return activation == Activation::relu || activation == Activation::leaky_relu || activation == Activation::elu;
}

double value_at(Activation activation, double z) {
    double value;
    activate(activation, &z, 1, &value);
    return value;
}

template <class T>
void check_orders_agree() {
    for (const Activation activation : activations) {
        for (const Index count : {1, 7, 8, 33}) {
            const auto z = random_block<T>(count, 11, -4, 4, 1);
            Block<T> value(count), slope(count), curvature(count), alone(count), with_slope(count), two(count);
            activate(activation, z.data(), count, value.data(), slope.data(), curvature.data());
            activate(activation, z.data(), count, alone.data());
            activate(activation, z.data(), count, with_slope.data(), two.data());
            CHECK(alone == value);
            CHECK(with_slope == value);
            CHECK(two == slope);
            auto in_place = random_block<T>(count, 11, -4, 4, 1);
            activate(activation, in_place.data(), count, in_place.data());
            CHECK(in_place == value);
        }
    }
}

}  // namespace

RAVINE_TEST(slopes_are_the_differences_of_values_and_curvatures_of_slopes) {
    constexpr double h = 1e-5;
    for (const Activation activation : activations) {
        const auto z = random_block<double>(200, 3, -6, 6);
        for (Index i = 0; i < z.size(); ++i) {
            if (has_kink(activation) && std::abs(z[i]) < 2 * h) continue;
            double points[3] = {z[i] - h, z[i], z[i] + h}, value[3], slope[3], curvature[3];
            activate(activation, points, 3, value, slope, curvature);
            CHECK_NEAR(slope[1], (value[2] - value[0]) / (2 * h), 1e-8);
            CHECK_NEAR(curvature[1], (slope[2] - slope[0]) / (2 * h), 1e-8);
        }
    }
}

RAVINE_TEST(doubles_have_the_same_bits_with_and_without_derivatives) { check_orders_agree<double>(); }
RAVINE_TEST(floats_have_the_same_bits_with_and_without_derivatives) { check_orders_agree<float>(); }

RAVINE_TEST(a_block_of_vectors_has_the_bits_of_each_alone_and_nothing_is_written_between) {
    constexpr Index vectors = 3, count = 32, stride = 48, size = vectors * stride;
    const auto z = random_block<double>(size, 11, -4, 4, 1);
    for (const Activation activation : activations) {
        Block<double> value(size), slope(size), curvature(size);
        Block<double> each(size), each_slope(size), each_curvature(size);
        activate<double>(activation, {.vectors = vectors, .count = count, .stride = stride}, z.data(), value.data(),
                         slope.data(), curvature.data());
        for (Index i = 0; i < size; i += stride) {
            activate(activation, z.data() + i, count, each.data() + i, each_slope.data() + i,
                     each_curvature.data() + i);
        }
        CHECK(value == each);
        CHECK(slope == each_slope);
        CHECK(curvature == each_curvature);
    }
}

RAVINE_TEST(known_values) {
    CHECK_NEAR(value_at(Activation::tanh, 0.5), 0.46211715726000975, 1e-15);
    CHECK_NEAR(value_at(Activation::logistic, 0.0), 0.5, 0);
    CHECK_NEAR(value_at(Activation::leaky_relu, -2.0), -0.02, 1e-17);
    CHECK_NEAR(value_at(Activation::elu, -1.0), std::expm1(-1.0), 1e-15);
    CHECK_NEAR(value_at(Activation::softplus, 0.0), std::log(2.0), 1e-15);
    CHECK_NEAR(value_at(Activation::gelu, 1.0), 0.5 * (1 + std::erf(std::sqrt(0.5))), 1e-15);
    CHECK_NEAR(value_at(Activation::silu, 1.0), 1 / (1 + std::exp(-1.0)), 1e-15);
    CHECK_NEAR(value_at(Activation::sin, 1.0), std::sin(1.0), 1e-15);
    CHECK_EQUAL(value_at(Activation::relu, -3.0), 0.0);
    CHECK_EQUAL(value_at(Activation::relu, 3.0), 3.0);
}

RAVINE_TEST(not_a_number_comes_through_and_large_arguments_stay_defined) {
    const double largest = std::numeric_limits<double>::max();
    for (const Activation activation : activations) {
        CHECK(std::isnan(value_at(activation, std::numeric_limits<double>::quiet_NaN())));
        for (const double z : {-largest, largest, -800.0, 800.0}) CHECK(!std::isnan(value_at(activation, z)));
    }
}

RAVINE_TEST(names_lead_there_and_back) {
    for (const Activation activation : activations) {
        CHECK(ravine::network::activation_from_name(name_of(activation)) == activation);
    }
    CHECK_THROWS(ravine::network::activation_from_name("Tanh"), ravine::InvalidArgument);
}
