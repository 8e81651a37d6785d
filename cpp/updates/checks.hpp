#pragma once

// Options are checked where they come in: the message names option, value and rule.

#include <cmath>
#include <string>

#include "base/errors.hpp"

namespace ravine::updates {

inline void require(bool holds, const char* option, double value, const char* rule) {
    if (!holds) {
        throw InvalidArgument(std::string(option) + " must be " + rule + ", got " + std::to_string(value));
    }
}

inline double non_negative(const char* option, double value) {
    require(std::isfinite(value) && value >= 0, option, value, "finite and not negative");
    return value;
}

inline double fraction(const char* option, double value) {
    require(value >= 0 && value < 1, option, value, "in [0, 1)");
    return value;
}

}  // namespace ravine::updates
