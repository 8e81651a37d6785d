#include "updates/rules.hpp"

#include <array>

#include "base/errors.hpp"

namespace ravine::updates {

namespace {

struct Entry {
    std::string_view name;
    std::unique_ptr<Optimizer> (*make)(std::string_view, const Options&);
};

constexpr std::array entries{
    Entry{"SGD", &make_sgd},     Entry{"Adagrad", &make_adagrad}, Entry{"RMSprop", &make_rmsprop},
    Entry{"Adam", &make_adam},   Entry{"AdamW", &make_adamw},     Entry{"Adadelta", &make_adadelta},
    Entry{"NAdam", &make_nadam}, Entry{"RAdam", &make_radam},     Entry{"Adamax", &make_adamax},
    Entry{"Rprop", &make_rprop}, Entry{"Lion", &make_lion},
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(std::string_view rule, const Options& options) {
    for (const auto& entry : entries)
        if (entry.name == rule) return entry.make(entry.name, options);
    throw InvalidArgument("no update rule is named '" + std::string(rule) + "'");
}

}  // namespace ravine::updates
