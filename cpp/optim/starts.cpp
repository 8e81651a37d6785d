#include "optim/starts.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "base/threads.hpp"

namespace ravine::optim {

namespace {

// The lowest run among those that one worker has seen.
struct Best {
    Index start = -1;
    std::unique_ptr<Outcome> outcome;

    static double height(double value) { return std::isnan(value) ? std::numeric_limits<double>::infinity() : value; }

    // Equal heights go to the earlier start, so that the schedule decides nothing.
    bool is_beaten_by(Index other, double value) const {
        if (outcome == nullptr) return true;
        const double ours = height(outcome->result.at.value), theirs = height(value);
        return theirs < ours || (theirs == ours && other < start);
    }

    void see(Index other, Outcome&& next) {
        if (!is_beaten_by(other, next.result.at.value)) return;
        start = other;
        outcome = std::make_unique<Outcome>(std::move(next));
    }
};

End end_of(const Outcome& outcome) {
    const Result& result = outcome.result;
    return {result.at.value,   result.at.gradient_norm, result.stop,
            result.iterations, outcome.counts.value,    result.seconds};
}

}  // namespace

ManyStarts run_starts(Index count, int threads, const std::function<Outcome(Index start)>& run) {
    std::vector<End> ends(static_cast<std::size_t>(count));
    std::vector<Best> bests(static_cast<std::size_t>(threads));
    threads::for_each(count, threads, [&](Index start, int worker) {
        const threads::OneThread alone;
        Outcome outcome = run(start);
        ends[static_cast<std::size_t>(start)] = end_of(outcome);
        bests[static_cast<std::size_t>(worker)].see(start, std::move(outcome));
    });
    Best best;
    for (Best& each : bests) {
        if (each.outcome != nullptr) best.see(each.start, std::move(*each.outcome));
    }
    return {std::move(ends), best.start, std::move(*best.outcome)};
}

}  // namespace ravine::optim
