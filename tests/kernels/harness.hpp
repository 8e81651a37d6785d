// A test of a kernel is one file with RAVINE_TEST blocks; including this header makes it a program.
//
//   #include "harness.hpp"
//   RAVINE_TEST(sum_of_nothing_is_zero) { CHECK(sum({}) == 0.0); }
//
// CHECK(condition), CHECK_EQUAL(got, expected), CHECK_NEAR(got, expected, tolerance), CHECK_THROWS(expression, Type).
// A failed check is reported and the test goes on; an exception ends the test, and memory that a kernel takes where it
// promised to take none (allocations.hpp) fails it. Arguments of the program choose the
// tests whose names contain one of them. The exit status is 0 only if at least one test ran and every check held.
#pragma once

#include <cmath>
#include <exception>
#include <iostream>
#include <limits>
#include <string_view>
#include <vector>

#include "allocations.hpp"

namespace ravine::testing {

struct Test {
    const char* name;
    void (*body)();
};

inline std::vector<Test>& tests() {
    static std::vector<Test> all;
    return all;
}

inline int& failures() {
    static int count = 0;
    return count;
}

inline bool enlist(const char* name, void (*body)()) {
    tests().push_back({name, body});
    return true;
}

inline std::ostream& report(const char* file, int line) {
    ++failures();
    std::cout.precision(std::numeric_limits<double>::max_digits10);
    return std::cout << file << ':' << line << ": ";
}

inline void check(bool holds, const char* text, const char* file, int line) {
    if (!holds) {
        report(file, line) << "does not hold: " << text << '\n';
    }
}

template <class Got, class Expected>
void check_equal(const Got& got, const Expected& expected, const char* text, const char* file, int line) {
    if (!(got == expected)) {
        report(file, line) << text << ": got " << got << ", expected " << expected << '\n';
    }
}

// Written so that a NaN on either side fails.
inline void check_near(double got, double expected, double tolerance, const char* text, const char* file, int line) {
    const bool near = got == expected || std::abs(got - expected) <= tolerance;
    if (!near) {
        report(file, line) << text << ": got " << got << ", expected " << expected << ", difference "
                           << std::abs(got - expected) << " > " << tolerance << '\n';
    }
}

template <class Exception, class Expression>
void check_throws(const Expression& expression, const char* text, const char* file, int line) {
    try {
        expression();
    } catch (const Exception&) {
        return;
    } catch (const std::exception& other) {
        report(file, line) << text << ": threw another exception: " << other.what() << '\n';
        return;
    }
    report(file, line) << text << ": threw nothing\n";
}

inline int run(int argc, char** argv) {
    int ran = 0;
    for (const Test& test : tests()) {
        bool chosen = argc == 1;
        for (int i = 1; i < argc; ++i) {
            chosen = chosen || std::string_view(test.name).find(argv[i]) != std::string_view::npos;
        }
        if (!chosen) {
            continue;
        }
        ++ran;
        const int before = failures();
        const long broken = allocations::promises_broken;
        try {
            test.body();
        } catch (const std::exception& error) {
            report(test.name, 0) << "ended by an exception: " << error.what() << '\n';
        }
        check_equal(allocations::promises_broken - broken, 0L, "allocations in a NoAllocation scope", test.name, 0);
        std::cout << (failures() == before ? "passed " : "FAILED ") << test.name << std::endl;
    }
    std::cout << ran << " tests, " << failures() << " failed checks" << std::endl;
    return ran > 0 && failures() == 0 ? 0 : 1;
}

}  // namespace ravine::testing

#define RAVINE_TEST(name)                                                                      \
    static void name();                                                                        \
    [[maybe_unused]] static const bool name##_enlisted = ravine::testing::enlist(#name, name); \
    static void name()

#define CHECK(condition) ravine::testing::check(static_cast<bool>(condition), #condition, __FILE__, __LINE__)
#define CHECK_EQUAL(got, expected) ravine::testing::check_equal(got, expected, #got, __FILE__, __LINE__)
#define CHECK_NEAR(got, expected, tolerance) \
    ravine::testing::check_near(got, expected, tolerance, #got, __FILE__, __LINE__)
#define CHECK_THROWS(expression, Type) \
    ravine::testing::check_throws<Type>([&] { static_cast<void>(expression); }, #expression, __FILE__, __LINE__)

int main(int argc, char** argv) { return ravine::testing::run(argc, argv); }
