#pragma once

// A promise that hot loops make: no memory is asked for inside this scope. Test builds replace operator new by one that
// looks at the promise (tests/kernels/harness.hpp); elsewhere the scope costs two additions.

namespace ravine {

class NoAllocation {
  public:
    NoAllocation() { ++depth_; }
    ~NoAllocation() { --depth_; }
    NoAllocation(const NoAllocation&) = delete;
    NoAllocation& operator=(const NoAllocation&) = delete;

    static bool promised() { return depth_ > 0; }

  private:
    static inline thread_local int depth_ = 0;
};

}  // namespace ravine
