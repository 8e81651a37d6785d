#pragma once

// Long kernels ask between two pieces of work whether the user wants them to stop. What "wants" means is told by a
// probe from outside (the bindings look for Python's signals), so that no kernel knows of Python.

#include <atomic>

namespace ravine::interrupt {

using Probe = bool (*)();

// Installs the probe that says whether to stop; nullptr for none.
void set_probe(Probe probe);

// Throws Interrupted if the probe says so. Cheap: the probe itself is asked at most every 20 ms a thread.
void poll();

// From now on poll() throws on every thread but the caller's (and those that follow it): the process is about to end.
void end_other_threads();
// Whether some other thread has called that.
bool ended_by_another_thread();

// While it lives, poll() on this thread does not ask the probe but looks whether `stopped` is set: what a worker thread
// does, because only the thread that called the kernel may ask.
class FollowOther {
  public:
    explicit FollowOther(const std::atomic<bool>& stopped);
    ~FollowOther();
    FollowOther(const FollowOther&) = delete;
    FollowOther& operator=(const FollowOther&) = delete;
};

}  // namespace ravine::interrupt
