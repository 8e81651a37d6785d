#include "base/interrupt.hpp"

#include <chrono>

#include "base/errors.hpp"

namespace ravine::interrupt {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto interval = std::chrono::milliseconds(20);

std::atomic<Probe> probe{nullptr};
thread_local const std::atomic<bool>* followed = nullptr;

// Threads are told apart by the address of something that each has of its own.
thread_local const char self = 0;
std::atomic<const char*> ending_thread{nullptr};

}  // namespace

void set_probe(Probe new_probe) { probe.store(new_probe); }

void end_other_threads() { ending_thread.store(&self); }

bool ended_by_another_thread() {
    const char* const ender = ending_thread.load();
    return ender != nullptr && ender != &self;
}

FollowOther::FollowOther(const std::atomic<bool>& stopped) { followed = &stopped; }
FollowOther::~FollowOther() { followed = nullptr; }

void poll() {
    if (followed != nullptr) {
        if (followed->load(std::memory_order_relaxed)) throw Interrupted();
        return;
    }
    thread_local Clock::time_point last_asked{};
    if (ended_by_another_thread()) throw Interrupted();
    const Probe ask = probe.load(std::memory_order_relaxed);
    if (ask == nullptr) return;
    const auto now = Clock::now();
    if (now - last_asked < interval) return;
    last_asked = now;
    if (ask()) throw Interrupted();
}

}  // namespace ravine::interrupt
