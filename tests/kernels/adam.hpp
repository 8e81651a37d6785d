#pragma once

// Adam with its usual options, for tests that want a rule and care little which.

#include "updates/rules.hpp"

namespace ravine::testing {

inline updates::Options adam_options(double lr) {
    return {{"lr", lr}, {"betas[0]", 0.9}, {"betas[1]", 0.999}, {"eps", 1e-8}, {"bias_correction", 1}};
}

inline std::unique_ptr<updates::Optimizer> adam(double lr = 1e-3) {
    return updates::make_optimizer("Adam", adam_options(lr));
}

}  // namespace ravine::testing
