#include "base/large_pages.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "harness.hpp"

using ravine::LongVectorAllocator;
using ravine::page_bytes;
using ravine::places_apart;

namespace {

using Vector = std::vector<double, LongVectorAllocator<double>>;

const void* address(std::size_t value) { return reinterpret_cast<const void*>(value); }

// The smallest distance between a place and any other, or an address, around the page.
std::size_t closest(std::vector<std::size_t> places, std::size_t a, std::size_t b) {
    const std::size_t count = places.size();
    places.push_back(a % page_bytes);
    places.push_back(b % page_bytes);
    std::size_t least = page_bytes;
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t j = i + 1; j < places.size(); ++j) {
            const std::size_t ahead = (places[i] - places[j]) % page_bytes;
            least = std::min({least, ahead, page_bytes - ahead});
        }
    }
    return least;
}

}  // namespace

RAVINE_TEST(places_keep_their_distance_wherever_the_addresses_are) {
    constexpr std::size_t prefetched = 512 + 64;
    for (std::size_t a = 0; a < page_bytes; a += 144) {
        for (std::size_t b = 16; b < page_bytes; b += 176) {
            for (std::size_t count = 1; count <= 3; ++count) {
                const auto places = places_apart(count, address(a + 7 * page_bytes), address(b + 3 * page_bytes));
                CHECK_EQUAL(places.size(), count);
                CHECK(closest(places, a, b) > prefetched);
                for (const std::size_t place : places) CHECK(place % 64 == 0 && place < page_bytes);
            }
        }
    }
    const auto alone = places_apart(3, nullptr, nullptr);
    CHECK(closest(alone, 0, 0) >= 1024);
    CHECK(places_apart(0, nullptr, nullptr).empty());
}

RAVINE_TEST(vectors_lie_where_they_were_asked_to) {
    for (const std::size_t place : {std::size_t{0}, std::size_t{64}, std::size_t{2048}, page_bytes - 64}) {
        for (const std::size_t count : {std::size_t{1}, std::size_t{1000}, std::size_t{1} << 20}) {
            Vector vector(count, 1.5, LongVectorAllocator<double>(place));
            CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(vector.data()) % page_bytes, place);
            CHECK_EQUAL(vector.back(), 1.5);
        }
    }
}

RAVINE_TEST(vectors_may_be_copied_moved_and_exchanged) {
    Vector one(100, 1.0, LongVectorAllocator<double>(64)), two(200, 2.0, LongVectorAllocator<double>(640));
    const Vector copy = one;
    std::swap(one, two);
    Vector moved = std::move(one);
    two = copy;
    CHECK_EQUAL(moved.size(), std::size_t{200});
    CHECK_EQUAL(moved.front(), 2.0);
    CHECK(two == copy);
}

RAVINE_TEST(sizes_that_overflow_are_refused) {
    CHECK_THROWS(LongVectorAllocator<double>(64).allocate(static_cast<std::size_t>(-1) / sizeof(double)),
                 std::bad_array_new_length);
    CHECK_THROWS(LongVectorAllocator<char>(64).allocate(static_cast<std::size_t>(-1) - 100), std::bad_array_new_length);
}
