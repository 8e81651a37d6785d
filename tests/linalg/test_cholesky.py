"""Cholesky's factor and its uses, on NumPy arrays: identities, layouts, and every error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ravine as rv
from ravine import _core, reference
from support.memory import BORROWED, fortran, other_byte_order, read_only, unaligned

EPS = np.finfo(np.float64).eps


def definite(n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng([n, seed])
    half = rng.normal(size=(n, n))
    return half @ half.T / max(n, 1) + 0.1 * np.eye(n)


def with_eigenvalues(values: np.ndarray, seed: int = 0) -> np.ndarray:
    n = len(values)
    Q, _ = np.linalg.qr(np.random.default_rng([n, seed]).normal(size=(n, n)))
    A = (Q * values) @ Q.T
    return (A + A.T) / 2


@given(st.integers(0, 300), st.integers(0, 3))
@settings(max_examples=25)
def test_factor_times_its_transpose_is_the_matrix(n: int, seed: int) -> None:
    A = definite(n, seed)
    L = rv.linalg.cholesky(A)
    assert (np.triu(L, 1) == 0).all()
    assert (np.diagonal(L) > 0).all()
    np.testing.assert_allclose(L @ L.T, A, rtol=0, atol=4 * EPS * max(n, 1) ** 0.5 * np.abs(A).max(initial=1))


@pytest.mark.parametrize("n", [1, 5, 17, 40])
def test_agrees_with_the_textbook(n: int) -> None:
    A, B = definite(n), np.random.default_rng(n).normal(size=(n, 3))
    L = rv.linalg.cholesky(A)
    np.testing.assert_allclose(L, reference.cholesky(A), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(
        rv.linalg.solve_triangular(L, B), reference.forward_substitution(L, B), rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(
        rv.linalg.solve_triangular(L, B, transposed=True),
        reference.back_substitution(L.T, B),
        rtol=1e-10,
        atol=1e-12,
    )


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("n", [3, 90, 700])
def test_threads_do_not_change_a_bit(n: int) -> None:
    A, b, B = definite(n), np.ones(n), np.random.default_rng(n).normal(size=(n, 100))
    results = []
    for threads in (1, 2, 3, 4):
        rv.set_num_threads(threads)
        L = rv.linalg.cholesky(A)
        indefinite = A - 0.5 * np.eye(n)
        shifted = rv.linalg.shifted_cholesky(indefinite)
        results.append(
            (
                L,
                rv.linalg.cholesky_solve(L, b),
                rv.linalg.cholesky_solve(L, B),
                rv.linalg.inverse_diagonal(L),
                shifted.factor,
                shifted.alpha,
            )
        )
    for other in results[1:]:
        for one, many in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(one, many)


@pytest.mark.parametrize("layout", [*BORROWED.values(), fortran, unaligned, other_byte_order, read_only])
def test_any_layout_gives_the_same_factor(layout: Callable[[np.ndarray], np.ndarray]) -> None:
    A = definite(30)
    given_as = layout(A)
    before = given_as.copy()
    np.testing.assert_array_equal(rv.linalg.cholesky(given_as), rv.linalg.cholesky(A))
    np.testing.assert_array_equal(given_as, before)


def test_whole_numbers_and_float32_are_converted() -> None:
    A = [[4, 2], [2, 5]]
    expected = [[2.0, 0.0], [1.0, 2.0]]
    for kind in (np.array(A), A, np.array(A, np.float32)):
        np.testing.assert_array_equal(rv.linalg.cholesky(kind), expected)


def test_overwrite_works_in_place() -> None:
    A = definite(100)
    expected = rv.linalg.cholesky(A)
    assert rv.linalg.cholesky(A, overwrite=True) is A
    np.testing.assert_array_equal(A, expected)


def test_without_check_the_lower_triangle_alone_is_read() -> None:
    A = definite(80)
    broken = np.tril(A) + np.triu(np.full_like(A, np.nan), 1)
    np.testing.assert_array_equal(rv.linalg.cholesky(broken, check=False), rv.linalg.cholesky(A))
    broken[50, 3] = np.inf
    with pytest.raises(rv.linalg.NotPositiveDefiniteError) as error:
        rv.linalg.cholesky(broken, check=False)
    assert error.value.pivot == 50


@given(st.integers(1, 200), st.integers(0, 80), st.booleans(), st.booleans())
@settings(max_examples=25)
def test_triangular_solves_undo_products(n: int, columns: int, lower: bool, transposed: bool) -> None:
    rng = np.random.default_rng([n, columns])
    L = np.tril(rng.uniform(-1, 1, (n, n)), -1) / n + np.diag(rng.uniform(1, 2, n))
    A = L if lower else np.ascontiguousarray(L.T)
    X = rng.normal(size=(n, columns)) if columns else rng.normal(size=n)
    B = (A.T if transposed else A) @ X
    solution = rv.linalg.solve_triangular(A, B, lower=lower, transposed=transposed)
    np.testing.assert_allclose(solution, X, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [0, 1, 3, 80, 200])
def test_solutions_determinant_and_inverse(n: int) -> None:
    A, rng = definite(n), np.random.default_rng(n)
    L = rv.linalg.cholesky(A)
    for shape in ((n,), (n, 1), (n, 5), (n, 0)):
        B = rng.normal(size=shape)
        X = rv.linalg.cholesky_solve(L, B)
        assert X.shape == shape
        np.testing.assert_allclose(A @ X, B, atol=1e-11)
    np.testing.assert_allclose(rv.linalg.log_determinant(L), np.linalg.slogdet(A)[1], atol=1e-10)
    np.testing.assert_allclose(rv.linalg.inverse_diagonal(L), np.diag(np.linalg.inv(A)), rtol=1e-10)


def test_determinants_that_overflow_have_a_logarithm() -> None:
    L = np.diag(np.full(400, 1e5))
    assert rv.linalg.log_determinant(L) == pytest.approx(800 * np.log(1e5))


@pytest.mark.parametrize(("n", "pivot"), [(1, 0), (6, 3), (90, 70), (300, 299), (300, 150)])
def test_the_failing_pivot_is_named(n: int, pivot: int) -> None:
    A = definite(n)
    A[pivot, pivot] = -1
    with pytest.raises(rv.linalg.NotPositiveDefiniteError, match=f"at index {pivot} of {n}") as error:
        rv.linalg.cholesky(A)
    leading = A[:pivot, :pivot]
    row = A[pivot, :pivot]
    expected = A[pivot, pivot] - row @ np.linalg.solve(leading, row)
    assert error.value.pivot == pivot
    assert error.value.value == pytest.approx(expected, rel=1e-9)
    assert isinstance(error.value, np.linalg.LinAlgError)


@given(st.integers(1, 60), st.floats(-6, 6), st.integers(0, 5))
@settings(max_examples=30)
def test_a_shift_is_enough_and_not_much_too_large(n: int, exponent: float, seed: int) -> None:
    values = np.random.default_rng([n, seed]).normal(size=n) * 10**exponent
    A = with_eigenvalues(values, seed)
    result = rv.linalg.shifted_cholesky(A)
    scale = np.abs(values).max()
    assert result.alpha >= -values.min() - 1e-10 * scale
    assert result.alpha <= max(5 * -values.min(), 0) + 1e-7 * scale
    assert result.tries <= 15
    shifted = A + result.alpha * np.eye(n)
    np.testing.assert_allclose(result.factor @ result.factor.T, shifted, rtol=0, atol=1e-13 * n * scale)
    B = shifted @ np.ones(n)
    np.testing.assert_allclose(shifted @ result.solve(B), B, atol=1e-9 * scale)


def test_a_shifted_factor_prints_itself() -> None:
    assert "tries=" in repr(rv.linalg.shifted_cholesky(-np.eye(3)))


MATRIX_ERRORS: list[tuple[Any, type[Exception], str]] = [
    (np.ones((2, 3)), ValueError, r"A must be a square matrix, got shape \(2, 3\)"),
    (np.ones(4), ValueError, r"A must be a square matrix, got shape \(4,\)"),
    (np.array([[1.0, 2.0], [2.5, 9.0]]), ValueError, r"A\[1, 0\] = 2.5 and A\[0, 1\] = 2.0, 0.5 apart"),
    (np.array([[1.0, np.nan], [0.0, 9.0]]), ValueError, r"A must be finite, got nan at A\[0, 1\]"),
    (np.array([[1.0, 0.0], [-np.inf, 9.0]]), ValueError, r"A must be finite, got -inf at A\[1, 0\]"),
    (np.eye(2) * 1j, TypeError, "A must hold real numbers"),
    ([["a"]], TypeError, "A must hold real numbers"),
    (np.ma.masked_array(np.eye(2)), TypeError, "A must be a plain array"),
]


@pytest.mark.parametrize("function", [rv.linalg.cholesky, rv.linalg.shifted_cholesky])
@pytest.mark.parametrize(("A", "error", "text"), MATRIX_ERRORS)
def test_matrices_are_refused_by_name(function: Any, A: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        function(A)


@pytest.mark.parametrize(("i", "j"), [(150, 20), (20, 150), (199, 198), (47, 48)])
def test_flaws_are_found_wherever_they_are(i: int, j: int) -> None:
    A = definite(200)
    A[i, j] += 1e-3
    with pytest.raises(ValueError, match=rf"A must be symmetric.*A\[{max(i, j)}, {min(i, j)}\]"):
        rv.linalg.cholesky(A)
    A[i, j] = np.nan
    with pytest.raises(ValueError, match=rf"A must be finite, got nan at A\[{i}, {j}\]"):
        rv.linalg.cholesky(A)


def test_rounding_is_no_asymmetry() -> None:
    A = definite(120)
    A[100, 3] *= 1 + 4 * EPS
    rv.linalg.cholesky(A)


@pytest.mark.parametrize(
    ("A", "error", "text"),
    [
        (np.eye(2, dtype=np.float32), TypeError, "float64 array to be overwritten, got dtype float32"),
        ([[1.0]], TypeError, "float64 array to be overwritten, got list"),
        (np.ones((2, 3)), ValueError, "square"),
        (np.eye(4)[::2, ::2], ValueError, "C-contiguous"),
        (read_only(np.eye(2)), ValueError, "writable"),
        (unaligned(np.eye(2)), ValueError, "aligned"),
    ],
)
def test_what_cannot_be_overwritten_is_refused(A: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        rv.linalg.cholesky(A, overwrite=True)


@pytest.mark.parametrize("solve", [rv.linalg.cholesky_solve, rv.linalg.solve_triangular])
def test_solves_refuse_what_does_not_fit(solve: Any) -> None:
    with pytest.raises(ValueError, match=r"B must have shape \(2,\) or \(2, columns\), got \(3,\)"):
        solve(np.eye(2), np.ones(3))
    with pytest.raises(ValueError, match=r"got \(\)"):
        solve(np.eye(2), 1.0)
    with pytest.raises(ValueError, match="B must be finite"):
        solve(np.eye(2), [1.0, np.nan])
    with pytest.raises(rv.linalg.SingularMatrixError, match=r"\[1, 1\] = 0") as error:
        solve(np.diag([1.0, 0.0]), np.ones(2))
    assert error.value.position == 1
    with pytest.raises(ValueError, match="must be finite"):
        solve(np.diag([1.0, np.inf]), np.ones(2))
    with pytest.raises(ValueError, match="square"):
        solve(np.ones((2, 3)), np.ones(2))


@pytest.mark.parametrize("function", [rv.linalg.log_determinant, rv.linalg.inverse_diagonal])
def test_factors_have_positive_diagonals(function: Any) -> None:
    with pytest.raises(ValueError, match=r"positive diagonal, got L\[1, 1\] = -2.0"):
        function(np.diag([1.0, -2.0]))


def test_memory_is_asked_for_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ravine.memory.available_bytes", lambda: 1000.0)
    with pytest.raises(MemoryError, match="overwrite=True"):
        rv.linalg.cholesky(np.eye(300))
    A = np.eye(300)
    assert rv.linalg.cholesky(A, overwrite=True) is A


def test_the_core_refuses_overlap_and_wrong_shapes() -> None:
    memory = np.zeros(200)
    A, shifted = memory[:100].reshape(10, 10), memory[50:150].reshape(10, 10)
    with pytest.raises(ValueError, match="overlap"):
        _core.cholesky(A, shifted)
    with pytest.raises(ValueError, match="overlap"):
        _core.shifted_cholesky(A, A)
    with pytest.raises(ValueError, match="overlap"):
        _core.cholesky_solve(A, shifted)
    with pytest.raises(ValueError, match="L must be of shape"):
        _core.cholesky(np.eye(3), np.empty((2, 2)))
    with pytest.raises(ValueError, match="A must be of shape"):
        _core.find_flaw(np.ones((2, 3)))


def test_workspace_is_linear_in_the_order() -> None:
    assert _core.cholesky_bytes(64) == 0
    assert _core.cholesky_bytes(20_000) < 8 * 20_000**2 / 50


@given(st.integers(1, 400), st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_a_definite_system_is_solved_to_double_precision(n: int, seed: int) -> None:
    A, B = definite(n, seed), np.random.default_rng(n).normal(size=(n, 3))
    X = rv.linalg.solve_definite(A, B)
    assert X.flags.c_contiguous
    sizes = np.linalg.norm(A, 2) * np.linalg.norm(X, axis=0) + np.linalg.norm(B, axis=0)
    assert (np.linalg.norm(B - A @ X, axis=0) / sizes).max() < 4 * EPS
    np.testing.assert_array_equal(rv.linalg.solve_definite(A, B[:, 0]).shape, (n,))


def test_conditions_decide_about_the_precision() -> None:
    n = 300
    b = np.random.default_rng(0).normal(size=(1, n))
    for smallest, refined in ((1e-3, True), (1e-5, True), (1e-9, False)):
        A = with_eigenvalues(np.geomspace(smallest, 1, n))
        assert (_core.solve_definite(A, b, np.empty_like(b))[2] > 0) == refined
        x = rv.linalg.solve_definite(A, b[0])
        assert np.linalg.norm(A @ x - b[0]) < 30 * EPS * np.linalg.norm(x)


def test_a_definite_system_in_any_layout_is_kept_as_it_is() -> None:
    A, b = definite(300), np.ones(300)
    want = rv.linalg.solve_definite(A, b)
    for layout in (fortran, other_byte_order, read_only, unaligned):
        matrix = layout(A)
        np.testing.assert_array_equal(rv.linalg.solve_definite(matrix, layout(b)), want)
        np.testing.assert_array_equal(matrix, A)
    wide = np.full((300, 310), np.nan)
    wide[:, :300] = A
    np.testing.assert_array_equal(rv.linalg.solve_definite(wide[:, :300], b), want)


@pytest.mark.parametrize("n", [5, 300])
def test_a_system_that_is_not_definite_is_refused(n: int) -> None:
    A = definite(n)
    A[n - 2, n - 2] = -1
    with pytest.raises(rv.linalg.NotPositiveDefiniteError) as caught:
        rv.linalg.solve_definite(A, np.ones(n))
    assert caught.value.pivot == n - 2
    A[0, 1] = 7
    with pytest.raises(ValueError, match="symmetric"):
        rv.linalg.solve_definite(A, np.ones(n))
    A[0, 1] = A[1, 0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        rv.linalg.solve_definite(A, np.ones(n))
    with pytest.raises(ValueError, match="shape"):
        rv.linalg.solve_definite(np.eye(n), np.ones(n + 1))
    with pytest.raises(ValueError, match="finite"):
        rv.linalg.solve_definite(np.eye(n), np.full(n, np.inf))
    with pytest.raises(ValueError, match="square"):
        rv.linalg.solve_definite(np.ones((n, n + 1)), np.ones(n))


def test_slight_negative_curvature_is_noticed_by_what_feels_it() -> None:
    """Single precision finds a factor for the seed 0: but no solution settles, and double is asked."""
    n = 300
    values = np.geomspace(1e-3, 1, n)
    values[0] = -1e-9
    A, rng = with_eigenvalues(values), np.random.default_rng(1)
    for _ in range(5):
        with pytest.raises(rv.linalg.NotPositiveDefiniteError):
            rv.linalg.solve_definite(A, rng.normal(size=n))
