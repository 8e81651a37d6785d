#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/interrupt.hpp"
#include "base/threads.hpp"
#include "bindings/bindings.hpp"
#include "bindings/function.hpp"
#include "bindings/gil.hpp"
#include "bindings/py_risk.hpp"
#include "linalg/vectors.hpp"
#include "objective/differences.hpp"
#include "objective/free_indices.hpp"
#include "objective/sum_of_squares.hpp"
#include "optim/starts.hpp"
#include "training/objective.hpp"

namespace ravine::bindings {

namespace {

using objective::Objective;

py::array_t<double> array_of(const std::vector<double>& x) {
    return py::array_t<double>(static_cast<py::ssize_t>(x.size()), x.data());
}

optim::Options options_of(const std::string& method, const py::dict& settings) {
    optim::Options options = optim::default_options(optim::method_from_name(method));
    for (const auto& [key, value] : settings) {
        const auto name = key.cast<std::string>();
        if (py::isinstance<py::str>(value)) {
            optim::set_option(options, name, std::string_view(value.cast<std::string>()));
        } else {
            optim::set_option(options, name, value.cast<double>());
        }
    }
    return options;
}

// Calls back(x, value, gradient, record, iteration[, memory]), which answers whether to go on.
class Callback final : public optim::Observer {
  public:
    Callback(py::object function, objective::FreeIndices* whole, bool wants_memory)
        : function_(std::move(function)), whole_(whole), wants_memory_(wants_memory) {}

    bool wants_memory() const override { return wants_memory_; }
    void take_memory(const std::vector<double>& memory) override { memory_ = memory; }

    bool goes_on(const optim::Point& at, const optim::Record& record, Index iteration) override {
        if (interrupt::ended_by_another_thread()) throw Interrupted();
        const double* x = whole_ == nullptr ? at.x.data() : whole_->at(at.x.data());
        const py::gil_scoped_acquire gil;
        const Index size = whole_ == nullptr ? at.size() : whole_->whole_size();
        const py::tuple told =
            py::make_tuple(py::array_t<double>(size, x), at.value, array_of(at.gradient), record.step_norm,
                           record.ratio, record.damping, record.curvature, record.seconds, iteration);
        const py::object answer = wants_memory_ ? function_(*told, array_of(memory_)) : function_(*told);
        return answer.cast<bool>();
    }

