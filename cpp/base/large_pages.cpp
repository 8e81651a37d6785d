#include "base/large_pages.hpp"

#include <algorithm>
#include <cstdint>

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "base/types.hpp"

namespace ravine {

namespace {

constexpr auto line = static_cast<std::size_t>(line_bytes);

// What is left between neighbours when `count` more are put into a gap; a gap that gets none is no concern.
std::size_t distance(std::size_t gap, std::size_t count) { return count == 0 ? page_bytes : gap / (count + 1); }

// `count` places spread over the gap after `start`.
void spread(std::size_t start, std::size_t gap, std::size_t count, std::vector<std::size_t>& places) {
    for (std::size_t i = 1; i <= count; ++i) {
        places.push_back((start + gap * i / (count + 1)) / line * line % page_bytes);
    }
}

}  // namespace

std::vector<std::size_t> places_apart(std::size_t count, const void* a, const void* b) {
    if (a == nullptr) a = b;
    if (b == nullptr) b = a;
    const std::size_t start = reinterpret_cast<std::uintptr_t>(a) % page_bytes;
    const std::size_t middle = reinterpret_cast<std::uintptr_t>(b) % page_bytes;
    const std::size_t gap = (middle + page_bytes - start) % page_bytes, rest = page_bytes - gap;
    std::size_t in_gap = 0;
    const auto closest = [&](std::size_t n) { return std::min(distance(gap, n), distance(rest, count - n)); };
    for (std::size_t n = 1; n <= count; ++n) {
        if (closest(n) > closest(in_gap)) in_gap = n;
    }
    std::vector<std::size_t> places;
    places.reserve(count);
    spread(start, gap, in_gap, places);
    spread(middle, rest, count - in_gap, places);
    return places;
}

void prefer_large_pages(void* memory, std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    constexpr std::uintptr_t page = 4096;
    constexpr std::size_t worth_asking = 1 << 22;
    if (bytes < worth_asking) return;
    // Whole pages only; the last, begun one is left out.
    const std::size_t skip = (page - reinterpret_cast<std::uintptr_t>(memory) % page) % page;
    char* const first = static_cast<char*>(memory) + skip;
    // A refusal (a kernel without large pages) changes nothing.
    static_cast<void>(madvise(first, (bytes - skip) / page * page, MADV_HUGEPAGE));
#else
    static_cast<void>(memory);
    static_cast<void>(bytes);
#endif
}

}  // namespace ravine
