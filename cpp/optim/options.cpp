#include "optim/options.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace ravine::optim {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

constexpr std::array<std::string_view, 11> names = {
    "newton",       "damped-newton", "textbook-newton",     "saddle-free-newton",
    "trust-region", "newton-cg",     "levenberg-marquardt", "bfgs",
    "lbfgs",        "nonlinear-cg",  "gradient-descent"};

const std::vector<Method> shifted = {Method::newton, Method::levenberg_marquardt, Method::saddle_free_newton};
const std::vector<Method> regions = {Method::trust_region, Method::newton_cg};
const std::vector<Method> judged = {Method::newton, Method::levenberg_marquardt, Method::saddle_free_newton,
                                    Method::trust_region, Method::newton_cg};
const std::vector<Method> searching = {Method::damped_newton, Method::bfgs, Method::lbfgs, Method::nonlinear_cg,
                                       Method::gradient_descent};
const std::vector<Method> wolfe = {Method::bfgs, Method::lbfgs, Method::nonlinear_cg, Method::gradient_descent};

const std::vector<OptionRow> table = {
    {"maxiter", &Options::maxiter, 0, 1e15, {}, {}, "iterations; a rejected step counts as one"},
    {"gtol", &Options::gtol, 0, infinity, {}, {}, "stop when the 2-norm of the gradient is at most this"},
    {"ftol", &Options::ftol, 0, 1, {}, {}, "stop when a step lowers f by at most ftol |f|; 0: never"},
    {"xtol", &Options::xtol, 0, 1, {}, {}, "stop when a step is at most xtol (xtol + ‖x‖) long; 0: never"},
    {"goal", &Options::goal, -infinity, infinity, {}, {}, "stop when f is at most this"},
    {"max_time", &Options::max_time, 0, infinity, {}, {}, "seconds"},
    {"max_fun", &Options::max_fun, 1, infinity, {}, {}, "evaluations of f"},
    {"damping",
     &Options::damping,
     0,
     1e300,
     {},
     shifted,
     "first α in (H + αI) p = -g; for levenberg-marquardt in units of the largest diagonal element"},
    {"damping_increase", &Options::damping_increase, 1.01, 1e6, {}, shifted, "α's factor after a bad step"},
    {"damping_decrease", &Options::damping_decrease, 1e-6, 0.99, {}, shifted, "α's factor after a good step"},
    {"max_damping",
     &Options::max_damping,
     1e-300,
     1e300,
     {},
     shifted,
     "stop when α exceeds this, in units of the largest diagonal element"},
    {"acceleration",
     &Options::acceleration,
     0,
     1e6,
     {},
     {Method::levenberg_marquardt},
     "geodesic acceleration: the most that its correction may be of the step, else the step is shortened; 0: none"},
    {"initial_trust_radius", &Options::initial_trust_radius, 1e-300, 1e300, {}, regions, "first bound of ‖p‖"},
    {"max_trust_radius", &Options::max_trust_radius, 1e-300, 1e300, {}, regions, "largest bound of ‖p‖"},
    {"eta",
     &Options::eta,
     0,
     0.2499,
     {},
     judged,
     "least ratio of actual to predicted decrease of a step that is taken"},
    {"c1", &Options::c1, 1e-12, 0.4999, {}, searching, "a step must lower f by c1 times what the slope promises"},
    {"c2", &Options::c2, 1e-6, 0.9999, {}, wolfe, "a step must leave at most c2 of the slope"},
    {"shift", &Options::shift, 0, infinity, {}, {Method::textbook_newton}, "α in (H + αI) p = -g, the same throughout"},
    {"step_length", &Options::step_length, 1e-300, 1e300, {}, {Method::textbook_newton}, "ε in x ← x + ε p"},
    {"maxcor", &Options::maxcor, 1, 1000, {}, {Method::lbfgs}, "pairs (s, y) that are remembered"},
    {"subspace",
     &Options::subspace,
     0,
     1e6,
     {},
     {Method::saddle_free_newton},
     "vectors of the Krylov space in which |H| is taken; 0: all of the spectrum where there is a Hessian, else 50"},
    {"hessian_rows",
     &Options::hessian_rows,
     1e-15,
     1e15,
     {},
     {Method::newton_cg},
     "rows of which products with the Hessian are taken, drawn anew at each iteration: a share up to 1, or their "
     "number; 1: all"},
    {"hessian_seed", &Options::hessian_seed, 0, 9e15, {}, {Method::newton_cg}, "what draws these rows, an integer"},
    {"beta",
     &Options::beta,
     0,
     4,
     {"hager-zhang", "polak-ribiere", "fletcher-reeves", "hestenes-stiefel", "dai-yuan"},
     {Method::nonlinear_cg},
     "the formula of β"},
};

const OptionRow& row_of(const Options& options, std::string_view name) {
    for (const OptionRow& row : option_table()) {
        if (row.name == name && row.belongs_to(options.method)) return row;
    }
    throw InvalidArgument(std::string(name_of(options.method)) + " has no option " + std::string(name));
}

std::string text_of(double value) {
    std::string text = std::to_string(value);
    if (std::abs(value) < 1e-3 || std::abs(value) > 1e6) {
        char digits[32];
        std::snprintf(digits, sizeof digits, "%g", value);
        text = digits;
    }
    return text;
}

}  // namespace

std::span<const std::string_view> method_names() { return names; }
std::string_view name_of(Method method) { return names[static_cast<std::size_t>(method)]; }

Method method_from_name(std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) return static_cast<Method>(found - names.begin());
    std::string text = "method must be one of";
    for (const std::string_view each : names) text += " '" + std::string(each) + "'";
    throw InvalidArgument(text + ", got '" + std::string(name) + "'");
}

bool OptionRow::belongs_to(Method method) const {
    return methods.empty() || std::find(methods.begin(), methods.end(), method) != methods.end();
}

std::span<const OptionRow> option_table() { return table; }

Options default_options(Method method) {
    Options options;
    options.method = method;
    switch (method) {
        case Method::levenberg_marquardt:
            options.damping = 1e-3;
            options.damping_increase = 2;
            options.damping_decrease = 0.2;
            break;
        case Method::bfgs:
        case Method::lbfgs:
            options.maxiter = 15000;
            break;
        case Method::nonlinear_cg:
            options.maxiter = 15000;
            options.c2 = 0.1;
            break;
        case Method::gradient_descent:
            options.maxiter = 15000;
            break;
        default:
            break;
    }
    return options;
}

void set_option(Options& options, std::string_view name, double value) {
    const OptionRow& row = row_of(options, name);
    const std::string label(name);
    if (!row.choices.empty()) throw InvalidArgument(label + " must be a word, got " + text_of(value));
    if (!(value >= row.least && value <= row.most)) {
        throw InvalidArgument(label + " must lie in [" + text_of(row.least) + ", " + text_of(row.most) + "], got " +
                              text_of(value));
    }
    options.*row.value = value;
}

void set_option(Options& options, std::string_view name, std::string_view choice) {
    const OptionRow& row = row_of(options, name);
    const auto found = std::find(row.choices.begin(), row.choices.end(), choice);
    if (found == row.choices.end()) {
        std::string text = std::string(name) + (row.choices.empty() ? " must be a number" : " must be one of");
        for (const std::string_view each : row.choices) text += " '" + std::string(each) + "'";
        throw InvalidArgument(text + ", got '" + std::string(choice) + "'");
    }
    options.*row.value = static_cast<double>(found - row.choices.begin());
}

}  // namespace ravine::optim
