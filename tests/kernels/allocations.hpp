// Watches operator new in a test program: counts, fails the allocation of a given number, and notices one that is made
// inside a NoAllocation scope, where a kernel has promised to make none.
#pragma once

#include <atomic>
#include <cstdlib>
#include <new>

#include "base/no_allocation.hpp"

namespace ravine::testing::allocations {

inline std::atomic<long> count{0};
inline std::atomic<long> fail_at{-1};
inline std::atomic<long> promises_broken{0};

inline void* allocate(std::size_t bytes, std::size_t alignment) {
    if (NoAllocation::promised()) {
        ++promises_broken;
    }
    if (count++ == fail_at) {
        throw std::bad_alloc();
    }
    const std::size_t padded = (bytes + alignment - 1) / alignment * alignment;
    void* block = std::aligned_alloc(alignment, padded == 0 ? alignment : padded);
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    return block;
}

// Calls `attempt` again and again, the first time with its first allocation failing, then its second, until it gets
// through; returns how many failures it took. Every failed call must have ended in std::bad_alloc.
template <class Attempt>
long survive_each_failure(const Attempt& attempt) {
    for (long failures = 0;; ++failures) {
        fail_at = count + failures;
        try {
            attempt();
            fail_at = -1;
            return failures;
        } catch (const std::bad_alloc&) {
            fail_at = -1;
        }
    }
}

}  // namespace ravine::testing::allocations

// Not inlined: a compiler that sees free() in the place of delete takes it for a mistake.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
    return ravine::testing::allocations::allocate(bytes, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return ravine::testing::allocations::allocate(bytes, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::align_val_t) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t, std::align_val_t) noexcept { std::free(block); }
