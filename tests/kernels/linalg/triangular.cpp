#include "linalg/triangular.hpp"

#include <algorithm>

#include "base/interrupt.hpp"
#include "definite.hpp"
#include "harness.hpp"
#include "linalg/cholesky.hpp"
#include "thread_count.hpp"

using ravine::Index;
using ravine::Workspace;
using namespace ravine::linalg;
using namespace ravine::testing;

namespace {

// Diagonally dominant, so that the substitution loses nothing; NaN above the diagonal.
template <typename T = double>
Block<T> triangle(Index n, Index stride) {
    return definite_block<T>(n, stride);
}

template <typename T>
using Solve = void (*)(const T*, Index, Index, T*, Index, Index, Workspace&);

// max |L X - B| or |Lᵀ X - B| over some rows.
template <typename T>
double residual(const Block<T>& l, Index stride, bool transposed, const Block<T>& x, const Block<T>& b, Index n,
                Index columns, Index b_stride) {
    double worst = 0;
    for (Index i = 0; i < n; i += std::max<Index>(1, n / 30)) {
        for (Index c = 0; c < columns; ++c) {
            double sum = 0;
            for (Index j = transposed ? i : 0; j < (transposed ? n : i + 1); ++j)
                sum += static_cast<double>(transposed ? l[j * stride + i] : l[i * stride + j]) * x[j * b_stride + c];
            const double difference = std::abs(sum - b[i * b_stride + c]);
            worst = difference <= worst ? worst : difference;  // NaN counts as worse
        }
    }
    return worst;
}

template <typename T>
void check(Solve<T> solve, bool transposed) {
    const double eps = std::numeric_limits<T>::epsilon();
    for (const Index n : {1, 2, 9, 64, 65, 129, 300, 700}) {
        const Index stride = n + 2;
        const Block<T> l = triangle<T>(n, stride);
        for (const Index columns : {1, 2, 8, 71, 72, 73, 144, 150}) {
            const Index b_stride = columns + 1;
            const Block<T> b = random_block<T>(n * b_stride, 3);
            Block<T> x = random_block<T>(n * b_stride, 3);
            Workspace workspace;
            solve(l.data(), n, stride, x.data(), columns, b_stride, workspace);
            CHECK_NEAR(residual(l, stride, transposed, x, b, n, columns, b_stride), 0,
                       50 * eps * static_cast<double>(n));
            for (Index i = 0; i < n; ++i) CHECK_EQUAL(x[i * b_stride + columns], b[i * b_stride + columns]);
        }
    }
}

}  // namespace

RAVINE_TEST(solving_with_the_triangle_undoes_the_product) {
    check<float>(&solve_lower, false);
    check<double>(&solve_lower, false);
}

RAVINE_TEST(solving_with_the_transposed_triangle_undoes_the_product) {
    check<float>(&solve_lower_transposed, true);
    check<double>(&solve_lower_transposed, true);
}

RAVINE_TEST(nothing_to_solve_is_no_error) {
    Workspace workspace;
    cholesky_solve<double>(nullptr, 0, 0, nullptr, 3, 3, workspace);
    const double l = 2;
    cholesky_solve<double>(&l, 1, 1, nullptr, 0, 0, workspace);
    inverse_diagonal(nullptr, 0, 0, nullptr, workspace);
}

RAVINE_TEST(a_cholesky_solve_is_both_solves) {
    for (const Index columns : {1, 5}) {
        const Index n = 150;
        const Block<double> l = triangle(n, n);
        Block<double> both = random_block<double>(n * columns, 1), one = random_block<double>(n * columns, 1);
        Workspace workspace;
        cholesky_solve(l.data(), n, n, both.data(), columns, columns, workspace);
        solve_lower(l.data(), n, n, one.data(), columns, columns, workspace);
        solve_lower_transposed(l.data(), n, n, one.data(), columns, columns, workspace);
        CHECK(both == one);
    }
}

RAVINE_TEST(a_vector_in_a_column_of_a_matrix_is_solved_as_it_lies) {
    const Index n = 80;
    const Block<double> l = triangle(n, n);
    Block<double> wide = random_block<double>(n * 4, 2), narrow(n);
    for (Index i = 0; i < n; ++i) narrow[i] = wide[i * 4];
    Workspace workspace;
    cholesky_solve(l.data(), n, n, wide.data(), 1, 4, workspace);
    cholesky_solve(l.data(), n, n, narrow.data(), 1, 1, workspace);
    for (Index i = 0; i < n; ++i) CHECK_EQUAL(wide[i * 4], narrow[i]);
}

RAVINE_TEST(bits_of_solutions_depend_neither_on_threads_nor_on_neighbours) {
    const Index n = 900, columns = 200;
    const Block<double> l = triangle(n, n);
    Block<double> one = random_block<double>(n * columns, 4), vector = random_block<double>(n, 6), inverse(n);
    Workspace workspace;
    {
        const Threads single(1);
        cholesky_solve(l.data(), n, n, one.data(), columns, columns, workspace);
        cholesky_solve(l.data(), n, n, vector.data(), 1, 1, workspace);
        inverse_diagonal(l.data(), n, n, inverse.data(), workspace);
    }
    for (const int count : {2, 3}) {
        const Threads several(count);
        Block<double> many = random_block<double>(n * columns, 4), part = random_block<double>(n * columns, 4),
                      again = random_block<double>(n, 6), inverse_again(n);
        cholesky_solve(l.data(), n, n, many.data(), columns, columns, workspace);
        CHECK(many == one);
        cholesky_solve(l.data(), n, n, part.data() + 30, 3, columns, workspace);
        for (Index i = 0; i < n; ++i) {
            for (Index c = 30; c < 33; ++c) CHECK_EQUAL(part[i * columns + c], one[i * columns + c]);
        }
        cholesky_solve(l.data(), n, n, again.data(), 1, 1, workspace);
        CHECK(again == vector);
        inverse_diagonal(l.data(), n, n, inverse_again.data(), workspace);
        CHECK(inverse_again == inverse);
    }
}

RAVINE_TEST(the_diagonal_of_the_inverse_is_that_of_the_solutions_for_unit_vectors) {
    for (const Index n : {1, 40, 73, 150, 300}) {
        Block<double> l = definite_block(n, n), diagonal(n), identity(n * n);
        Workspace workspace;
        cholesky(l.data(), n, n, workspace);
        inverse_diagonal(l.data(), n, n, diagonal.data(), workspace);
        for (Index i = 0; i < n; ++i) identity[i * (n + 1)] = 1;
        cholesky_solve(l.data(), n, n, identity.data(), n, n, workspace);
        for (Index i = 0; i < n; ++i) CHECK_NEAR(diagonal[i], identity[i * (n + 1)], 1e-15 * static_cast<double>(n));
    }
}

RAVINE_TEST(an_interrupt_ends_a_solve) {
    const Index n = 600;
    const Block<double> l = triangle(n, n);
    Block<double> b = random_block<double>(n * 100, 1);
    Workspace workspace;
    const Threads single(1);                  // the caller's thread asks
    ravine::threads::sleep_milliseconds(25);  // the probe is asked every 20 ms at most
    ravine::interrupt::set_probe([] { return true; });
    CHECK_THROWS(cholesky_solve(l.data(), n, n, b.data(), 100, 100, workspace), ravine::Interrupted);
    ravine::interrupt::set_probe(nullptr);
}
