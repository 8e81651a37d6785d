#include "base/threads.hpp"

#include <atomic>
#include <thread>

#include "base/interrupt.hpp"
#include "harness.hpp"
#include "thread_count.hpp"

namespace threads = ravine::threads;
using ravine::Index;
using ravine::testing::Threads;

RAVINE_TEST(every_task_runs_once_whatever_the_threads) {
    for (const int count : {1, 2, 3, 7}) {
        for (const Index tasks : {0, 1, 2, 5, 64, 1000}) {
            const Threads guard(count);
            std::vector<std::atomic<int>> runs(static_cast<std::size_t>(tasks));
            std::atomic<int> strangers{0};
            threads::for_each(tasks, count, [&](Index task, int worker) {
                ++runs[static_cast<std::size_t>(task)];
                if (worker < 0 || worker >= count) ++strangers;
            });
            for (const auto& run : runs) CHECK_EQUAL(run.load(), 1);
            CHECK_EQUAL(strangers.load(), 0);
        }
    }
}

RAVINE_TEST(an_exception_of_a_task_reaches_the_caller_and_the_next_job_works) {
    const Threads guard(2);
    for (const Index bad : {0, 3, 99}) {
        CHECK_THROWS(threads::for_each(100, 2,
                                       [&](Index task, int) {
                                           if (task == bad) throw ravine::InvalidArgument("task");
                                       }),
                     ravine::InvalidArgument);
        std::atomic<Index> sum{0};
        threads::for_each(100, 2, [&](Index task, int) { sum += task; });
        CHECK_EQUAL(sum.load(), Index{4950});
    }
}

RAVINE_TEST(all_tasks_may_throw_at_once) {
    const Threads guard(4);
    for (int repeat = 0; repeat < 50; ++repeat) {
        CHECK_THROWS(threads::for_each(8, 4, [](Index, int) { throw ravine::Interrupted(); }), ravine::Interrupted);
    }
}

RAVINE_TEST(callers_on_several_threads_do_not_disturb_each_other) {
    const Threads guard(2);
    std::atomic<int> wrong{0};
    const auto caller = [&] {
        for (int repeat = 0; repeat < 100; ++repeat) {
            std::atomic<Index> sum{0};
            threads::for_each(50, 2, [&](Index task, int) { sum += task; });
            if (sum != 1225) ++wrong;
        }
    };
    std::thread first(caller), second(caller);
    first.join();
    second.join();
    CHECK_EQUAL(wrong.load(), 0);
}

RAVINE_TEST(a_task_may_start_tasks) {
    const Threads guard(2);
    std::atomic<Index> runs{0};
    threads::for_each(4, 2, [&](Index, int) { threads::for_each(5, 2, [&](Index, int) { ++runs; }); });
    CHECK_EQUAL(runs.load(), Index{20});
}

RAVINE_TEST(the_number_of_threads_is_checked) {
    const int before = threads::get();
    for (const int bad : {-1, 0, 1025}) CHECK_THROWS(threads::set(bad), ravine::InvalidArgument);
    CHECK_EQUAL(threads::get(), before);
    CHECK(threads::available() >= 1);
}

RAVINE_TEST(little_work_wakes_nobody) {
    const Threads guard(8);
    CHECK_EQUAL(threads::worth(0), 1);
    CHECK_EQUAL(threads::worth(1000), 1);
    CHECK_EQUAL(threads::worth(1e12), 8);
    int previous = 1;
    for (double work = 1; work < 1e12; work *= 2) {
        CHECK(threads::worth(work) >= previous);
        previous = threads::worth(work);
    }
}

RAVINE_TEST(an_interrupt_ends_a_job_unless_it_must_be_finished) {
    const Threads guard(2);
    ravine::interrupt::set_probe([] { return true; });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK_THROWS(threads::for_each(1000, 1, [](Index, int) {}), ravine::Interrupted);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    Index runs = 0;
    threads::for_each(1000, 1, [&](Index, int) { ++runs; }, threads::Interrupts::left_alone);
    CHECK_EQUAL(runs, Index{1000});
    ravine::interrupt::set_probe(nullptr);
}

RAVINE_TEST(a_thread_may_limit_itself_and_no_other) {
    const Threads three(3);
    ravine::threads::limit_this_thread(1);
    CHECK_EQUAL(ravine::threads::get(), 1);
    int elsewhere = 0;
    std::thread other([&] { elsewhere = ravine::threads::get(); });
    other.join();
    CHECK_EQUAL(elsewhere, 3);
    ravine::threads::limit_this_thread(0);
    CHECK_EQUAL(ravine::threads::get(), 3);
}
