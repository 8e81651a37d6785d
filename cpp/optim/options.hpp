#pragma once

// What a user may choose about a run: one record, fixed before the first step. One table holds the name, range and
// meaning of each option; the Python face reads it from there.

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.hpp"

namespace ravine::optim {

enum class Method {
    newton,
    damped_newton,
    textbook_newton,
    saddle_free_newton,
    trust_region,
    newton_cg,
    levenberg_marquardt,
    bfgs,
    lbfgs,
    nonlinear_cg,
    gradient_descent,
};

std::span<const std::string_view> method_names();  // in the order of the enum
std::string_view name_of(Method method);
// Throws InvalidArgument that lists the names there are.
Method method_from_name(std::string_view name);

// The β of nonlinear conjugate gradient.
enum class Beta { hager_zhang, polak_ribiere, fletcher_reeves, hestenes_stiefel, dai_yuan };

struct Options {
    Method method = Method::newton;
    // When to stop.
    double maxiter = 1000;
    double gtol = 1e-8, ftol = 0, xtol = 0;
    double goal = -std::numeric_limits<double>::infinity();
    double max_time = std::numeric_limits<double>::infinity();
    double max_fun = std::numeric_limits<double>::infinity();
    // Shifted matrices: newton, levenberg-marquardt, saddle-free-newton.
    double damping = 0;
    double damping_increase = 4, damping_decrease = 0.2, max_damping = 1e16;
    double acceleration = 0.75;  // levenberg-marquardt: the most that 2‖a‖ may be of ‖v‖; 0: no acceleration
    // Regions: trust-region, newton-cg.
    double initial_trust_radius = 1, max_trust_radius = 1e100;
    double eta = 1e-4;  // the least gain ratio of an accepted step
    // Line searches.
    double c1 = 1e-4, c2 = 0.9;
    // The rest, each for one method.
    double shift = 0, step_length = 1;          // textbook-newton, damped-newton
    double maxcor = 10;                         // lbfgs
    double beta = 0;                            // nonlinear-cg, a Beta
    double subspace = 0;                        // saddle-free-newton
    double hessian_rows = 1, hessian_seed = 0;  // newton-cg
};

// A row of the table of options.
struct OptionRow {
    std::string_view name;
    double Options::* value;
    double least, most;                     // both allowed
    std::vector<std::string_view> choices;  // of an option that is a word: its value is the word's place here
    std::vector<Method> methods;            // that know the option; empty: all
    std::string_view meaning;

    bool belongs_to(Method method) const;
};

std::span<const OptionRow> option_table();

// The defaults of a method.
Options default_options(Method method);

// Sets one option; throws InvalidArgument if the method has no such option or the value breaks its rule. The text of an
// unknown name is made by the caller, who knows how to find the nearest one.
void set_option(Options& options, std::string_view name, double value);
void set_option(Options& options, std::string_view name, std::string_view choice);

}  // namespace ravine::optim
