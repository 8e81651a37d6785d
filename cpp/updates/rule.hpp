#pragma once

// The frame around a rule, once for all of them. A rule is a struct with
//
//   Rule(OptionReader&, Settings&)                            reads its options, and those that all have
//   std::vector<std::string> state_names() const
//   template <typename T> void apply(const Task<T>&) const    picks a kernel and drives it
//
// and, where it is not what most do,
//
//   double initial_value(std::size_t vector, const Settings&) const            0
//   double product_after(Index t, double before, const Settings&) const        times the momentum, if there is one
//   LookAhead look_ahead(const Settings&, const Moment& next) const            none

#include <memory>

#include "updates/driver.hpp"
#include "updates/options.hpp"

namespace ravine::updates {

template <typename Rule>
class RuleOptimizer final : public Optimizer {
  public:
    RuleOptimizer(std::string_view name, OptionReader& read) : Optimizer(name), rule_(read, settings_) {}

    std::vector<std::string> state_names() const override { return rule_.state_names(); }

  protected:
    double initial_value(std::size_t vector) const override {
        if constexpr (requires { rule_.initial_value(vector, settings_); })
            return rule_.initial_value(vector, settings_);
        return 0;
    }
    double product_after(Index t, double before) const override {
        if constexpr (requires { rule_.product_after(t, before, settings_); })
            return rule_.product_after(t, before, settings_);
        return has_momentum() ? before * settings_.momentum : 1;
    }
    LookAhead look_ahead_at(const Moment& next) const override {
        if constexpr (requires { rule_.look_ahead(settings_, next); }) return rule_.look_ahead(settings_, next);
        return {};
    }
    void apply(const Task<float>& task) const override { rule_.apply(task); }
    void apply(const Task<double>& task) const override { rule_.apply(task); }

  private:
    Rule rule_;
};

template <typename Rule>
std::unique_ptr<Optimizer> make_rule(std::string_view name, const Options& options) {
    OptionReader read(name, options);
    auto optimizer = std::make_unique<RuleOptimizer<Rule>>(name, read);
    read.finish();
    return optimizer;
}

// lr, weight_decay and maximize; further options are the rule's own.
inline void read_common(OptionReader& read, Settings& settings) {
    settings.lr = read.non_negative("lr");
    settings.weight_decay = read.non_negative("weight_decay");
    settings.maximize = read.flag("maximize");
}

}  // namespace ravine::updates
