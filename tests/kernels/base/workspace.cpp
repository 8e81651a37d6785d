#include "base/workspace.hpp"

#include <cstdint>
#include <thread>

#include "harness.hpp"

using ravine::Cutter;
using ravine::Index;
using ravine::Workspace;
using ravine::WorkspacePool;

namespace {

// The pieces of some kernel: measured first, cut afterwards by the same lines.
Index cut(Cutter& cutter, float*& a, double*& b) {
    a = cutter.take<float>(3);
    b = cutter.take<double>(10);
    return cutter.bytes();
}

}  // namespace

RAVINE_TEST(measuring_and_cutting_agree) {
    float* a;
    double* b;
    Cutter measure;
    const Index bytes = cut(measure, a, b);
    CHECK(measure.measures());
    CHECK(a == nullptr && b == nullptr);
    Workspace workspace;
    Cutter cutter = workspace.cutter(bytes);
    CHECK_EQUAL(cut(cutter, a, b), bytes);
    for (int i = 0; i < 3; ++i) a[i] = 1;
    for (int i = 0; i < 10; ++i) b[i] = 2;
    CHECK_EQUAL(a[2], 1.0F);
    CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(a) % Cutter::alignment, std::uintptr_t{0});
    CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(b) % Cutter::alignment, std::uintptr_t{0});
}

RAVINE_TEST(a_workspace_grows_and_keeps) {
    Workspace workspace;
    workspace.cutter(1000);
    const long before = ravine::testing::allocations::count;
    workspace.cutter(10);
    workspace.cutter(1000);
    CHECK_EQUAL(ravine::testing::allocations::count - before, 0L);
    CHECK_EQUAL(workspace.bytes(), Index{1000});
    workspace.cutter(2000);
    CHECK_EQUAL(workspace.bytes(), Index{2000});
}

RAVINE_TEST(a_size_that_overflows_is_an_error_and_no_small_buffer) {
    Cutter cutter;
    CHECK_THROWS(cutter.take<double>(std::numeric_limits<Index>::max() / 4), ravine::SizeOverflow);
    CHECK_THROWS(ravine::checked_product(Index{1} << 40, Index{1} << 40), ravine::SizeOverflow);
    CHECK_EQUAL(ravine::checked_product(46341, 46341), Index{2147488281});
    CHECK_THROWS(ravine::checked_sum(std::numeric_limits<Index>::max(), 1), ravine::SizeOverflow);
}

RAVINE_TEST(without_memory_a_workspace_stays_usable) {
    Workspace workspace;
    CHECK(ravine::testing::allocations::survive_each_failure([&] { workspace.cutter(4096); }) >= 1);
    CHECK_EQUAL(workspace.bytes(), Index{4096});
}

RAVINE_TEST(calls_in_turn_share_a_workspace_and_calls_at_once_do_not) {
    WorkspacePool pool;
    const Workspace* first;
    {
        const auto lease = pool.borrow();
        first = &*lease;
        const auto other = pool.borrow();
        CHECK(&*other != first);
    }
    const auto one = pool.borrow();
    const auto two = pool.borrow();
    CHECK(&*one == first || &*two == first);
}

RAVINE_TEST(a_pool_serves_several_threads) {
    WorkspacePool pool;
    const auto borrower = [&] {
        for (int i = 0; i < 200; ++i) {
            const auto lease = pool.borrow();
            double* p = lease->cutter(256).take<double>(16);
            for (int j = 0; j < 16; ++j) p[j] = j;
        }
    };
    std::thread other(borrower);
    borrower();
    other.join();
    const long before = ravine::testing::allocations::count;
    pool.borrow();
    CHECK_EQUAL(ravine::testing::allocations::count - before, 0L);
}

RAVINE_TEST(a_pool_survives_the_failure_of_any_allocation) {
    WorkspacePool pool;
    CHECK(ravine::testing::allocations::survive_each_failure([&] { pool.borrow()->cutter(64); }) >= 1);
}
