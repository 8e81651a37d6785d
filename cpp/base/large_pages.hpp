#pragma once

// Memory for long vectors that are walked through side by side.
//
// Linux gives large pages to those who ask where it does not give them to all; without them an update of many vectors
// at once spends up to half its time looking up addresses. (NumPy asks for its arrays, too.)
//
// Where vectors lie within their pages matters as well: a load waits for a recent store whose address has the same last
// twelve bits, and allocators like to return equal ones. A step over five vectors of 4,000 bytes that lay 64 bytes
// apart in that sense took up to 1.8 µs where 0.5 is usual.

#include <cstddef>
#include <new>
#include <type_traits>
#include <vector>

namespace ravine {

// A wish, without effect where the system knows no such thing.
void prefer_large_pages(void* memory, std::size_t bytes);

// Bytes after which the last bits of an address repeat, for this purpose.
inline constexpr std::size_t page_bytes = 4096;

// Places within a page for `count` vectors, as far as can be from each other and from the two addresses (null: none).
std::vector<std::size_t> places_apart(std::size_t count, const void* a, const void* b);

// For containers: aligned for whole registers, on large pages where that pays, at a chosen place within a page.
template <typename T>
struct LongVectorAllocator {
    using value_type = T;
    using is_always_equal = std::true_type;  // each may give back what another took
    static constexpr std::size_t alignment = 64;

    LongVectorAllocator() = default;
    explicit LongVectorAllocator(std::size_t where) : place(where) {}
    template <typename U>
    explicit LongVectorAllocator(const LongVectorAllocator<U>& other) : place(other.place) {}

    T* allocate(std::size_t count) {
        if (count > static_cast<std::size_t>(-1) / sizeof(T) - page_bytes) throw std::bad_array_new_length();
        const std::size_t bytes = alignment + page_bytes + count * sizeof(T);
        auto* const block = static_cast<std::byte*>(::operator new(bytes, std::align_val_t{alignment}));
        prefer_large_pages(block, bytes);
        std::byte* const first = block + alignment;
        std::byte* const memory = first + (place - reinterpret_cast<std::size_t>(first)) % page_bytes;
        new (memory - sizeof block) std::byte*(block);  // for deallocate()
        return reinterpret_cast<T*>(memory);
    }
    void deallocate(T* memory, std::size_t) {
        auto* const end = reinterpret_cast<std::byte*>(memory);
        ::operator delete(*std::launder(reinterpret_cast<std::byte**>(end - sizeof end)), std::align_val_t{alignment});
    }
    bool operator==(const LongVectorAllocator&) const { return true; }

    std::size_t place = 0;  // of the first element in its page: a multiple of the alignment
};

}  // namespace ravine
