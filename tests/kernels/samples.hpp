// Numbers for tests: reproducible, without structure, in blocks of exactly the size asked for, so that the address
// sanitizer sees the first step beyond their end.
#pragma once

#include <memory>

#include "base/random.hpp"

namespace ravine::testing {

// An array that lives on the heap and is not one element longer than it says; `shift` elements before it make its
// address as odd as a caller's may be.
template <class T>
class Block {
  public:
    explicit Block(Index size, Index shift = 0)
        : size_(size), shift_(shift), memory_(new T[static_cast<std::size_t>(size + shift)]()) {}

    T* data() { return memory_.get() + shift_; }
    const T* data() const { return memory_.get() + shift_; }
    T& operator[](Index i) { return data()[i]; }
    const T& operator[](Index i) const { return data()[i]; }
    Index size() const { return size_; }

    bool operator==(const Block& other) const {
        for (Index i = 0; i < size_; ++i) {
            if ((*this)[i] != other[i]) return false;
        }
        return size_ == other.size_;
    }

  private:
    Index size_, shift_;
    std::unique_ptr<T[]> memory_;
};

// Uniform in (low, high).
template <class T>
Block<T> random_block(Index size, std::uint64_t seed, double low = -1, double high = 1, Index shift = 0) {
    random::Stream stream(seed, 0);
    Block<T> block(size, shift);
    for (Index i = 0; i < size; ++i) {
        const double unit = (static_cast<double>(stream.next() >> 11) + 0.5) * 0x1p-53;
        block[i] = static_cast<T>(low + (high - low) * unit);
    }
    return block;
}

}  // namespace ravine::testing
