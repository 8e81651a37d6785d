#include "optim/line_search.hpp"

#include "functions.hpp"
#include "harness.hpp"

using ravine::Index;
using ravine::optim::LineEnd;
using ravine::optim::LineFound;
using ravine::optim::LineMethod;
using ravine::optim::LineSettings;
using ravine::optim::Point;
using ravine::testing::Plane;

namespace {

struct Ended {
    LineFound found;
    Point at, next;
};

Ended search(Plane& f, double x, double y, double p, double q, const LineSettings& settings) {
    Ended ended{{}, Point(2), Point(2)};
    ended.at.x = {x, y};
    ended.at.evaluate(f);
    const double direction[] = {p, q};
    ended.found = ravine::optim::search_line(f, ended.at, direction, settings, ended.next);
    return ended;
}

}  // namespace

RAVINE_TEST(both_conditions_hold_where_a_step_is_found) {
    for (const double c2 : {0.9, 0.1, 1e-3}) {
        for (const double first : {1e-8, 1e-3, 1.0, 1e3}) {
            auto f = ravine::testing::quartic();
            const auto [found, at, next] = search(f, 3, 3, -1, -1, {LineMethod::strong_wolfe, first, 1e-4, c2});
            const double slope = -(at.gradient[0] + at.gradient[1]);
            CHECK(found.end == LineEnd::found);
            CHECK(next.value <= at.value + 1e-4 * found.length * slope);
            CHECK(std::abs(found.slope) <= c2 * std::abs(slope));
            CHECK_EQUAL(next.x[0], 3 - found.length);
            CHECK_EQUAL(f.value(next.x.data()), next.value);
        }
    }
}

RAVINE_TEST(backtracking_only_shortens) {
    auto f = ravine::testing::quartic();
    const auto [found, at, next] = search(f, 3, 3, -1, -1, {LineMethod::backtracking, 100});
    CHECK(found.end == LineEnd::found);
    CHECK(found.length < 100);
    CHECK(next.value <= at.value - 1e-4 * found.length * (at.gradient[0] + at.gradient[1]));
}

RAVINE_TEST(uphill_level_and_bottomless_lines_are_told_apart) {
    auto f = ravine::testing::unbounded_saddle();
    const auto up = search(f, 1, 0, -1, 0, {});
    CHECK(up.found.end == LineEnd::not_downhill);
    CHECK_EQUAL(up.found.length, 0.0);
    CHECK(up.next.x == up.at.x);
    CHECK(search(f, 1, 0, 1, 0, {}).found.end == LineEnd::unbounded);
    auto level =
        Plane([](double, double) { return 1.0; }, [](double, double, double* g) { g[0] = -1, g[1] = 0; }, nullptr);
    CHECK(search(level, 1, 0, 1, 0, {}).found.end == LineEnd::rounding_floor);
}

RAVINE_TEST(every_end_has_a_name_of_its_own) {
    const auto ends = ravine::optim::line_ends();
    CHECK_EQUAL(ends.size(), static_cast<std::size_t>(LineEnd::unbounded) + 1);
    CHECK_EQUAL(ends[static_cast<std::size_t>(LineEnd::found)].name, "found");
    CHECK_EQUAL(ends[static_cast<std::size_t>(LineEnd::falls_only)].name, "falls_only");
    CHECK_EQUAL(ends[static_cast<std::size_t>(LineEnd::not_downhill)].name, "not_downhill");
    CHECK_EQUAL(ends[static_cast<std::size_t>(LineEnd::rounding_floor)].name, "rounding_floor");
    CHECK_EQUAL(ends[static_cast<std::size_t>(LineEnd::not_finite)].name, "not_finite");
    CHECK_EQUAL(ends[static_cast<std::size_t>(LineEnd::no_step)].name, "no_step");
    CHECK_EQUAL(ends[static_cast<std::size_t>(LineEnd::unbounded)].name, "unbounded");
}
