#include "derivatives/plan.hpp"

#include <algorithm>

#include "network/forward.hpp"

namespace ravine::derivatives {

using network::Architecture;

namespace {

constexpr double gradient_multiply_adds = 3;  // a row and parameter

double work_of(const Architecture& architecture, Index rows, double multiply_adds) {
    return static_cast<double>(rows) * static_cast<double>(architecture.parameters()) * multiply_adds;
}

// Measured constants. They belong to the shape of the cut, not to the machine: other values would change bits.
constexpr Index wide_bytes = 1 << 20;  // of theta: from here on the threads share layers instead of rows
constexpr Index wide_chunk_rows = 256, most_chunk_rows = 128;
constexpr Index fewest_chunk_rows = 32;
constexpr Index few_chunks = 8;  // few rows are spread into so many: smaller chunks would cost more than they share
constexpr double chunk_work = 2.5e5;  // multiply-adds; less is not worth a chunk of its own
constexpr Index most_slots = 16, fewest_slots = 4;
constexpr Index slot_bytes = 4 << 20;  // of all slots together: they are read once more at the end

bool is_wide(const Architecture& architecture, Index scalar_bytes) {
    return architecture.parameters() * scalar_bytes > wide_bytes;
}

// Rows of a chunk that are aimed at.
Index chunk_rows(const Architecture& architecture, Index rows, bool wide) {
    if (wide) return wide_chunk_rows;
    const double worth = work_of(architecture, rows, gradient_multiply_adds) / chunk_work;
    const Index parts = worth >= few_chunks ? few_chunks : std::max<Index>(1, static_cast<Index>(worth));
    return std::clamp(ceil_divide(rows, parts), fewest_chunk_rows, most_chunk_rows);
}

Index slots_at_most(const Architecture& architecture, Index scalar_bytes, bool wide) {
    return wide ? 1 : std::clamp(slot_bytes / (architecture.parameters() * scalar_bytes), fewest_slots, most_slots);
}

}  // namespace

template <typename T>
Plan plan_gradient(const Architecture& architecture, Index rows) {
    const bool wide = is_wide(architecture, sizeof(T));
    const Index chunks = std::max<Index>(1, ceil_divide(rows, chunk_rows(architecture, rows, wide)));
    return {.chunks = chunks,
            .slots = std::min(chunks, slots_at_most(architecture, sizeof(T), wide)),
            .wide = wide,
            .unit = network::padded_rows<T>(1)};
}

template <typename T>
PlanBounds bound_plans(const Architecture& architecture, Index most_rows) {
    const bool wide = is_wide(architecture, sizeof(T));
    return {.slots = std::min(slots_at_most(architecture, sizeof(T), wide), ceil_divide(most_rows, fewest_chunk_rows)),
            .chunk_rows = std::min(most_rows, wide ? wide_chunk_rows : most_chunk_rows),
            .wide = wide};
}

int threads_for(const Architecture& architecture, Index rows, double multiply_adds, bool wide, Index slots) {
    const int threads = threads::worth(work_of(architecture, rows, multiply_adds));
    return wide ? threads : static_cast<int>(std::min<Index>(threads, slots));
}

template Plan plan_gradient<float>(const Architecture&, Index);
template Plan plan_gradient<double>(const Architecture&, Index);
template PlanBounds bound_plans<float>(const Architecture&, Index);
template PlanBounds bound_plans<double>(const Architecture&, Index);

}  // namespace ravine::derivatives
