#include "optim/line_search.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "linalg/vectors.hpp"

namespace ravine::optim {

namespace {

constexpr int most_evaluations = 50;
// A value is a sum: its error is a few of the roundings that the function's estimate counts.
constexpr double roundings = 4;
// What a step whose decrease is lost in rounding must leave of the slope, at most.
constexpr double level_flattening = 0.9;

constexpr double extrapolation = 4, largest_length = 1e20;
// A fall of this size, in units of the value at the start or of one, at the end of all extrapolation is a fall for
// ever.
constexpr double bottomless = 1e10;

// φ and φ′ at one t.
struct Sample {
    double length, value, slope;
};

// The line x + t p, its evaluations, and the two conditions.
class Line {
  public:
    Line(Objective& f, const Point& at, const double* p, double slope, Point& next)
        : f_(f), at_(at), p_(p), next_(next), start_{0, at.value, slope} {}

    const Sample& start() const { return start_; }
    int evaluations() const { return evaluations_; }
    bool met_not_finite() const { return met_not_finite_; }
    // Nothing that was tried differs from φ(0) by more than rounding.
    bool level() const { return level_; }

    // Leaves the point in `next`.
    Sample evaluate(double length) {
        for (std::size_t i = 0; i < at_.x.size(); ++i) next_.x[i] = at_.x[i] + length * p_[i];
        next_.evaluate(f_);
        ++evaluations_;
        const Sample sample{length, next_.value, linalg::dot(next_.gradient.data(), p_, at_.size())};
        if (!is_finite(sample)) {
            met_not_finite_ = true;
            level_ = false;
        } else if (level_) {
            level_ = std::abs(sample.value - start_.value) <= floor();
        }
        return sample;
    }

    static bool is_finite(const Sample& sample) { return std::isfinite(sample.value) && std::isfinite(sample.slope); }

    bool falls_plainly(const Sample& sample, double c1) const {
        return is_finite(sample) && sample.value < start_.value &&
               sample.value <= start_.value + c1 * sample.length * start_.slope;
    }

    // Plainly, or as far as rounding lets one see.
    bool falls(const Sample& sample, double c1) {
        if (falls_plainly(sample, c1)) return true;
        if (!is_finite(sample)) return false;
        const bool looks_level = std::abs(sample.value - start_.value) <= 1e-6 * std::abs(start_.value);
        return looks_level && std::abs(sample.value - start_.value) <= floor() &&
               sample.slope <= (2 * c1 - 1) * start_.slope;
    }

    bool flattens(const Sample& sample, double c2) const { return std::abs(sample.slope) <= -c2 * start_.slope; }

  private:
    double floor() {
        if (floor_ < 0) floor_ = roundings * f_.rounding_error(at_.x.data(), at_.value, at_.gradient.data());
        return floor_;
    }

    Objective& f_;
    const Point& at_;
    const double* p_;
    Point& next_;
    Sample start_;
    int evaluations_ = 0;
    bool met_not_finite_ = false, level_ = true;
    double floor_ = -1;
};

// The minimum of the cubic through two samples with their slopes, kept away from both ends (Nocedal & Wright, 3.59).
double between(const Sample& a, const Sample& b) {
    const double width = b.length - a.length, middle = a.length + 0.5 * width;
    if (!Line::is_finite(b)) return a.length + 0.1 * width;
    const double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.length - b.length);
    const double square = d1 * d1 - a.slope * b.slope;
    if (!(square >= 0)) return middle;
    const double d2 = std::copysign(std::sqrt(square), width);
    const double length = b.length - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
    const double margin = 0.05 * std::abs(width), low = std::min(a.length, b.length) + margin,
                 high = std::max(a.length, b.length) - margin;
    return std::isfinite(length) ? std::clamp(length, low, high) : middle;
}

// Two ends: `low` falls enough and is the lower one, and between it and `high` there are points that satisfy both
// conditions.
struct Interval {
    Sample low, high;
    bool found;
    bool unbounded = false;
};

// Goes outward until an interval is sure, or a point satisfies both conditions: then both ends are that point.
Interval bracket(Line& line, double first, double c1, double c2) {
    Sample previous = line.start();
    double length = first;
    while (line.evaluations() < most_evaluations && length < largest_length) {
        const Sample sample = line.evaluate(length);
        const bool rises = previous.length > 0 && sample.value >= previous.value;
        if (!line.falls(sample, c1) || rises) return {previous, sample, true};
        if (line.flattens(sample, c2)) return {sample, sample, true};
        if (sample.slope >= 0) return {sample, previous, true};
        previous = sample;
        length *= extrapolation;
    }
    const double fall = line.start().value - previous.value;
    return {previous, previous, previous.length > 0, fall > bottomless * (1 + std::abs(line.start().value))};
}

// Narrows the interval down to a point that satisfies both conditions, or to the lower end.
Sample narrow(Line& line, Interval interval, double c1, double c2) {
    Sample &low = interval.low, &high = interval.high;
    while (low.length != high.length && line.evaluations() < most_evaluations) {
        const double length = between(low, high);
        if (length == low.length || length == high.length) break;
        const Sample sample = line.evaluate(length);
        if (!line.falls(sample, c1) || sample.value > low.value) {
            high = sample;
            continue;
        }
        if (line.flattens(sample, c2)) return sample;
        if (sample.slope * (high.length - low.length) >= 0) high = low;
        low = sample;
    }
    return low;
}

Trial trial_of(const Line& line, const Point& at, const Sample& end, bool accepted) {
    Trial trial{
        .accepted = accepted, .level = line.level(), .met_not_finite = line.met_not_finite(), .length = end.length};
    if (trial.accepted) trial.ratio = (end.value - at.value) / (end.length * line.start().slope);
    return trial;
}

}  // namespace

