#include "updates/finite.hpp"

#include <limits>

#include "harness.hpp"
#include "samples.hpp"
#include "thread_count.hpp"

using ravine::Index;
using ravine::testing::Threads;

namespace {

template <class T>
void check_places() {
    for (const Index n : {0, 1, 17, 64, 40000}) {
        auto x = ravine::testing::random_block<T>(n, 5, -1e30, 1e30);
        CHECK(ravine::updates::all_finite(x.data(), n));
        for (const Index place : {Index(0), n / 2, n - 1}) {
            if (n == 0) continue;
            for (const T bad : {std::numeric_limits<T>::quiet_NaN(), -std::numeric_limits<T>::infinity()}) {
                const T kept = x[place];
                x[place] = bad;
                const Threads several(2);
                CHECK(!ravine::updates::all_finite(x.data(), n));
                x[place] = kept;
            }
        }
    }
}

}  // namespace

RAVINE_TEST(a_float_that_is_not_finite_is_seen_wherever_it_is) { check_places<float>(); }
RAVINE_TEST(a_double_that_is_not_finite_is_seen_wherever_it_is) { check_places<double>(); }
