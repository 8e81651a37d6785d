#include "base/threads.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string>

#include "base/errors.hpp"
#include "base/interrupt.hpp"
#include "base/threads_backend.hpp"

namespace ravine::threads {

namespace {

constexpr int most_threads = 1024;

// Measured: waking a second thread costs about what a core multiplies and adds in this many steps.
constexpr double work_per_thread = 3.5e5;

std::atomic<int> limit{0};       // 0: not set, ask available()
thread_local int own_limit = 0;  // 0: none

// One call of run_tasks: the counter that hands out tasks, and the first exception.
struct Run {
    Index tasks;
    Body body;
    Interrupts interrupts;
    std::atomic<Index> next{0};
    std::atomic<bool> stop{false};
    std::exception_ptr error{};
    std::mutex error_guard{};

    void work(int worker) noexcept {
        try {
            if (worker == 0) return take_tasks(worker);
            const interrupt::FollowOther follow(stop);
            take_tasks(worker);
        } catch (...) {
            const std::lock_guard lock(error_guard);
            if (!error) error = std::current_exception();
            stop = true;
        }
    }

    void take_tasks(int worker) {
        for (Index task = next.fetch_add(1); task < tasks && !stop; task = next.fetch_add(1)) {
            if (interrupts == Interrupts::looked_for) interrupt::poll();
            body.run(body.context, task, worker);
        }
    }
};

int from_environment(int most) {
    const char* text = std::getenv("OMP_NUM_THREADS");
    if (text == nullptr) return most;
    const long wanted = std::strtol(text, nullptr, 10);
    return wanted >= 1 && wanted < most ? static_cast<int>(wanted) : most;
}

}  // namespace

int available() {
    static const int count = from_environment(backend::usable_cores());
    return count;
}

int get() {
    if (backend::forked_after_start()) return 1;
    const int set_limit = limit.load(), most = set_limit == 0 ? available() : set_limit;
    return own_limit == 0 ? most : std::min(own_limit, most);
}

void set(int count) {
    if (count < 1 || count > most_threads) {
        throw InvalidArgument("number of threads must lie in [1, 1024], got " + std::to_string(count));
    }
    limit.store(count);
}

void limit_this_thread(int count) {
    if (count < 0) throw InvalidArgument("number of threads must not be negative, got " + std::to_string(count));
    own_limit = count;
}

OneThread::OneThread() : before_(own_limit) { own_limit = 1; }
OneThread::~OneThread() { own_limit = before_; }

void sleep_milliseconds(int count) { backend::sleep_milliseconds(count); }

const char* backend_name() { return backend::name; }

int worth(double work) {
    const double wanted = work / work_per_thread;
    const int most = get();
    return wanted >= most ? most : (wanted < 2 ? 1 : static_cast<int>(wanted));
}

void run_tasks(Index tasks, int threads, Body body, Interrupts interrupts) {
    if (threads > tasks) threads = static_cast<int>(tasks);
    if (threads <= 1) {
        for (Index task = 0; task < tasks; ++task) {
            if (interrupts == Interrupts::looked_for && tasks > 1) interrupt::poll();
            body.run(body.context, task, 0);
        }
        return;
    }
    Run run{.tasks = tasks, .body = body, .interrupts = interrupts};
    backend::fork_join(threads, [](void* context, int worker) { static_cast<Run*>(context)->work(worker); }, &run);
    if (run.error) std::rethrow_exception(run.error);
}

}  // namespace ravine::threads
