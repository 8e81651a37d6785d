#pragma once

// Giving the interpreter's lock away while a kernel runs, such that the process may end meanwhile. A thread that asks
// for the lock once the interpreter is being taken down would be unwound by force, through destructors: it must not
// ask.

#include <pybind11/pybind11.h>

namespace ravine::bindings {

// Releases the lock for its lifetime. After prepare_exit() a thread other than the one that ends the process never
// comes back from here.
class WithoutGil {
  public:
    WithoutGil();
    ~WithoutGil();
    WithoutGil(const WithoutGil&) = delete;
    WithoutGil& operator=(const WithoutGil&) = delete;

  private:
    PyThreadState* state_;
};

// Run by Python's atexit, in the thread that ends the process: kernels of other threads are told to stop, and waited
// for, because the arrays that they work on are about to be freed.
void prepare_exit();

// Run in a child right after a fork: the threads that the counters speak of are not there.
void after_fork();

}  // namespace ravine::bindings