  private:
    py::object function_;
    objective::FreeIndices* whole_;
    bool wants_memory_;
    std::vector<double> memory_;
};

// One column a field of Record, one row an iteration.
py::dict history_of(const std::vector<optim::Record>& history) {
    py::dict columns;
    const auto add = [&](const char* name, auto member) {
        py::array_t<double> column(static_cast<py::ssize_t>(history.size()));
        std::transform(history.begin(), history.end(), column.mutable_data(),
                       [&](const auto& record) { return static_cast<double>(record.*member); });
        columns[name] = column;
    };
    add("value", &optim::Record::value);
    add("gradient_norm", &optim::Record::gradient_norm);
    add("step_norm", &optim::Record::step_norm);
    add("gain_ratio", &optim::Record::ratio);
    add("damping", &optim::Record::damping);
    add("curvature", &optim::Record::curvature);
    add("seconds", &optim::Record::seconds);
    add("accepted", &optim::Record::accepted);
    add("left_saddle", &optim::Record::left_saddle);
    return columns;
}

py::dict answer(const optim::Result& result, const objective::Counts& counts, objective::FreeIndices* whole) {
    const auto& info = optim::info_of(result.stop);
    py::list tests;
    for (const auto& test : result.tests) {
        tests.append(py::make_tuple(std::string(test.name), test.measured, test.threshold));
    }
    py::dict found;
    const auto& x = result.at.x;
    found["x"] = whole == nullptr ? array_of(x) : py::array_t<double>(whole->whole_size(), whole->at(x.data()));
    found["fun"] = result.at.value;
    found["jac"] = array_of(result.at.gradient);
    found["gradient_norm"] = result.at.gradient_norm;
    found["reason"] = std::string(info.name);
    found["nit"] = result.iterations;
    found["bad_iteration"] = result.worst_iteration;
    found["checked"] = result.second_order.checked;
    found["strict_saddle"] = result.second_order.strict_saddle;
    found["doubtful"] = result.doubtful;
    found["eigmin"] = result.second_order.eigmin;
    found["tests"] = tests;
    found["history"] = history_of(result.history);
    found["seconds"] = result.seconds;
    found["nfev"] = counts.value;
    found["njev"] = counts.gradient;
    found["nhev"] = counts.hessian;
    found["nhvp"] = counts.product;
    found["nrev"] = counts.residuals;
    found["njacev"] = counts.jacobian;
    return found;
}

// r and J at the end: J with the loss in it, where there is one.
void add_fit(py::dict& found, objective::SumOfSquares& f) {
    const auto x = found["x"].cast<py::array_t<double>>();
    const Index m = f.residual_count(), n = f.size();
    py::array_t<double> jacobian({m, n});
    double* const to = jacobian.mutable_data();
    {
        const WithoutGil release;
        f.jacobian(x.data(), to);
    }
    found["residuals"] = py::array_t<double>(m, f.plain_residuals(x.data()));
    found["jacobian"] = jacobian;
}

struct Domain {
    std::span<const double> x0;
    std::vector<Index> free;  // empty: all
};

py::dict run(Objective& f, const Domain& domain, const optim::Options& options, const py::object& callback,
             const py::object& memory) {
    std::optional<objective::FreeIndices> part;
    std::vector<double> start(domain.x0.begin(), domain.x0.end());
    if (!domain.free.empty()) {
        part.emplace(f, domain.free, domain.x0.data());
        start.resize(domain.free.size());
        part->take(domain.x0.data(), start.data());
    }
    objective::FreeIndices* const whole = part ? &*part : nullptr;
    const bool remembers = !memory.is_none();
    const auto recalled = remembers ? vector_in<double>(memory, "memory") : std::span<const double>();
    Callback observer(callback, whole, remembers);
    Objective& walked = whole == nullptr ? f : *whole;
    const optim::Result result = [&] {
        const WithoutGil release;
        return optim::minimise(walked, start.data(), options, callback.is_none() ? nullptr : &observer, recalled);
    }();
    return answer(result, f.counts(), whole);
}

// A risk of whose parameters some are held.
struct FreeRisk {
    training::RiskObjective whole;
    std::optional<objective::FreeIndices> part;

    FreeRisk(const training::Risk<double>& risk, const network::Rows& rows, double normaliser,
             const std::vector<Index>& free, const double* start)
        : whole(risk, rows, normaliser, nullptr) {
        if (!free.empty()) part.emplace(whole, free, start);
    }

    // Walks from x (P,) and leaves the end there.
    optim::Outcome minimise(double* x, const optim::Options& options) {
        if (!part) {
            optim::Outcome outcome{optim::minimise(whole, x, options), whole.counts()};
            std::copy(outcome.result.at.x.begin(), outcome.result.at.x.end(), x);
            return outcome;
        }
        std::vector<double> start(static_cast<std::size_t>(part->size()));
        part->take(x, start.data());
        optim::Outcome outcome{optim::minimise(*part, start.data(), options), whole.counts()};
        std::copy_n(part->at(outcome.result.at.x.data()), whole.size(), x);
        return outcome;
    }
};

// One column a field of End, one row a start.
py::dict ends_of(const optim::ManyStarts& all) {
    py::dict columns;
    const auto add = [&](const char* name, auto member) {
        using Field = std::decay_t<decltype(all.ends.front().*member)>;
        py::array_t<Field> column(static_cast<py::ssize_t>(all.ends.size()));
        std::transform(all.ends.begin(), all.ends.end(), column.mutable_data(),
                       [&](const auto& end) { return end.*member; });
        columns[name] = column;
    };
    add("fun", &optim::End::value);
    add("gradient_norm", &optim::End::gradient_norm);
    add("nit", &optim::End::iterations);
    add("nfev", &optim::End::evaluations);
    add("seconds", &optim::End::seconds);
    py::list reasons;
    for (const auto& end : all.ends) reasons.append(std::string(optim::info_of(end.stop).name));
    columns["reasons"] = reasons;
    columns["best"] = all.best;
    return columns;
}

objective::Derivative derivative_from_name(const std::string& name) {
    if (name == "gradient") return objective::Derivative::gradient;
    if (name == "hessian") return objective::Derivative::hessian;
    throw InvalidArgument("differences must name 'gradient' or 'hessian', got '" + name + "'");
}

objective::Formula formula_from_name(const std::string& name) {
    if (name == "2-point") return objective::Formula::two_point;
    if (name == "3-point") return objective::Formula::three_point;
    return objective::Formula::five_point;
}

// What stands between a function of the user's and a minimiser: finite differences and sums of squares, each a function
// of its own on top of the one below.
class Tower {
  public:
    Tower(Objective& f, std::span<const double> x0) : top_(&f), x0_(x0) {}

