#include "base/threads_backend.hpp"

#if defined(RAVINE_THREADS_STD)

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace ravine::threads::backend {

const char* const name = "std";

namespace {

// Turns of a waiting loop before a helper lies down to sleep: some tens of microseconds, the time between two regions
// of one gradient, so that a sweep wakes its helpers once.
constexpr int patience = 4000;

inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// Helpers take seats in the job that is open. Whoever has no seat when the caller runs out of tasks gets none: the
// caller never waits for a thread that has not begun, so a busy machine costs no more than the missing help.
// One job at a time: a second caller works alone.
class Pool {
  public:
    void run(int threads, void (*work)(void*, int), void* context) {
        const std::unique_lock busy(one_job_, std::try_to_lock);
        if (!busy) return work(context, 0);
        const int helpers = start(threads - 1);
        work_ = work;
        context_ = context;
        helpers_wanted_ = helpers;
        finished_.store(0, std::memory_order_relaxed);
        seats_.store(helpers, std::memory_order_release);
        job_.fetch_add(1);
        if (sleepers_.load() > 0) wake();
        work(context, 0);
        const int joined = helpers - seats_.exchange(0, std::memory_order_acq_rel);
        for (int turn = 0; finished_.load(std::memory_order_acquire) < joined; ++turn) {
            turn < patience ? pause() : std::this_thread::yield();
        }
    }

  private:
    // As many of the helpers as can be had; a system that gives no more threads makes no error.
    int start(int wanted) {
        try {
            while (static_cast<int>(helpers_.size()) < wanted)
                helpers_.emplace_back([this, seen = job_.load()] { serve(seen); });
        } catch (const std::system_error&) {
            return static_cast<int>(helpers_.size());
        }
        return wanted;
    }

    void wake() {
        {
            const std::lock_guard lock(guard_);
        }  // who is about to sleep has either seen the job or holds this lock
        wake_.notify_all();
    }

    [[noreturn]] void serve(long seen) {
        for (;;) {
            wait_for_job(seen);
            seen = job_.load();
            int seat = seats_.load(std::memory_order_relaxed);
            while (seat > 0 && !seats_.compare_exchange_weak(seat, seat - 1, std::memory_order_acquire)) continue;
            if (seat <= 0) continue;
            work_(context_, helpers_wanted_ - seat + 1);
            finished_.fetch_add(1, std::memory_order_release);
        }
    }

    void wait_for_job(long seen) {
        for (int turn = 0; turn < patience; ++turn) {
            if (job_.load(std::memory_order_relaxed) != seen) return;
            pause();
        }
        std::unique_lock lock(guard_);
        sleepers_.fetch_add(1);
        wake_.wait(lock, [&] { return job_.load() != seen; });
        sleepers_.fetch_sub(1);
    }

    std::mutex one_job_, guard_;
    std::condition_variable wake_;
    std::vector<std::thread> helpers_;
    void (*work_)(void*, int) = nullptr;
    void* context_ = nullptr;
    int helpers_wanted_ = 0;
    std::atomic<int> seats_{0}, finished_{0}, sleepers_{0};
    std::atomic<long> job_{0};
};

// Never destroyed: its threads sleep until the process ends, so nothing is torn down while a job may still run.
Pool& pool() {
    static Pool& the_pool = *new Pool;
    return the_pool;
}

}  // namespace

void fork_join(int threads, void (*work)(void* context, int worker), void* context) {
    note_start();
    pool().run(threads, work, context);
}

}  // namespace ravine::threads::backend

#endif
