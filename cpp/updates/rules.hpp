#pragma once

// All the rules by name, in torch.optim's form where it has the rule. Formulas and sources stand beside each of them,
// and in docs/update_rules.md.

#include <memory>
#include <string_view>

#include "updates/optimizer.hpp"
#include "updates/options.hpp"

namespace ravine::updates {

// Throws InvalidArgument for a name that no rule has, an option that this one has not, or one out of range.
std::unique_ptr<Optimizer> make_optimizer(std::string_view rule, const Options& options);

std::unique_ptr<Optimizer> make_sgd(std::string_view name, const Options& options);
std::unique_ptr<Optimizer> make_adagrad(std::string_view name, const Options& options);
std::unique_ptr<Optimizer> make_rmsprop(std::string_view name, const Options& options);
std::unique_ptr<Optimizer> make_adadelta(std::string_view name, const Options& options);
std::unique_ptr<Optimizer> make_adam(std::string_view name, const Options& options);
std::unique_ptr<Optimizer> make_adamw(std::string_view name, const Options& options);
std::unique_ptr<Optimizer> make_nadam(std::string_view name, const Options& options);
std::unique_ptr<Optimizer> make_radam(std::string_view name, const Options& options);
std::unique_ptr<Optimizer> make_adamax(std::string_view name, const Options& options);
std::unique_ptr<Optimizer> make_rprop(std::string_view name, const Options& options);
std::unique_ptr<Optimizer> make_lion(std::string_view name, const Options& options);

}  // namespace ravine::updates
