// A run that is begun with the memory of another goes on where that one ended, to the bit.

#include "functions.hpp"
#include "harness.hpp"
#include "optim/minimize.hpp"

using ravine::Index;
using ravine::optim::default_options;
using ravine::optim::Method;
using ravine::optim::minimise;
using ravine::optim::Point;
using ravine::optim::Record;
using ravine::testing::Rosenbrock;

namespace {

// Ends the run after `most` iterations, and keeps what the method remembers then.
class Watcher final : public ravine::optim::Observer {
  public:
    explicit Watcher(Index most) : most_(most) {}
    bool wants_memory() const override { return true; }
    void take_memory(const std::vector<double>& numbers) override { memory = numbers; }
    bool goes_on(const Point& at, const Record&, Index iteration) override {
        x = at.x;
        values.push_back(at.value);
        return iteration < most_;
    }

    std::vector<double> memory, x, values;

  private:
    Index most_;
};

constexpr Method remembering[] = {
    Method::newton, Method::damped_newton, Method::saddle_free_newton,  Method::trust_region, Method::newton_cg,
    Method::bfgs,   Method::lbfgs,         Method::levenberg_marquardt, Method::nonlinear_cg, Method::gradient_descent};

const std::vector<double> start = {-1.2, 1, 0.7, -0.3};

}  // namespace

RAVINE_TEST(a_run_with_a_memory_goes_on_to_the_bit) {
    for (const Method method : remembering) {
        auto options = default_options(method);
        options.maxcor = 3;
        Watcher whole(9);
        Rosenbrock f(4);
        minimise(f, start.data(), options, &whole);
        for (const Index first : {1, 2, 5}) {
            Watcher before(first), after(9 - first);
            Rosenbrock g(4);
            minimise(g, start.data(), options, &before);
            const std::vector<double> x0 = before.x;
            minimise(g, x0.data(), options, &after, before.memory);
            CHECK(after.x == whole.x);
            CHECK(after.values.back() == whole.values.back());
            CHECK(after.memory == whole.memory);
        }
    }
}

RAVINE_TEST(a_memory_of_another_kind_is_refused) {
    Rosenbrock f(4);
    const std::vector<double> numbers(17);
    for (const Method method : remembering) {
        CHECK_THROWS(minimise(f, start.data(), default_options(method), nullptr, numbers), ravine::InvalidArgument);
    }
    const std::vector<double> one(1);
    CHECK_THROWS(minimise(f, start.data(), default_options(Method::newton), nullptr, one), ravine::InvalidArgument);
}
