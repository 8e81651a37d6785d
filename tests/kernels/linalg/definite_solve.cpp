#include "linalg/definite_solve.hpp"

#include <cmath>
#include <limits>

#include "base/interrupt.hpp"
#include "harness.hpp"
#include "linalg/refinement.hpp"
#include "samples.hpp"
#include "thread_count.hpp"

using ravine::Index;
using namespace ravine::linalg;
using namespace ravine::testing;

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();

// H D H with the reflection H = I - 2uuᵀ, ‖u‖ = 1: eigenvalues from 1 down to `smallest`, evenly by their logarithms.
Block<double> with_condition(Index n, Index stride, double smallest, double size = 1) {
    Block<double> u = random_block<double>(n, 3), a = random_block<double>(n * stride, 4);
    double square = 0;
    for (Index i = 0; i < n; ++i) square += u[i] * u[i];
    const auto eigenvalue = [=](Index k) {
        return n == 1 ? 1 : std::pow(smallest, static_cast<double>(k) / static_cast<double>(n - 1));
    };
    double form = 0;  // uᵀDu
    for (Index k = 0; k < n; ++k) form += eigenvalue(k) * u[k] * u[k] / square;
    for (Index i = 0; i < n; ++i) {
        for (Index j = 0; j < n; ++j) {
            const double pair = u[i] * u[j] / square;
            const double element = (i == j ? eigenvalue(i) : 0) - 2 * pair * (eigenvalue(i) + eigenvalue(j) - 2 * form);
            a[i * stride + j] = size * element;
        }
    }
    return a;
}

// The largest ‖b - A x‖ / ‖b‖ of all right-hand sides.
double residual(const Block<double>& a, Index n, Index stride, const Block<double>& b, const Block<double>& x) {
    double worst = 0;
    for (Index side = 0; side < b.size() / n; ++side) {
        double left = 0, all = 0;
        for (Index i = 0; i < n; ++i) {
            double rest = b[side * n + i];
            for (Index j = 0; j < n; ++j) rest -= a[i * stride + j] * x[side * n + j];
            left += rest * rest;
            all += b[side * n + i] * b[side * n + i];
        }
        const double error = std::sqrt(left / all);
        worst = error <= worst ? worst : error;
    }
    return worst;
}

DefiniteSolve solve(const Block<double>& a, Index n, Index stride, const Block<double>& b, Block<double>& x) {
    return solve_definite(a.data(), n, stride, b.data(), b.size() / n, x.data());
}

}  // namespace

RAVINE_TEST(solutions_are_right_to_double_precision_and_large_ones_are_refined) {
    for (const Index n : {1, 2, 70, 255, 256, 300, 511}) {
        for (const Index count : {1, 3, 20}) {
            const Index stride = n + 3;
            const Block<double> a = with_condition(n, stride, 1e-2), b = random_block<double>(count * n, 8);
            Block<double> x(count * n);
            const DefiniteSolve end = solve(a, n, stride, b, x);
            CHECK_EQUAL(end.failed_pivot, -1);
            CHECK_EQUAL(end.refinements > 0, n >= worth_refining);
            CHECK_NEAR(residual(a, n, stride, b, x), 0, 300 * eps);
        }
    }
}

RAVINE_TEST(single_precision_is_left_where_it_does_not_lead_to_the_solution) {
    const Index n = 300;
    const Block<double> b = random_block<double>(n, 8);
    for (const double smallest : {1e-1, 1e-3, 1e-5}) {
        Block<double> x(n);
        CHECK(solve(with_condition(n, n, smallest), n, n, b, x).refinements > 0);
    }
    for (const double smallest : {1e-9, 1e-12}) {
        const Block<double> a = with_condition(n, n, smallest);
        Block<double> x(n);
        const DefiniteSolve end = solve(a, n, n, b, x);
        CHECK_EQUAL(end.failed_pivot, -1);
        CHECK_EQUAL(end.refinements, 0);
        double size = 0, all = 0;
        for (Index i = 0; i < n; ++i) {
            size += x[i] * x[i];
            all += b[i] * b[i];
        }
        CHECK_NEAR(residual(a, n, n, b, x), 0, 100 * eps * std::sqrt(size / all));
    }
}

