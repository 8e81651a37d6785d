#include "linalg/vectors.hpp"

#include <limits>
#include <vector>

#include "harness.hpp"

using ravine::Index;
namespace linalg = ravine::linalg;

namespace {

std::vector<double> count_up(Index n) {
    std::vector<double> x(static_cast<std::size_t>(n));
    for (Index i = 0; i < n; ++i) x[static_cast<std::size_t>(i)] = static_cast<double>(i + 1);
    return x;
}

}  // namespace

// The sum of the first n squares is an integer that every order of summation yields exactly.
RAVINE_TEST(dot_of_integers_is_exact_at_every_length) {
    for (const Index n : {0, 1, 3, 7, 8, 31, 32, 33, 100}) {
        const auto x = count_up(n);
        CHECK_EQUAL(linalg::dot(x.data(), x.data(), n), static_cast<double>(n * (n + 1) * (2 * n + 1) / 6));
    }
}

RAVINE_TEST(norms_neither_overflow_nor_vanish) {
    for (const double size : {1e-300, 1e-160, 1.0, 1e160, 1e300}) {
        const double x[] = {3 * size, -4 * size};
        CHECK_NEAR(linalg::norm(x, 2) / size, 5.0, 1e-15);
        CHECK_EQUAL(linalg::largest(x, 2), 4 * size);
    }
    CHECK_EQUAL(linalg::norm(nullptr, 0), 0.0);
}

RAVINE_TEST(what_is_not_finite_is_seen) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    for (Index at = 0; at < 20; ++at) {
        auto x = count_up(20);
        CHECK(linalg::all_finite(x.data(), 20));
        x[static_cast<std::size_t>(at)] = nan;
        CHECK(std::isnan(linalg::norm(x.data(), 20)));
        CHECK(std::isnan(linalg::largest(x.data(), 20)));
        CHECK(!linalg::all_finite(x.data(), 20));
        x[static_cast<std::size_t>(at)] = -infinity;
        CHECK_EQUAL(linalg::norm(x.data(), 20), infinity);
        CHECK(!linalg::all_finite(x.data(), 20));
    }
}

RAVINE_TEST(scaled_sums_are_elementwise) {
    auto x = count_up(13), y = count_up(13);
    linalg::add_scaled(2, x.data(), y.data(), 13);
    linalg::scale(3, x.data(), 13);
    for (std::size_t i = 0; i < 13; ++i) {
        CHECK_EQUAL(x[i], 3.0 * static_cast<double>(i + 1));
        CHECK_EQUAL(y[i], 3.0 * static_cast<double>(i + 1));
    }
}
