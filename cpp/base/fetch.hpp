#pragma once

// Asking memory early for what is needed soon. Caches expect long runs; short pieces of long rows they meet too late.
//
// A function that does nothing but ask must always be inlined: GCC takes it for one without effect and drops its calls.

#include "base/types.hpp"

namespace ravine {

enum class Use { read, write };

// `count` numbers from `a` on.
template <Use use, typename T>
[[gnu::always_inline]] inline void fetch(const T* a, Index count) {
    constexpr Index line = line_bytes / static_cast<Index>(sizeof(T));
    constexpr int writes = use == Use::write ? 1 : 0;
    for (Index i = 0; i < count; i += line) __builtin_prefetch(a + i, writes);
    __builtin_prefetch(a + count - 1, writes);
}

}  // namespace ravine
