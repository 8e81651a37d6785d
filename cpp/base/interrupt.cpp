#include "base/interrupt.hpp"

#include <chrono>
#include <thread>

#include "base/errors.hpp"

namespace ravine::interrupt {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto interval = std::chrono::milliseconds(20);

std::atomic<Probe> probe{nullptr};
thread_local const std::atomic<bool>* followed = nullptr;

std::atomic<bool> ending{false};
std::thread::id ending_thread;  // written once, before `ending`

}  // namespace

void set_probe(Probe new_probe) { probe.store(new_probe); }

void end_other_threads() {
    if (ending.load()) return;
    ending_thread = std::this_thread::get_id();
    ending.store(true);
}

bool ended_by_another_thread() { return ending.load() && ending_thread != std::this_thread::get_id(); }

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
