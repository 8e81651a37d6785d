#pragma once

// Scratch memory that is cut from one allocation, so that hot loops allocate nothing and its size can be told.

#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "base/types.hpp"

namespace ravine {

// Hands out aligned pieces of a block of memory. With no block behind it, it only counts: run the same cutting code
// once to measure, once to cut, and the formula for the memory is the code itself.
class Cutter {
  public:
    static constexpr Index alignment = 64;

    Cutter() = default;
    explicit Cutter(std::byte* base) : base_(base) {}

    template <typename T>
    T* take(Index count) {
        const Index offset = bytes_;
        bytes_ += round_up(checked_product(count, static_cast<Index>(sizeof(T))), alignment);
        return base_ == nullptr ? nullptr : reinterpret_cast<T*>(base_ + offset);
    }

    Index bytes() const { return bytes_; }
    bool measures() const { return base_ == nullptr; }

  private:
    std::byte* base_ = nullptr;
    Index bytes_ = 0;
};

// One aligned block that grows on demand and never shrinks.
class Workspace {
  public:
    Cutter cutter(Index bytes) {
        if (bytes > bytes_) {
            block_.reset();  // first give back, then ask: the peak is the larger of the two, not their sum
            bytes_ = 0;
            block_.reset(static_cast<std::byte*>(::operator new(static_cast<std::size_t>(bytes), align)));
            bytes_ = bytes;
        }
        return Cutter(block_.get());
    }

    Index bytes() const { return bytes_; }

  private:
    static constexpr std::align_val_t align{Cutter::alignment};
    struct Release {
        void operator()(std::byte* p) const { ::operator delete(p, align); }
    };
    std::unique_ptr<std::byte, Release> block_;
    Index bytes_ = 0;
};

// Workspaces to borrow: calls that run at the same time get different ones, calls in turn the same.
class WorkspacePool {
  public:
    class Lease {
      public:
        Lease(WorkspacePool& pool, std::unique_ptr<Workspace> workspace)
            : pool_(pool), workspace_(std::move(workspace)) {}
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        ~Lease() { pool_.give_back(std::move(workspace_)); }
        Workspace& operator*() const { return *workspace_; }
        Workspace* operator->() const { return workspace_.get(); }

      private:
        WorkspacePool& pool_;
        std::unique_ptr<Workspace> workspace_;
    };

    Lease borrow() {
        const std::lock_guard lock(guard_);
        if (free_.empty()) {
            free_.reserve(++made_);  // so that give_back() needs no memory and cannot throw
            return {*this, std::make_unique<Workspace>()};
        }
        auto workspace = std::move(free_.back());
        free_.pop_back();
        return {*this, std::move(workspace)};
    }

  private:
    void give_back(std::unique_ptr<Workspace> workspace) noexcept {
        const std::lock_guard lock(guard_);
        free_.push_back(std::move(workspace));
    }

    std::mutex guard_;
    std::vector<std::unique_ptr<Workspace>> free_;
    std::size_t made_ = 0;
};

}  // namespace ravine
