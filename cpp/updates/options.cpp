#include "updates/options.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/errors.hpp"

namespace ravine::updates {

namespace {

std::string text(double value) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.6g", value);
    return digits;
}

double require(bool holds, std::string_view option, double value, const std::string& rule) {
    if (!holds) throw InvalidArgument(std::string(option) + " must be " + rule + ", got " + text(value));
    return value;
}

}  // namespace

double check_non_negative(std::string_view option, double value) {
    return require(std::isfinite(value) && value >= 0, option, value, "finite and not negative");
}

double check_fraction(std::string_view option, double value) {
    return require(value >= 0 && value < 1, option, value, "in [0, 1)");
}

double OptionReader::value(std::string_view option) {
    read_.push_back(option);
    const auto found = options_.find(option);
    return found == options_.end() ? 0 : found->second;
}

double OptionReader::share(std::string_view option) {
    const double given = value(option);
    return require(given >= 0 && given <= 1, option, given, "in [0, 1]");
}

double OptionReader::between(std::string_view option, double least, double most) {
    const double given = value(option);
    return require(given > least && given < most, option, given, "in (" + text(least) + ", " + text(most) + ")");
}

int OptionReader::choice(std::string_view option, int count) {
    const double given = value(option);
    require(given >= 0 && given < count && given == std::floor(given), option, given,
            "a whole number below " + std::to_string(count));
    return static_cast<int>(given);
}

void OptionReader::finish() const {
    for (const auto& [name, number] : options_) {
        if (std::find(read_.begin(), read_.end(), name) == read_.end())
            throw InvalidArgument(std::string(rule_) + " has no option " + name);
    }
}

}  // namespace ravine::updates