    Objective& top() { return *top_; }
    objective::SumOfSquares* fit() { return fit_; }

    void add_differences(objective::Derivative made) { add<objective::Differences>(made); }

    // `settings`: loss, f_scale, x_scale (n,) or None, differences ("" where there is a Jacobian).
    void add_sum_of_squares(const py::dict& settings) {
        objective::FitSettings fit;
        fit.loss = loss_of(settings["loss"]);
        fit.loss_scale = settings["f_scale"].cast<double>();
        if (!settings["x_scale"].is_none()) {
            const auto scale = vector_in<double>(settings["x_scale"], "x_scale");
            fit.parameter_scale.assign(scale.begin(), scale.end());
        }
        const auto formula = settings["differences"].cast<std::string>();
        if (!formula.empty()) {
            add<objective::Differences>(objective::Derivative::jacobian, formula_from_name(formula), least_sizes(fit));
        }
        fit_ = add<objective::SumOfSquares>(std::move(fit));
    }

  private:
    template <typename Layer, typename... Arguments>
    Layer* add(Arguments&&... arguments) {
        auto layer = std::make_unique<Layer>(*top_, std::forward<Arguments>(arguments)...);
        Layer* const added = layer.get();
        top_ = added;
        layers_.push_back(std::move(layer));
        return added;
    }

    // For the steps of differences: a parameter may become a thousand times smaller than it was at the start.
    std::vector<double> least_sizes(const objective::FitSettings& fit) const {
        if (!fit.parameter_scale.empty()) return fit.parameter_scale;
        std::vector<double> sizes;
        for (const double x : x0_) sizes.push_back(x == 0 ? 1.0 : 1e-3 * std::abs(x));
        return sizes;
    }

