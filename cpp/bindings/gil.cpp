#include "bindings/gil.hpp"

#include <atomic>

#include "base/interrupt.hpp"
#include "base/threads.hpp"

namespace ravine::bindings {

namespace {

// Threads that are inside a kernel, or on their way back to the interpreter.
std::atomic<int> away{0};

[[noreturn]] void sleep_until_the_process_ends() {
    for (;;) threads::sleep_milliseconds(1000);
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
    constexpr int patience = 10'000;  // milliseconds; a kernel answers within a hundred
    interrupt::end_other_threads();
    PyThreadState* const state = PyEval_SaveThread();
    for (int waited = 0; away.load() > 0 && waited < patience; ++waited) threads::sleep_milliseconds(1);
    PyEval_RestoreThread(state);
}

void after_fork() { away.store(0); }

}  // namespace ravine::bindings
