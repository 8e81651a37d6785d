#pragma once

// The three who make a run: a proposer knows a step or a direction, a searcher goes along it, a judge (inside the
// searcher) says whether the point it came to is taken. The loop is in minimize.cpp.

#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "objective/objective.hpp"
#include "optim/options.hpp"

namespace ravine::optim {

using objective::Objective;

struct Point {
    std::vector<double> x, gradient;
    double value = std::numeric_limits<double>::quiet_NaN();
    double gradient_norm = std::numeric_limits<double>::quiet_NaN();

    explicit Point(Index size) : x(static_cast<std::size_t>(size)), gradient(x.size()) {}
    Index size() const { return static_cast<Index>(x.size()); }

    // Takes value, gradient and its norm from the function.
    void evaluate(Objective& f);
    // The gradient and its norm alone: the value is there.
    void complete(Objective& f);
    // Where a line search along the gradient begins when nothing else is known: a step as long as x, or as the unit
    // where x is shorter, and no more than the whole gradient.
    double first_length() const;
    // Whether the value is a number a run can go on from; -inf is one that ends it.
    bool has_value() const { return value < std::numeric_limits<double>::infinity(); }
};

// What is known of a step p before it is tried.
struct Proposal {
    bool possible = true;                                         // false: there is no step to be had
    bool not_finite = false;                                      // because the matrix is not
    double slope = 0;                                             // ∇fᵀp
    double predicted = 0;                                         // the model's decrease along the whole of p
    double curvature = std::numeric_limits<double>::quiet_NaN();  // pᵀBp / pᵀp, B the method's matrix
    double damping = std::numeric_limits<double>::quiet_NaN();    // α, or the radius
    double first_length = 1;                                      // where a line search begins
};

// What came of it.
struct Trial {
    bool accepted = false;
    bool level = false;                                       // the decrease lies below the rounding error of f
    double floor = 0;                                         // of f, where the gain ratio's judge has looked at it
    bool met_not_finite = false;                              // f was not finite at a point that was tried
    bool unbounded = false;                                   // f falls along the line for as far as one may look
    double ratio = std::numeric_limits<double>::quiet_NaN();  // actual to predicted decrease
    double length = 1;                                        // of the step taken, in units of p
};

// What somebody knows from earlier iterations, beside the point, as numbers: taken between two iterations and given to
// another of the same kind before its first, it makes that one go on to the bit as this one would.
class Remembering {
  public:
    Remembering() = default;
    virtual ~Remembering() = default;
    Remembering(const Remembering&) = delete;
    Remembering& operator=(const Remembering&) = delete;

    virtual std::vector<double> memory() const { return {}; }
    // Throws InvalidArgument unless these may be numbers of memory().
    virtual void recall(std::span<const double> memory);
};

// For recall(): throws unless there are so many numbers.
void require_numbers(std::span<const double> memory, Index count);

class Proposer : public Remembering {
  public:
    // Writes p (n,), at the same point as before if the last trial was not accepted.
    virtual Proposal propose(const Point& at, double* p) = 0;

    // Learns how the step from `at` to `next` went.
    virtual void learn(const Trial& trial, const Point& at, const Point& next) = 0;
};

class Searcher : public Remembering {
  public:
    // Goes from `at` along p; where the trial is accepted, `next` is complete.
    virtual Trial run(Objective& f, const Point& at, const Proposal& proposal, const double* p, Point& next) = 0;
};

std::unique_ptr<Proposer> make_proposer(Objective& f, const Options& options);
std::unique_ptr<Searcher> make_searcher(Objective& f, const Options& options);

// Whether a method ends only where the Hessian has no negative curvature.
bool guards_saddles(Method method);

}  // namespace ravine::optim
