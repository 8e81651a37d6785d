#include "optim/minimize.hpp"

#include <chrono>
#include <cmath>
#include <utility>

#include "base/interrupt.hpp"
#include "linalg/vectors.hpp"

namespace ravine::optim {

namespace {

using Clock = std::chrono::steady_clock;

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

    // The numbers of the proposer come first.
    void recall(std::span<const double> memory) {
        if (memory.empty()) return;
        const std::size_t searchers = searcher_->memory().size();
        if (memory.size() < searchers) throw InvalidArgument("the memory of the run has too few numbers");
        proposer_->recall(memory.first(memory.size() - searchers));
        searcher_->recall(memory.last(searchers));
    }

    Result run() {
        begin();
        while (stop_ == Stop::running) {
            const Proposal proposal = proposer_->propose(at_, step_.data());
            const Trial trial = try_step(proposal);
            proposer_->learn(trial, at_, next_);
            if (trial.accepted) advance();
            record(proposal, trial);
            stop_ = decide(options_, at_, proposal, trial, progress());
            if (info_of(stop_).success) look_for_saddle();
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
        stop_ = decide(options_, at_, {}, {}, progress());
        if (info_of(stop_).success) look_for_saddle();
    }

    Trial try_step(const Proposal& proposal) {
        if (!proposal.possible) return {.met_not_finite = met_not_finite_};
        const Trial trial = searcher_->run(f_, at_, proposal, step_.data(), next_);
        step_norm_ = trial.length * linalg::norm(step_.data(), f_.size());
        met_not_finite_ = trial.met_not_finite;
        return trial;
    }

    // The next point is the current one from now on.
    void advance() {
        previous_value_ = at_.value;
        std::swap(at_, next_);
        if (at_.value <= best_.value && std::isfinite(at_.gradient_norm)) best_ = at_;
        f_.keep(at_.x.data());
    }

    void record(const Proposal& proposal, const Trial& trial) {
        if (proposal.possible) ++iterations_;
        history_.push_back({at_.value, at_.gradient_norm, proposal.possible ? step_norm_ : 0, trial.ratio,
                            proposal.damping, proposal.curvature, seconds(), trial.accepted, false});
    }

    // A run that would end well ends only where there is no way down along negative curvature.
    void look_for_saddle() {
        if (stop_ == Stop::goal_reached) return;
        if (options_.method == Method::textbook_newton) {
            second_order_ = guard_.look(at_);
            if (second_order_.strict_saddle) stop_ = Stop::strict_saddle;
        }
        if (!guards_saddles(options_.method)) return;
        second_order_ = guard_.look(at_);
        if (!second_order_.strict_saddle) return;
        const Trial trial = guard_.leave(at_, next_, step_.data());
        if (!trial.accepted) {
            stop_ = Stop::strict_saddle;
            return;
        }
        step_norm_ = linalg::norm(step_.data(), f_.size());
        proposer_->learn(trial, at_, next_);
        advance();
        ++iterations_;
        history_.push_back(
            {at_.value, at_.gradient_norm, step_norm_, trial.ratio, 0, second_order_.eigmin, seconds(), true, true});
        second_order_ = {};
        stop_ = decide(options_, at_, {}, {}, progress());
        if (info_of(stop_).success) look_for_saddle();
    }

    bool watch() {
        if (observer_->wants_memory()) {
            std::vector<double> memory = proposer_->memory();
            const std::vector<double> searchers = searcher_->memory();
            memory.insert(memory.end(), searchers.begin(), searchers.end());
            observer_->take_memory(memory);
        }
        return observer_->goes_on(at_, history_.back(), iterations_);
    }

    double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

    Progress progress() const {
        return {iterations_,
                f_.counts().value,
                seconds(),
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
        Result result(at_);
        result.stop = stop_;
        result.iterations = iterations_;
        if (broken) result.worst_iteration = iterations_;
        result.second_order = second_order_;
        Progress last = progress();
        last.floor = f_.rounding_error(at_.x.data(), at_.value, at_.gradient.data());
        result.tests = stop_tests(options_, at_, last);
        result.history = std::move(history_);
        result.seconds = seconds();
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
    Stop stop_ = Stop::running;
    Index iterations_ = 0;
    double first_value_ = std::numeric_limits<double>::quiet_NaN();
    double previous_value_ = std::numeric_limits<double>::quiet_NaN();
    double step_norm_ = std::numeric_limits<double>::quiet_NaN();
    bool met_not_finite_ = false;
    Clock::time_point start_ = Clock::now();
};

}  // namespace

Result minimise(Objective& f, const double* x0, const Options& options, Observer* observer,
                std::span<const double> memory) {
    Run run(f, x0, options, observer);
    run.recall(memory);
    return run.run();
}

}  // namespace ravine::optim
