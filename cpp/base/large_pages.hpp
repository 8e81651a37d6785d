#pragma once

// Memory for long vectors. Linux gives large pages to those who ask where it does not give them to all; without them an
// update of many vectors at once spends up to half its time looking up addresses. (NumPy asks for its arrays, too.)

#include <cstddef>
#include <new>

namespace ravine {

// A wish, without effect where the system knows no such thing.
void prefer_large_pages(void* memory, std::size_t bytes);

// For containers: aligned for whole registers, on large pages where that pays.
template <typename T>
struct LongVectorAllocator {
    using value_type = T;
    static constexpr std::align_val_t alignment{64};

    LongVectorAllocator() = default;
    template <typename U>
    explicit LongVectorAllocator(const LongVectorAllocator<U>&) {}

    T* allocate(std::size_t count) {
        if (count > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
        void* memory = ::operator new(count * sizeof(T), alignment);
        prefer_large_pages(memory, count * sizeof(T));
        return static_cast<T*>(memory);
    }
    void deallocate(T* memory, std::size_t) { ::operator delete(memory, alignment); }
    bool operator==(const LongVectorAllocator&) const { return true; }
};

}  // namespace ravine
