#include "base/threads_backend.hpp"

#if defined(RAVINE_THREADS_STD)

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace ravine::threads::backend {

const char* const name = "std";

namespace {

// Threads that sleep between jobs. One job at a time: whoever comes while it is busy works alone.
class Pool {
  public:
    void run(int threads, void (*work)(void*, int), void* context) {
        const std::unique_lock busy(one_job_, std::try_to_lock);
        if (!busy) return work(context, 0);
        start(threads - 1);
        {
            const std::lock_guard lock(guard_);
            work_ = work;
            context_ = context;
            wanted_ = threads - 1;
            running_ = threads - 1;
            ++job_;
        }
        wake_.notify_all();
        work(context, 0);
        std::unique_lock lock(guard_);
        done_.wait(lock, [this] { return running_ == 0; });
    }

  private:
    void start(int helpers) {
        while (static_cast<int>(helpers_.size()) < helpers) {
            const int worker = static_cast<int>(helpers_.size()) + 1;
            helpers_.emplace_back([this, worker, seen = job_] { serve(worker, seen); });
        }
    }

    [[noreturn]] void serve(int worker, long seen) {
        for (;;) {
            std::unique_lock lock(guard_);
            wake_.wait(lock, [&] { return job_ != seen; });
            seen = job_;
            if (worker > wanted_) continue;
            lock.unlock();
            work_(context_, worker);
            lock.lock();
            if (--running_ == 0) done_.notify_one();
        }
    }

    std::mutex one_job_, guard_;
    std::condition_variable wake_, done_;
    std::vector<std::thread> helpers_;
    void (*work_)(void*, int) = nullptr;
    void* context_ = nullptr;
    int wanted_ = 0, running_ = 0;
    long job_ = 0;
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
