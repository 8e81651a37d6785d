#pragma once

// The loop of every method, and what it leaves behind.

#include <span>
#include <utility>
#include <vector>

#include "optim/saddle.hpp"
#include "optim/stop.hpp"

namespace ravine::optim {

// One iteration, for the history.
struct Record {
    double value, gradient_norm;  // after it
    double step_norm;             // of the step that was tried
    double ratio, damping, curvature;
    double seconds;  // since the run began
    bool accepted;
    bool left_saddle;
};

struct Result {
    Point at;
    Stop stop = Stop::running;
    Index iterations = 0;
    Index worst_iteration = -1;  // where f was not finite, if that ended the run
    SecondOrder second_order;
    bool doubtful = false;  // the last steps speak against the derivatives
    std::vector<StopTest> tests;
    std::vector<Record> history;
    double seconds = 0;

    explicit Result(Point end) : at(std::move(end)) {}
};

// Whoever watches a run: called after each iteration, says whether to go on.
class Observer {
  public:
    virtual ~Observer() = default;
    virtual bool goes_on(const Point& at, const Record& record, Index iteration) = 0;

    // Whether to be given, before each goes_on(), what the method remembers.
    virtual bool wants_memory() const { return false; }
    virtual void take_memory(const std::vector<double>&) {}
};

// Minimises f from x0 (n,). What f or the observer throws goes through; f has then been told of every accepted point.
// With the memory that an observer was given, and from the point there, the run goes on to the bit as if it had not
// ended; an empty memory is none.
Result minimise(Objective& f, const double* x0, const Options& options, Observer* observer = nullptr,
                std::span<const double> memory = {});

}  // namespace ravine::optim
