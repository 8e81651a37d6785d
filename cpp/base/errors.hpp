#pragma once

// Every error that leaves the core, by class. bindings/errors.cpp maps each to one Python exception.

#include <stdexcept>
#include <string>

namespace ravine {

// An argument breaks a rule: the text names the argument, its value and the rule.
struct InvalidArgument : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

// A size does not fit a signed 64-bit integer.
struct SizeOverflow : std::overflow_error {
    SizeOverflow(std::ptrdiff_t a, std::ptrdiff_t b)
        : std::overflow_error("size overflow: " + std::to_string(a) + " and " + std::to_string(b) +
                              " together exceed a signed 64-bit integer") {}
};

// The interrupt probe answered yes (in Python: Ctrl-C). Whoever throws it leaves theta at the last accepted point.
struct Interrupted : std::runtime_error {
    Interrupted() : std::runtime_error("interrupted") {}
};

}  // namespace ravine