Trial StrongWolfe::run(Objective& f, const Point& at, const Proposal& proposal, const double* p, Point& next) {
    Line line(f, at, p, proposal.slope, next);
    const Interval interval = bracket(line, proposal.first_length, c1_, c2_);
    Sample end = interval.found ? narrow(line, interval, c1_, c2_) : line.start();
    // The last point that was evaluated need not be the one that is taken.
    const bool elsewhere = end.length > 0 && (next.value != end.value || next.x[0] != at.x[0] + end.length * p[0]);
    if (elsewhere) end = line.evaluate(end.length);
    Trial trial = trial_of(line, at, end, end.length > 0 && (line.falls_plainly(end, c1_) || line.flattens(end, c2_)));
    trial.unbounded = trial.accepted && interval.unbounded;
    return trial;
}

Trial Backtracking::run(Objective& f, const Point& at, const Proposal& proposal, const double* p, Point& next) {
    Line line(f, at, p, proposal.slope, next);
    double length = proposal.first_length;
    while (line.evaluations() < most_evaluations) {
        const Sample sample = line.evaluate(length);
        const bool falls =
            line.falls_plainly(sample, c1_) || (line.falls(sample, c1_) && line.flattens(sample, level_flattening));
        if (falls) return trial_of(line, at, sample, true);
        // The minimum of the parabola through φ(0), φ′(0) and φ(t).
        const double rise = sample.value - at.value - length * proposal.slope;
        const double least = -0.5 * proposal.slope * length * length / rise;
        length = std::isfinite(least) ? std::clamp(least, 0.1 * length, 0.5 * length) : 0.1 * length;
    }
    return trial_of(line, at, line.start(), false);
}

std::span<const LineEndInfo> line_ends() {
    static constexpr std::array<LineEndInfo, 7> ends = {{{"found", true},
                                                         {"falls_only", false},
                                                         {"not_downhill", false},
                                                         {"rounding_floor", false},
                                                         {"not_finite", false},
                                                         {"no_step", false},
                                                         {"unbounded", false}}};
    return ends;
}

LineFound search_line(Objective& f, const Point& at, const double* p, const LineSettings& settings, Point& next) {
    const double slope = linalg::dot(at.gradient.data(), p, at.size());
    if (!std::isfinite(at.value) || !std::isfinite(slope)) {
        next = at;
        return {0, slope, LineEnd::not_finite};
    }
    if (!(slope < 0)) {
        next = at;
        return {0, slope, LineEnd::not_downhill};
    }
    const bool wolfe = settings.method == LineMethod::strong_wolfe;
    const Proposal proposal{.slope = slope, .first_length = settings.first_length};
    const Trial trial = wolfe ? StrongWolfe(settings.c1, settings.c2).run(f, at, proposal, p, next)
                              : Backtracking(settings.c1).run(f, at, proposal, p, next);
    if (!trial.accepted) {
        next = at;
        if (trial.level) return {0, slope, LineEnd::rounding_floor};
        return {0, slope, trial.met_not_finite ? LineEnd::not_finite : LineEnd::no_step};
    }
    const double there = linalg::dot(next.gradient.data(), p, at.size());
    const bool flat = !wolfe || std::abs(there) <= -settings.c2 * slope;
    if (trial.unbounded) return {trial.length, there, LineEnd::unbounded};
    return {trial.length, there, flat ? LineEnd::found : LineEnd::falls_only};
}

}  // namespace ravine::optim
