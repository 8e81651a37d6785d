#include "optim/starts.hpp"

#include <stdexcept>

#include "functions.hpp"
#include "harness.hpp"
#include "thread_count.hpp"

using ravine::Index;
using ravine::optim::default_options;
using ravine::optim::ManyStarts;
using ravine::optim::Method;
using ravine::optim::Outcome;
using ravine::optim::run_starts;
using ravine::testing::Rosenbrock;

namespace {

// From a point of its own for each start; the last two are the same.
Outcome run(Index start) {
    const double first = static_cast<double>(start < 6 ? start : 5) - 3;
    Rosenbrock f(2);
    const std::vector<double> x0 = {first, 1};
    auto options = default_options(Method::newton);
    options.maxiter = 4;
    return {ravine::optim::minimise(f, x0.data(), options), f.counts()};
}

}  // namespace

RAVINE_TEST(many_starts_are_the_runs_alone_on_any_number_of_threads) {
    for (const int threads : {1, 2, 5}) {
        const ravine::testing::Threads several(threads);
        const ManyStarts all = run_starts(7, threads, run);
        Index lowest = 0;
        for (Index start = 0; start < 7; ++start) {
            const Outcome one = run(start);
            const auto& end = all.ends[static_cast<std::size_t>(start)];
            CHECK(end.value == one.result.at.value);
            CHECK(end.gradient_norm == one.result.at.gradient_norm);
            CHECK(end.stop == one.result.stop);
            CHECK(end.iterations == one.result.iterations);
            CHECK(end.evaluations == one.counts.value);
            if (end.value < all.ends[static_cast<std::size_t>(lowest)].value) lowest = start;
        }
        CHECK(all.best == lowest);
        CHECK(all.outcome.result.at.value == all.ends[static_cast<std::size_t>(lowest)].value);
    }
}

RAVINE_TEST(runs_at_once_have_one_thread_each) {
    const ravine::testing::Threads several(3);
    std::vector<int> seen(8);
    run_starts(8, 3, [&](Index start) {
        seen[static_cast<std::size_t>(start)] = ravine::threads::get();
        return run(start);
    });
    for (const int threads : seen) CHECK(threads == 1);
    CHECK(ravine::threads::get() == 3);
}

RAVINE_TEST(a_limit_of_the_callers_is_still_there_afterwards) {
    const ravine::testing::Threads several(3);
    ravine::threads::limit_this_thread(2);
    run_starts(3, 2, run);
    CHECK(ravine::threads::get() == 2);
    ravine::threads::limit_this_thread(0);
}

RAVINE_TEST(an_exception_of_one_run_reaches_the_caller) {
    const auto breaks = [](Index start) -> Outcome {
        if (start == 3) throw std::runtime_error("start 3");
        return run(start);
    };
    const int before = ravine::threads::get();
    CHECK_THROWS(run_starts(7, 2, breaks), std::runtime_error);
    CHECK(ravine::threads::get() == before);
}