    Objective* top_;
    std::span<const double> x0_;
    objective::SumOfSquares* fit_ = nullptr;
    std::vector<std::unique_ptr<Objective>> layers_;
};

// Minimises a function of the user's; derivatives named in `differences` are made by finite differences, and one with
// residuals is a sum of squares (`fit` says how).
py::dict minimize_function(const py::dict& callables, const py::object& x0, const py::dict& fit,
                           const std::vector<std::string>& differences, const std::string& method,
                           const py::dict& settings, const std::vector<Index>& free, const py::object& callback) {
    const auto start = vector_in<double>(x0, "x0");
    Function function(callables, static_cast<Index>(start.size()));
    Tower tower(function, start);
    if (function.has_residuals()) {
        function.count_residuals(start.data());
        tower.add_sum_of_squares(fit);
    }
    for (const std::string& each : differences) tower.add_differences(derivative_from_name(each));
    py::dict found = run(tower.top(), {start, free}, options_of(method, settings), callback, py::none());
    if (tower.fit() != nullptr) add_fit(found, *tower.fit());
    return found;
}

// Minimises a risk over its rows, from the theta that it is given; accepted points are written there. With a memory,
// which may be empty, the method goes on from it, and the callback is told of it.
py::dict minimize_risk(const PyRisk& risk, const py::object& theta, const py::object& rows, double normaliser,
                       const std::string& method, const py::dict& settings, const std::vector<Index>& free,
                       const py::object& callback, const py::object& memory) {
    if (risk.scalar() != Scalar::float64) throw InvalidArgument("minimisers work in float64");
    const auto view = risk.as<double>();
    const auto parameters = vector_out<double>(theta, "theta", view.architecture().parameters());
    risk.require_apart_from_data(theta, "theta");
    const auto selection = select(risk, rows);
    const std::vector<double> start(parameters.begin(), parameters.end());
    training::RiskObjective f(view, selection, normaliser, parameters.data());
    return run(f, {start, free}, options_of(method, settings), callback, memory);
}

// Minimises a risk from each row of `starts` (count, P), as many at a time as there are threads; the rows become the
// ends. A loss that is a Python function has one thread, for the interpreter has one.
py::dict minimize_starts(const PyRisk& risk, const py::object& starts, Index count, const py::object& rows,
                         double normaliser, const std::string& method, const py::dict& settings,
                         const std::vector<Index>& free) {
    if (risk.scalar() != Scalar::float64) throw InvalidArgument("minimisers work in float64");
    if (count < 1) throw InvalidArgument("starts must be at least 1, got " + std::to_string(count));
    const auto view = risk.as<double>();
    const Index size = view.architecture().parameters();
    double* const points = array_out<double>(starts, "starts", {count, size});
    risk.require_apart_from_data(starts, "starts");
    const auto selection = select(risk, rows);
    const optim::Options options = options_of(method, settings);
    const int threads = view.options().loss.function == nullptr ? threads::get() : 1;
    const optim::ManyStarts all = [&] {
        const WithoutGil release;
        return optim::run_starts(count, threads, [&](Index start) {
            double* const x = points + start * size;
            return FreeRisk(view, selection, normaliser, free, x).minimise(x, options);
        });
    }();
    py::dict found = answer(all.outcome.result, all.outcome.counts, nullptr);
    found["x"] = py::array_t<double>(size, points + all.best * size);
    found["starts"] = ends_of(all);
    return found;
}

// Writes Jᵀ C f″ along theta + t v into out (P,): what geodesic acceleration solves for.
void path_bending(const PyRisk& risk, const py::object& theta, const py::object& v, const py::object& out,
                  const py::object& rows, double normaliser) {
    if (risk.scalar() != Scalar::float64) throw InvalidArgument("minimisers work in float64");
    const auto view = risk.as<double>();
    const Index count = view.architecture().parameters();
    const auto parameters = vector_in<double>(theta, "theta", count), direction = vector_in<double>(v, "v", count);
    const auto result = vector_out<double>(out, "out", count);
    require_apart(out, "out", theta, "theta");
    require_apart(out, "out", v, "v");
    const auto selection = select(risk, rows);
    training::RiskObjective f(view, selection, normaliser, nullptr);
    const WithoutGil release;
    f.path_bending(parameters.data(), direction.data(), result.data());
}

// (name, success) of each reason to stop.
py::list stop_reasons() {
    py::list reasons;
    for (const auto& info : optim::stop_reasons()) {
        reasons.append(py::make_tuple(std::string(info.name), info.success));
    }
    return reasons;
}

// (name, default or word, meaning) of each option of a method.
py::list minimizer_options(const std::string& method) {
    const optim::Options defaults = optim::default_options(optim::method_from_name(method));
    py::list rows;
    for (const auto& row : optim::option_table()) {
        if (!row.belongs_to(defaults.method)) continue;
        const double value = defaults.*row.value;
        const py::object shown = row.choices.empty()
                                     ? py::object(py::float_(value))
                                     : py::object(py::str(std::string(row.choices[static_cast<std::size_t>(value)])));
        rows.append(py::make_tuple(std::string(row.name), shown, std::string(row.meaning)));
    }
    return rows;
}

std::vector<std::string> minimizer_methods() {
    const auto names = optim::method_names();
    return {names.begin(), names.end()};
}

}  // namespace

void bind_minimize(py::module_& module) {
    module.def("minimize_function", &minimize_function, py::arg("callables"), py::arg("x0"), py::arg("fit"),
               py::arg("differences"), py::arg("method"), py::arg("settings"), py::arg("free"), py::arg("callback"));
    module.def("minimize_risk", &minimize_risk, py::arg("risk"), py::arg("theta"), py::arg("rows"),
               py::arg("normaliser"), py::arg("method"), py::arg("settings"), py::arg("free"), py::arg("callback"),
               py::arg("memory"));
    module.def("minimize_starts", &minimize_starts, py::arg("risk"), py::arg("starts"), py::arg("count"),
               py::arg("rows"), py::arg("normaliser"), py::arg("method"), py::arg("settings"), py::arg("free"));
    module.def("path_bending", &path_bending, py::arg("risk"), py::arg("theta"), py::arg("v"), py::arg("out"),
               py::arg("rows"), py::arg("normaliser"));
    module.def("stop_reasons", &stop_reasons);
    module.def("minimizer_methods", &minimizer_methods);
    module.def("minimizer_options", &minimizer_options, py::arg("method"));
}

}  // namespace ravine::bindings
