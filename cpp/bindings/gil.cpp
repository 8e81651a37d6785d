#include "bindings/gil.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#include "base/interrupt.hpp"

namespace ravine::bindings {

namespace {

// Threads that are inside a kernel, or on their way back to the interpreter.
std::atomic<int> away{0};

[[noreturn]] void sleep_until_the_process_ends() {
    for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

}  // namespace

WithoutGil::WithoutGil() : state_(nullptr) {
    away.fetch_add(1);
    state_ = PyEval_SaveThread();
}

WithoutGil::~WithoutGil() {
    if (interrupt::ended_by_another_thread()) {
        away.fetch_sub(1);
        sleep_until_the_process_ends();
    }
    PyEval_RestoreThread(state_);
    away.fetch_sub(1);
}

void prepare_exit() {
    using namespace std::chrono;
    interrupt::end_other_threads();
    const auto state = PyEval_SaveThread();
    const auto patience = steady_clock::now() + seconds(10);
    while (away.load() > 0 && steady_clock::now() < patience) std::this_thread::sleep_for(milliseconds(1));
    PyEval_RestoreThread(state);
}

void after_fork() { away.store(0); }

}  // namespace ravine::bindings
