// Sets the number of threads for one scope.
#pragma once

#include "base/threads.hpp"

namespace ravine::testing {

class Threads {
  public:
    // Starts the threads as well: what that allocates is no part of the loops that promise to allocate nothing.
    explicit Threads(int count) : before_(threads::get()) {
        threads::set(count);
        threads::for_each(count, count, [](Index, int) {});
    }
    ~Threads() { threads::set(before_); }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

  private:
    int before_;
};

}  // namespace ravine::testing
