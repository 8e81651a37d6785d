#include <string>

#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"
#include "bindings/gil.hpp"
#include "linalg/cholesky.hpp"
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

// Writes the factor of A into L, which may be A itself; returns the failing pivot and its value, or -1.
std::pair<Index, double> cholesky(const py::object& A, const py::object& L) {
    const auto a = square_in(A, "A");
    double* const l = square_out(L, "L", a.rows);
    if (a.data != l) require_apart(A, "A", L, "L");
    const auto workspace = workspaces().borrow();
    const WithoutGil release;
    linalg::take_lower(a.data, a.rows, a.stride, l, a.rows);
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
    linalg::take_lower(l, a.rows, a.rows, l, a.rows);
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

}  // namespace

void bind_dense(py::module_& module) {
    const auto A = py::arg("A"), L = py::arg("L"), B = py::arg("B");
    module.def("find_flaw", &find_flaw, A);
    module.def("cholesky", &cholesky, A, L);
    module.def("cholesky_bytes", &linalg::cholesky_bytes, py::arg("n"));
    module.def("shifted_cholesky", &shifted_cholesky, A, L);
    module.def("cholesky_solve", &solve_in_place<&linalg::cholesky_solve>, L, B);
    module.def("solve_lower", &solve_in_place<&linalg::solve_lower>, L, B);
    module.def("solve_lower_transposed", &solve_in_place<&linalg::solve_lower_transposed>, L, B);
    module.def("log_determinant", &log_determinant, L);
    module.def("inverse_diagonal", &inverse_diagonal, L, py::arg("out"));
}

}  // namespace ravine::bindings
