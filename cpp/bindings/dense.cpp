#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/interrupt.hpp"
#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"
#include "bindings/gil.hpp"
#include "linalg/cholesky.hpp"
#include "linalg/definite_solve.hpp"
#include "linalg/eigen.hpp"
#include "linalg/ldlt.hpp"
#include "linalg/least_squares.hpp"
#include "linalg/shifted_cholesky.hpp"
#include "linalg/symmetric.hpp"
#include "linalg/triangular.hpp"

namespace ravine::bindings {

namespace {

// Scratch memory of the solvers, which belong to nobody: calls in turn use the same.
WorkspacePool& workspaces() {
    static WorkspacePool pool;
    return pool;
}

RowsView<double> square_in(const py::handle& object, const char* name) {
    const auto rows = rows_in<double>(object, name);
    if (rows.rows != rows.cols) return rows_in<double>(object, name, rows.rows, rows.rows);  // which refuses it
    return rows;
}

double* square_out(const py::handle& object, const char* name, Index n) {
    return array_out<double>(object, name, {n, n});
}

// Right-hand sides (n, columns) that are replaced by solutions.
struct Sides {
    double* data;
    Index columns;

    Sides(const py::object& B, Index n) : data(nullptr), columns(rows_in<double>(B, "B", n).cols) {
        data = array_out<double>(B, "B", {n, columns});
    }
};

// None, or (row, column, value, mirrored value) of what is not finite or not symmetric.
py::object find_flaw(const py::object& A) {
    const auto a = square_in(A, "A");
    std::optional<linalg::Flaw> flaw;
    {
        const WithoutGil release;
        flaw = linalg::find_flaw(a.data, a.rows, a.stride);
    }
    if (!flaw) return py::none();
    return py::make_tuple(flaw->row, flaw->column, flaw->value, flaw->mirrored);
}

// The lower triangle of A in L: A itself, or another matrix that holds zeros already.
void take_lower(const RowsView<double>& a, double* l) {
    if (a.data == l)
        linalg::clear_upper(l, a.rows, a.rows);
    else
        linalg::copy_lower(a.data, a.rows, a.stride, l, a.rows);
}

// Writes the factor of A into L, which is A itself or zero; returns the failing pivot and its value, or -1.
std::pair<Index, double> cholesky(const py::object& A, const py::object& L) {
    const auto a = square_in(A, "A");
    double* const l = square_out(L, "L", a.rows);
    if (a.data != l) require_apart(A, "A", L, "L");
    const auto workspace = workspaces().borrow();
    const WithoutGil release;
    take_lower(a, l);
    const Index failed = linalg::cholesky(l, a.rows, a.rows, *workspace);
    return {failed, failed < 0 ? 0.0 : l[failed * (a.rows + 1)]};
}

std::pair<double, int> shifted_cholesky(const py::object& A, const py::object& L) {
    const auto a = square_in(A, "A");
    double* const l = square_out(L, "L", a.rows);
    require_apart(A, "A", L, "L");
    const auto workspace = workspaces().borrow();
    const WithoutGil release;
    const linalg::Shift shift = linalg::shifted_cholesky(a.data, a.rows, a.stride, l, a.rows, *workspace);
    return {shift.alpha, shift.tries};
}

using Solve = void (*)(const double*, Index, Index, double*, Index, Index, Workspace&);

template <Solve solve>
void solve_in_place(const py::object& L, const py::object& B) {
    const auto l = square_in(L, "L");
    const Sides b(B, l.rows);
    require_apart(L, "L", B, "B");
    const auto workspace = workspaces().borrow();
    const WithoutGil release;
    solve(l.data, l.rows, l.stride, b.data, b.columns, b.columns, *workspace);
}

// A⁻¹ of the rows of B (count, n) into X: the failing pivot or -1, its value, and how often X was refined.
py::tuple solve_definite(const py::object& A, const py::object& B, const py::object& X) {
    const auto a = square_in(A, "A"), b = rows_in<double>(B, "B", -1, a.rows);
    if (b.stride != b.cols && b.rows > 1) throw InvalidArgument("B must be C-contiguous");
    double* const x = array_out<double>(X, "X", {b.rows, b.cols});
    require_all_apart({{A, "A", false}, {B, "B", false}, {X, "X", true}});
    linalg::DefiniteSolve end;
    {
        const WithoutGil release;
        end = linalg::solve_definite(a.data, a.rows, a.stride, b.data, b.rows, x);
    }
    return py::make_tuple(end.failed_pivot, end.pivot, end.refinements);
}

double log_determinant(const py::object& L) {
    const auto l = square_in(L, "L");
    return linalg::log_determinant(l.data, l.rows, l.stride);
}

void inverse_diagonal(const py::object& L, const py::object& out) {
    const auto l = square_in(L, "L");
    double* const diagonal = vector_out<double>(out, "out", l.rows).data();
    require_apart(L, "L", out, "out");
    const auto workspace = workspaces().borrow();
    const WithoutGil release;
    linalg::inverse_diagonal(l.data, l.rows, l.stride, diagonal, *workspace);
}

// min ‖A X - B‖² + ‖diag(damping) X‖² into X; returns rank and condition, and writes ‖A x - b‖² of each side.
std::pair<Index, double> least_squares(const py::object& A, const py::object& B, const py::object& scale,
                                       const py::object& damping, double tolerance, const py::object& X,
                                       const py::object& squares) {
    const auto a = rows_in<double>(A, "A"), b = rows_in<double>(B, "B", a.rows);
    const Index n = a.cols, columns = b.cols;
    const double* const scales = vector_in<double>(scale, "scale", n).data();
    const double* const dampings = damping.is_none() ? nullptr : vector_in<double>(damping, "damping", n).data();
    double* const x = array_out<double>(X, "X", {n, columns});
    double* const sums = vector_out<double>(squares, "squares", columns).data();
    require_all_apart(
        {{A, "A", false}, {B, "B", false}, {scale, "scale", false}, {X, "X", true}, {squares, "squares", true}});
    require_apart(X, "X", damping, "damping");
    require_apart(squares, "squares", damping, "damping");
    const auto kept = workspaces().borrow(), scratch = workspaces().borrow();
    const WithoutGil release;
    const Index numbers = checked_product(n, linalg::reduced_stride(n, columns));
    Cutter cutter = kept->cutter(checked_sum(checked_product(numbers, sizeof(double)),
                                             checked_product(columns, sizeof(double)) + Cutter::alignment));
    const linalg::Reduced reduced{.n = n,
                                  .columns = columns,
                                  .r = cutter.take<double>(numbers),
                                  .scale = scales,
                                  .rest = cutter.take<double>(columns)};
    linalg::reduce_rows(a.data, a.rows, a.stride, b.data, b.stride, reduced, *scratch);
    const linalg::Solution solution = linalg::solve_reduced(reduced, dampings, tolerance, x, columns, *scratch);
    for (Index side = 0; side < columns; ++side)
        sums[side] = linalg::residual_squares(reduced, side, x + side, columns, *scratch);
    return {solution.rank, solution.condition};
}

void column_norms(const py::object& A, const py::object& out) {
    const auto a = rows_in<double>(A, "A");
    double* const norms = vector_out<double>(out, "out", a.cols).data();
    require_apart(A, "A", out, "out");
    const WithoutGil release;
    linalg::column_norms(a.data, a.rows, a.cols, a.stride, norms);
}

linalg::Pivots pivots_of(const py::object& order, const py::object& diagonal, const py::object& below, Index n) {
    return {.order = reinterpret_cast<Index*>(vector_out<std::int64_t>(order, "order", n).data()),
            .diagonal = vector_out<double>(diagonal, "diagonal", n).data(),
            .below = vector_out<double>(below, "below", n).data()};
}

// Writes L, which is A itself or zero: A[order][:, order] = L D Lᵀ.
void ldlt(const py::object& A, const py::object& L, const py::object& order, const py::object& diagonal,
          const py::object& below) {
    const auto a = square_in(A, "A");
    const Index n = a.rows;
    double* const l = square_out(L, "L", n);
    const linalg::Pivots pivots = pivots_of(order, diagonal, below, n);
    if (a.data != l) require_apart(A, "A", L, "L");
    require_all_apart({{L, "L", true}, {order, "order", true}, {diagonal, "diagonal", true}, {below, "below", true}});
    const auto workspace = workspaces().borrow();
    const WithoutGil release;
    take_lower(a, l);
    linalg::ldlt(l, n, n, pivots, *workspace);
}

void ldlt_solve(const py::object& L, const py::object& order, const py::object& diagonal, const py::object& below,
                const py::object& B) {
    const auto l = square_in(L, "L");
    const linalg::Pivots pivots = pivots_of(order, diagonal, below, l.rows);
    const Sides b(B, l.rows);
    require_apart(L, "L", B, "B");
    for (Index i = 0; i < l.rows; ++i) {
        if (pivots.order[i] < 0 || pivots.order[i] >= l.rows) throw InvalidArgument("order must be a permutation");
    }
    if (l.rows > 0 && pivots.below[l.rows - 1] != 0) throw InvalidArgument("below must end with 0");
    const auto workspace = workspaces().borrow();
    const WithoutGil release;
    linalg::ldlt_solve(l.data, l.rows, l.stride, pivots, b.data, b.columns, b.columns, *workspace);
}

// An array on memory of the core's, for the time of one call: writable where the memory is.
template <typename T>
py::array lent(T* data, std::vector<Index> shape) {
    py::array_t<double> array(std::move(shape), data, py::capsule(data, [](void*) {}));
    if (std::is_const_v<T>) array.attr("flags").attr("writeable") = false;
    return array;
}

// LAPACK by NumPy, whose face is imported when it is first needed.
void eigensolver(const double* a, Index n, double* values, double* vectors) {
    if (interrupt::ended_by_another_thread()) throw Interrupted();  // nobody may ask for the lock any more
    const py::gil_scoped_acquire gil;
    const py::object solve = py::module_::import("ravine.linalg.lapack").attr("eigendecompose");
    solve(lent(a, {n, n}), lent(values, {n}),
          vectors == nullptr ? py::object(py::none()) : py::object(lent(vectors, {n, n})));
}

void eigendecompose(const py::object& A, const py::object& values, const py::object& vectors) {
    const auto a = square_in(A, "A");
    const Index n = a.rows;
    if (n > 1 && a.stride != n) throw InvalidArgument("A must be C-contiguous");
    double* const to = vector_out<double>(values, "values", n).data();
    double* const columns = vectors.is_none() ? nullptr : square_out(vectors, "vectors", n);
    require_apart(A, "A", values, "values");
    require_apart(A, "A", vectors, "vectors");
    require_apart(values, "values", vectors, "vectors");
    const WithoutGil release;
    linalg::eigendecompose(a.data, n, to, columns);
}

}  // namespace

void bind_dense(py::module_& module) {
    const auto A = py::arg("A"), L = py::arg("L"), B = py::arg("B");
    module.def("find_flaw", &find_flaw, A);
    module.def("cholesky", &cholesky, A, L);
    module.def("cholesky_bytes", &linalg::cholesky_bytes<double>, py::arg("n"));
    module.def("shifted_cholesky", &shifted_cholesky, A, L);
    module.def("cholesky_solve", &solve_in_place<&linalg::cholesky_solve<double>>, L, B);
    module.def("solve_lower", &solve_in_place<&linalg::solve_lower<double>>, L, B);
    module.def("solve_lower_transposed", &solve_in_place<&linalg::solve_lower_transposed<double>>, L, B);
    module.def("solve_definite", &solve_definite, A, B, py::arg("X"));
    module.def("log_determinant", &log_determinant, L);
    module.def("least_squares", &least_squares, A, B, py::arg("scale"), py::arg("damping").none(true),
               py::arg("tolerance"), py::arg("X"), py::arg("squares"));
    module.def("column_norms", &column_norms, A, py::arg("out"));
    const auto order = py::arg("order"), diagonal = py::arg("diagonal"), below = py::arg("below");
    module.def("ldlt", &ldlt, A, L, order, diagonal, below);
    module.def("ldlt_solve", &ldlt_solve, L, order, diagonal, below, B);
    module.def("eigendecompose", &eigendecompose, A, py::arg("values"), py::arg("vectors").none(true));
    linalg::set_eigensolver(&eigensolver);
    module.def("inverse_diagonal", &inverse_diagonal, L, py::arg("out"));
}

}  // namespace ravine::bindings
