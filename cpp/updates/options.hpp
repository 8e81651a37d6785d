#pragma once

// Options are named numbers: what a rule needs is read, checked and explained in one place, whoever asks. An option
// that is not given is 0 or false; one that no rule reads is refused. Flags are 0 or 1, choices count from 0, pairs
// are name[0] and name[1].

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ravine::updates {

using Options = std::map<std::string, double, std::less<>>;

// Each reader throws InvalidArgument that names option, value and rule.
double check_non_negative(std::string_view option, double value);
double check_fraction(std::string_view option, double value);

class OptionReader {
  public:
    OptionReader(std::string_view rule, const Options& options) : rule_(rule), options_(options) {}

    double share(std::string_view option);  // in [0, 1]
    double non_negative(std::string_view option) { return check_non_negative(option, value(option)); }
    double fraction(std::string_view option) { return check_fraction(option, value(option)); }
    double between(std::string_view option, double least, double most);  // both excluded
    bool flag(std::string_view option) { return choice(option, 2) == 1; }
    int choice(std::string_view option, int count);

    // To be called last: an option that nobody has read is not one of this rule's.
    void finish() const;

  private:
    double value(std::string_view option);

    std::string_view rule_;
    const Options& options_;
    std::vector<std::string_view> read_;
};

}  // namespace ravine::updates
