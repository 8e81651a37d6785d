#pragma once

// All parallelism of the package. A job is cut into tasks by its shape alone; which thread runs a task is left open.
// A task writes only what belongs to it, so neither the number of threads nor the schedule can change a bit.

#include "base/types.hpp"

namespace ravine::threads {

// Cores that this process may use: CPU affinity, the container's CPU quota, OMP_NUM_THREADS.
int available();

// The most threads that a kernel uses; 1 in a child that was forked after threads had been started.
int get();

// Throws InvalidArgument unless 1 <= count <= 1024.
void set(int count);

// From now on get() on the calling thread is at most `count`; 0: no limit of its own again. For callers that run
// several jobs at once.
void limit_this_thread(int count);

// While it lives, get() on the calling thread is 1: what a task does whose inner loops are not to be shared out again.
class OneThread {
  public:
    OneThread();
    ~OneThread();
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;

  private:
    int before_;
};

// "openmp" or "std".
const char* backend_name();

// Threads worth waking for so much work (in multiply-adds or as dear): below a measured amount, none but the caller.
int worth(double work);

// Lets the calling thread rest.
void sleep_milliseconds(int count);

// What a body is told: which task to do, and which worker (0 <= worker < threads) it is, for per-worker scratch memory.
struct Body {
    void (*run)(void* context, Index task, int worker);
    void* context;
};

enum class Interrupts { looked_for, left_alone };

void run_tasks(Index tasks, int threads, Body body, Interrupts interrupts);

// Runs body(task, worker) for every task in [0, tasks). The first exception is thrown again here, once all workers
// have stopped. Ctrl-C is looked for between tasks, on the calling thread, unless what the tasks write may not stay
// half written.
template <typename F>
void for_each(Index tasks, int threads, F&& body, Interrupts interrupts = Interrupts::looked_for) {
    using Function = std::remove_reference_t<F>;
    run_tasks(tasks, threads,
              Body{[](void* context, Index task, int worker) { (*static_cast<Function*>(context))(task, worker); },
                   const_cast<void*>(static_cast<const void*>(&body))},
              interrupts);
}

}  // namespace ravine::threads