RAVINE_TEST(numbers_beyond_single_precision_are_solved_in_double) {
    const Index n = 300;
    const Block<double> b = random_block<double>(n, 8);
    for (const double size : {1e60, 1e-60}) {
        const Block<double> a = with_condition(n, n, 1e-2, size);
        Block<double> x(n);
        CHECK_EQUAL(solve(a, n, n, b, x).refinements, 0);
        CHECK_NEAR(residual(a, n, n, b, x), 0, 300 * eps);
    }
}

RAVINE_TEST(right_hand_sides_of_any_size_and_zeros_are_solved_together) {
    const Index n = 300;
    const Block<double> a = with_condition(n, n, 1e-2);
    Block<double> b = random_block<double>(3 * n, 8), x(3 * n), one(n);
    for (Index i = 0; i < n; ++i) {
        b[i] *= 1e-200;
        b[n + i] = 0;
        b[2 * n + i] *= 1e200;
    }
    CHECK(solve(a, n, n, b, x).refinements > 0);
    for (Index i = 0; i < n; ++i) CHECK_EQUAL(x[n + i], 0.0);
    for (const Index side : {0, 2}) {
        Block<double> own(n), solution(n);
        for (Index i = 0; i < n; ++i) {
            own[i] = b[side * n + i] * (side == 0 ? 1e200 : 1e-200);
            solution[i] = x[side * n + i] * (side == 0 ? 1e200 : 1e-200);
        }
        CHECK_NEAR(residual(a, n, n, own, solution), 0, 300 * eps);
    }
}

RAVINE_TEST(what_is_not_definite_or_not_finite_fails_at_its_pivot) {
    for (const Index n : {20, 300}) {
        for (const double x : {-3.0, std::nan("")}) {
            Block<double> a = with_condition(n, n, 0.5);
            a[(n - 2) * (n + 1)] = x;
            const Block<double> b = random_block<double>(n, 8);
            Block<double> solution(n);
            const DefiniteSolve end = solve(a, n, n, b, solution);
            CHECK_EQUAL(end.failed_pivot, n - 2);
            CHECK(!(end.pivot > 0));
            CHECK_EQUAL(end.refinements, 0);
        }
    }
}

RAVINE_TEST(every_number_of_threads_gives_the_same_solution) {
    const Index n = 900;
    const Block<double> a = with_condition(n, n, 1e-3), b = random_block<double>(5 * n, 8);
    Block<double> one(5 * n);
    {
        const Threads single(1);
        CHECK(solve(a, n, n, b, one).refinements > 0);
    }
    for (const int count : {2, 3, 4}) {
        const Threads several(count);
        Block<double> many(5 * n);
        CHECK(solve(a, n, n, b, many).refinements > 0);
        CHECK(many == one);
    }
}

RAVINE_TEST(a_factor_of_another_matrix_does_not_converge_and_says_so) {
    const float l[] = {1, 0, 0.5F, 1};
    const auto product = [](const double* v, Index count, double* out) {
        for (Index i = 0; i < 2 * count; ++i) out[i] = 5 * v[i];
    };
    const double b[] = {1, 2};
    double x[2];
    const Refinement refinement = refine({.l = l, .n = 2, .stride = 2, .scale = 1, .norm = 5}, product, b, 1, x);
    CHECK(!refinement.converged);
}

RAVINE_TEST(products_that_are_not_finite_do_not_converge) {
    const float l[] = {1};
    const auto product = [](const double*, Index, double* out) { *out = std::nan(""); };
    const double b = 1;
    double x = 0;
    CHECK(!refine({.l = l, .n = 1, .stride = 1, .scale = 1, .norm = 1}, product, &b, 1, &x).converged);
}

RAVINE_TEST(an_interrupt_ends_a_refinement) {
    const float l[] = {1};
    const auto product = [](const double* v, Index, double* out) { *out = *v; };
    const double b = 1;
    double x = 0;
    ravine::threads::sleep_milliseconds(25);  // the probe is asked every 20 ms at most
    ravine::interrupt::set_probe([] { return true; });
    CHECK_THROWS(refine({.l = l, .n = 1, .stride = 1, .scale = 1, .norm = 1}, product, &b, 1, &x), ravine::Interrupted);
    ravine::interrupt::set_probe(nullptr);
}
