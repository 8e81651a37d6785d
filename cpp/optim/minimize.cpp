#include "optim/minimize.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "base/interrupt.hpp"
#include "linalg/vectors.hpp"
#include "optim/agreement.hpp"

namespace ravine::optim {

namespace {

using Clock = std::chrono::steady_clock;

// Where a step has promised so many rounding errors, some shorter one keeps its promise: or the derivatives are wrong,
// and it is no floor that the steps have shrunk to.
constexpr double many_floors = 1e3;

// Whether the model's matrix is the Hessian itself.
bool uses_hessian(Method method) {
    return method == Method::newton || method == Method::damped_newton || method == Method::trust_region ||
           method == Method::newton_cg;
}

class Run {
  public:
    Run(Objective& f, const double* x0, const Options& options, Observer* observer)
        : f_(f),
          options_(options),
          observer_(observer),
          proposer_(make_proposer(f, options)),
          searcher_(make_searcher(f, options)),
          guard_(f, options.method),
          at_(f.size()),
          next_(f.size()),
          step_(at_.x.size()) {
        at_.x.assign(x0, x0 + f.size());
    }

    // The numbers of the proposer come first, then those of the searcher, then two of our own.
    void recall(std::span<const double> memory) {
        if (memory.empty()) return;
        const std::size_t searchers = searcher_->memory().size();
        if (memory.size() < searchers + 2) throw InvalidArgument("the memory of the run has too few numbers");
        proposer_->recall(memory.first(memory.size() - searchers - 2));
        searcher_->recall(memory.last(searchers + 2).first(searchers));
        rejected_ = memory[memory.size() - 2];
        agreement_.recall(static_cast<int>(memory.back()));
    }

    Result run() {
        begin();
        while (stop_ == Stop::running) {
            const Proposal proposal = proposer_->propose(at_, step_.data());
            const Trial trial = try_step(proposal);
            proposer_->learn(trial, at_, next_);
            compare(proposal, trial);
            if (trial.accepted) advance();
            record(proposal, trial);
            stop_ = decide(options_, at_, proposal, trial, progress());
            if (stop_ == Stop::rounding_floor && shrank_to_it(trial)) stop_ = Stop::no_descent;
            look_for_saddle();
            if (stop_ == Stop::running && observer_ != nullptr && !watch()) stop_ = Stop::callback;
            interrupt::poll();
        }
        return finish();
    }

  private:
    void begin() {
        at_.evaluate(f_);
        best_ = at_;
        first_value_ = at_.value;
        look_at_clock();
        stop_ = decide(options_, at_, {}, {}, progress());
        look_for_saddle();
    }

    Trial try_step(const Proposal& proposal) {
        if (!proposal.possible) return {.met_not_finite = met_not_finite_};
        const Trial trial = searcher_->run(f_, at_, proposal, step_.data(), next_);
        step_norm_ = trial.length * linalg::norm(step_.data(), f_.size());
        met_not_finite_ = trial.met_not_finite;
        return trial;
    }

    // What the trial says about the derivatives.
    void compare(const Proposal& proposal, const Trial& trial) {
        if (trial.accepted) {
            const bool exact = uses_hessian(options_.method);
            agreement_.see(at_, next_, step_.data(), trial,
                           exact ? proposal.curvature : std::numeric_limits<double>::quiet_NaN());
            rejected_ = 0;
        } else if (!trial.level && !trial.met_not_finite) {
            rejected_ = std::max(rejected_, proposal.predicted);
        }
    }

    bool shrank_to_it(const Trial& trial) const { return trial.floor > 0 && rejected_ > many_floors * trial.floor; }

    // The next point is the current one from now on.
    void advance() {
        previous_value_ = at_.value;
        std::swap(at_, next_);
        if (at_.value <= best_.value && std::isfinite(at_.gradient_norm)) best_ = at_;
        f_.keep(at_.x.data());
    }

    void record(const Proposal& proposal, const Trial& trial) {
        look_at_clock();
        if (proposal.possible) ++iterations_;
        history_.push_back({at_.value, at_.gradient_norm, proposal.possible ? step_norm_ : 0, trial.ratio,
                            proposal.damping, proposal.curvature, seconds_, trial.accepted, false});
    }

