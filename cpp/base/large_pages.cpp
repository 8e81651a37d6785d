#include "base/large_pages.hpp"

#ifdef __linux__
#include <sys/mman.h>

#include <cstdint>
#endif

namespace ravine {

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
