// What the operating system says about cores and forks; the same for both thread backends.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>

#include "base/threads_backend.hpp"

#if defined(__linux__)
#include <sched.h>
#endif
#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace ravine::threads::backend {

namespace {

std::atomic<bool> started{false};
std::atomic<bool> forked{false};

int cores_by_affinity() {
#if defined(__linux__)
    cpu_set_t mask;
    if (sched_getaffinity(0, sizeof mask, &mask) == 0) return CPU_COUNT(&mask);
#endif
    return static_cast<int>(std::thread::hardware_concurrency());
}

// Control groups, version 2 ("max 100000" or "150000 100000") and version 1; no quota is a large number.
double cores_by_quota() {
    constexpr double unlimited = 1e9;
    std::string quota;
    double period = 0;
    if (std::ifstream file("/sys/fs/cgroup/cpu.max"); file >> quota >> period) {
        return quota == "max" || period <= 0 ? unlimited : std::strtod(quota.c_str(), nullptr) / period;
    }
    double time = 0;
    std::ifstream time_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), period_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
    if (time_file >> time && period_file >> period && time > 0 && period > 0) return time / period;
    return unlimited;
}

}  // namespace

int usable_cores() {
    const double cores = std::min<double>(cores_by_affinity(), std::ceil(cores_by_quota()));
    return std::max(1, static_cast<int>(cores));
}

void sleep_milliseconds(int count) { std::this_thread::sleep_for(std::chrono::milliseconds(count)); }

bool forked_after_start() { return forked.load(std::memory_order_relaxed); }

void note_start() {
    if (started.exchange(true)) return;
#if !defined(_WIN32)
    pthread_atfork(nullptr, nullptr, [] { forked.store(true); });
#endif
}

}  // namespace ravine::threads::backend