    // A run that would end well ends only where there is no way down along negative curvature.
    void look_for_saddle() {
        while (info_of(stop_).success && stop_ != Stop::goal_reached) {
            const bool textbook = options_.method == Method::textbook_newton;
            if (!textbook && !guards_saddles(options_.method)) return;
            second_order_ = guard_.look(at_);
            if (!second_order_.strict_saddle) return;
            if (textbook || !leave_saddle()) {
                stop_ = Stop::strict_saddle;
                return;
            }
            stop_ = decide(options_, at_, {}, {}, progress());
            const Stop limit = limit_reached(options_, progress());
            if (info_of(stop_).success && limit != Stop::running) stop_ = limit;
            interrupt::poll();
        }
    }

    // Whether there is a way down; it has then been gone.
    bool leave_saddle() {
        const Trial trial = guard_.leave(at_, next_, step_.data());
        look_at_clock();
        if (!trial.accepted) return false;
        step_norm_ = linalg::norm(step_.data(), f_.size());
        proposer_->learn(trial, at_, next_);
        advance();
        ++iterations_;
        history_.push_back(
            {at_.value, at_.gradient_norm, step_norm_, trial.ratio, 0, second_order_.eigmin, seconds_, true, true});
        second_order_ = {};
        return true;
    }

    bool watch() {
        if (observer_->wants_memory()) {
            std::vector<double> memory = proposer_->memory();
            const std::vector<double> searchers = searcher_->memory();
            memory.insert(memory.end(), searchers.begin(), searchers.end());
            memory.insert(memory.end(), {rejected_, static_cast<double>(agreement_.broken())});
            observer_->take_memory(memory);
        }
        return observer_->goes_on(at_, history_.back(), iterations_);
    }

    // Asked of the clock once an iteration, which is a few microseconds where the function is small.
    void look_at_clock() { seconds_ = std::chrono::duration<double>(Clock::now() - start_).count(); }

    Progress progress() const {
        return {iterations_,
                f_.counts().value,
                seconds_,
                first_value_,
                previous_value_,
                step_norm_,
                std::numeric_limits<double>::quiet_NaN()};
    }

    Result finish() {
        const bool broken = stop_ == Stop::not_finite;
        if (broken && std::isfinite(best_.value)) {
            std::swap(at_, best_);
            f_.keep(at_.x.data());
        }
        look_at_clock();
        Result result(at_);
        result.stop = stop_;
        result.iterations = iterations_;
        if (broken) result.worst_iteration = iterations_;
        result.second_order = second_order_;
        result.doubtful = agreement_.doubtful(info_of(stop_).success);
        Progress last = progress();
        last.floor = f_.rounding_error(at_.x.data(), at_.value, at_.gradient.data());
        result.tests = stop_tests(options_, at_, last);
        result.history = std::move(history_);
        result.seconds = seconds_;
        return result;
    }

    Objective& f_;
    const Options& options_;
    Observer* observer_;
    std::unique_ptr<Proposer> proposer_;
    std::unique_ptr<Searcher> searcher_;
    SaddleGuard guard_;
    Point at_, next_;
    Point best_{0};
    std::vector<double> step_;
    std::vector<Record> history_;
    SecondOrder second_order_;
    Agreement agreement_;
    double rejected_ = 0;  // the most that a step from here promised, and did not keep
    Stop stop_ = Stop::running;
    Index iterations_ = 0;
    double first_value_ = std::numeric_limits<double>::quiet_NaN();
    double previous_value_ = std::numeric_limits<double>::quiet_NaN();
    double step_norm_ = std::numeric_limits<double>::quiet_NaN();
    bool met_not_finite_ = false;
    Clock::time_point start_ = Clock::now();
    double seconds_ = 0;
};

}  // namespace

Result minimise(Objective& f, const double* x0, const Options& options, Observer* observer,
                std::span<const double> memory) {
    Run run(f, x0, options, observer);
    run.recall(memory);
    return run.run();
}

}  // namespace ravine::optim
