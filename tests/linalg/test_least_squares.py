"""Least squares by reflections: minimisers, rank, damping, digits, layouts, and every error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ravine as rv
from ravine import _core, reference
from support.memory import fortran, read_only, reversed_rows, unaligned

EPS = np.finfo(np.float64).eps
solve = rv.linalg.qr_least_squares


def problem(m: int, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([m, n, seed])
    return rng.normal(size=(m, n)), rng.normal(size=m)


@given(st.integers(1, 400), st.integers(1, 90), st.integers(0, 3), st.booleans())
@settings(max_examples=30)
def test_the_residual_is_orthogonal_to_the_columns(m: int, n: int, columns: int, scale: bool) -> None:
    A, _ = problem(m, n)
    b = np.random.default_rng([m, columns]).normal(size=(m, columns))
    result = solve(A, b, scale=scale)
    assert result.rank == min(m, n)
    residual = A @ result.x - b
    np.testing.assert_allclose(A.T @ residual, 0, atol=1e-10 * np.linalg.norm(A))
    np.testing.assert_allclose(result.squares, (residual**2).sum(axis=0), atol=1e-9)


@pytest.mark.parametrize(("m", "n"), [(1, 1), (9, 3), (70, 40)])
def test_agrees_with_the_textbook(m: int, n: int) -> None:
    A, b = problem(m, n)
    np.testing.assert_allclose(solve(A, b).x, reference.least_squares(A, b), rtol=1e-9)
    damped = solve(A, b, damping=0.3).x
    np.testing.assert_allclose(damped, reference.least_squares(A, b, damping=0.3), rtol=1e-9)


@pytest.mark.parametrize(("m", "n"), [(4000, 40), (3000, 150), (500, 200), (100, 250)])
def test_tall_and_wide_matrices_agree_with_numpy(m: int, n: int) -> None:
    A, b = problem(m, n)
    expected, squares, rank, _ = np.linalg.lstsq(A, b, rcond=None)
    result = solve(A, b, scale=False)
    assert result.rank == rank
    np.testing.assert_allclose(result.x, expected, atol=1e-11)
    if m > n:
        np.testing.assert_allclose(result.squares, squares[0], rtol=1e-11)


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize(("m", "n"), [(50, 16), (3000, 60), (400, 300)])
def test_threads_do_not_change_a_bit(m: int, n: int) -> None:
    A, b = problem(m, n)
    results = []
    for threads in (1, 2, 3, 4):
        rv.set_num_threads(threads)
        results.append((solve(A, b), solve(A, b, damping=np.linspace(0, 1, n))))
    for plain, damped in results[1:]:
        np.testing.assert_array_equal(plain.x, results[0][0].x)
        np.testing.assert_array_equal(damped.x, results[0][1].x)
        assert plain.squares == results[0][0].squares


@given(st.integers(2, 60), st.integers(1, 20), st.integers(0, 9))
@settings(max_examples=25)
def test_the_rank_is_found_and_the_shortest_solution_taken(m: int, n: int, rank: int) -> None:
    rng = np.random.default_rng([m, n, rank])
    rank = min(rank, m, n)
    A, b = rng.normal(size=(m, rank)) @ rng.normal(size=(rank, n)), rng.normal(size=m)
    result = solve(A, b, scale=False, tolerance=1e-10)
    assert result.rank == rank
    assert np.isinf(result.condition) == (rank < n)
    expected = np.linalg.lstsq(A, b, rcond=1e-10)[0]
    np.testing.assert_allclose(result.x, expected, atol=1e-6 * max(1, np.abs(expected).max(initial=0)))


def test_scaling_makes_units_irrelevant() -> None:
    A, b = problem(80, 12)
    units = 10.0 ** np.arange(-90, 90, 15)
    plain, scaled = solve(A, b), solve(A * units, b)
    assert scaled.rank == 12
    np.testing.assert_allclose(scaled.x * units, plain.x, rtol=1e-11)
    assert solve(A * units, b, scale=False).rank < 12


@pytest.mark.parametrize("size", [1e-160, 1e160])
def test_sizes_that_squares_cannot_hold(size: float) -> None:
    A, b = problem(30, 5)
    for scale in (True, False):
        np.testing.assert_allclose(solve(A * size, b, scale=scale).x * size, solve(A, b).x, rtol=1e-11)


def test_digits_that_the_normal_equations_lose() -> None:
    # Läuchli's matrix: AᵀA rounds to a singular matrix, A has rank 2.
    delta = 1e-9
    A, x = np.array([[1.0, 1.0], [delta, 0.0], [0.0, delta]]), np.array([2.0, -1.0])
    result = solve(A, A @ x)
    assert result.rank == 2
    np.testing.assert_allclose(result.x, x, atol=10 * EPS / delta)
    assert np.linalg.matrix_rank(A.T @ A) == 1


def test_digits_of_badly_conditioned_polynomials() -> None:
    t = np.linspace(0, 1, 200)
    A, x = np.vander(t, 12, increasing=True), np.ones(12)
    result = solve(A, A @ x)
    assert 1e6 < result.condition < 1e12
    np.testing.assert_allclose(result.x, x, atol=10 * EPS * result.condition)


@given(st.integers(1, 60), st.integers(1, 30), st.floats(0, 5))
@settings(max_examples=20)
def test_damping_is_rows_below(m: int, n: int, damping: float) -> None:
    A, b = problem(m, n)
    each = np.random.default_rng(n).uniform(0.1, 1, n) * damping
    stacked, zeros = np.vstack([A, np.diag(np.sqrt(each))]), np.zeros(n)
    result = solve(A, b, damping=each)
    expected = np.linalg.lstsq(stacked, np.concatenate([b, zeros]), rcond=None)[0]
    if np.linalg.cond(stacked) < 1e6:
        np.testing.assert_allclose(result.x, expected, atol=1e-8)


def test_damping_makes_a_singular_matrix_regular() -> None:
    result = solve(np.zeros((3, 2)), np.ones(3), damping=1.0)
    assert result.rank == 2
    np.testing.assert_array_equal(result.x, [0, 0])


@pytest.mark.parametrize("layout", [fortran, read_only, reversed_rows, unaligned, np.float32])
def test_any_layout_will_do(layout: Any) -> None:
    A, b = problem(40, 6)
    A = A.astype(np.float32).astype(np.float64)
    np.testing.assert_array_equal(solve(layout(A), b).x, solve(A, b).x)


def test_empty_problems() -> None:
    assert solve(np.ones((3, 0)), np.ones(3)).x.shape == (0,)
    assert solve(np.ones((3, 0)), np.ones(3)).squares == 3
    result = solve(np.ones((0, 2)), np.ones(0))
    assert result.rank == 0
    np.testing.assert_array_equal(result.x, [0, 0])


def test_results_print_themselves() -> None:
    assert "rank=1" in repr(solve([[1.0]], [1.0]))


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((np.ones(3), np.ones(3)), ValueError, r"A must be a matrix \(m, n\), got shape \(3,\)"),
        ((np.full((2, 2), np.nan), np.ones(2)), ValueError, r"A must be finite, got nan at A\[0, 0\]"),
        ((np.ones((2, 2)), np.ones(3)), ValueError, r"b must have shape \(2,\)"),
        ((np.ones((2, 2)), [1, np.inf]), ValueError, "b must be finite"),
        ((np.ones((2, 2)) * 1j, np.ones(2)), TypeError, "A must hold real numbers"),
        (
            (np.ones((2, 2)), np.ones(2), True, -1.0),
            ValueError,
            r"not be negative, got -1.0 at damping\[0\]",
        ),
        ((np.ones((2, 2)), np.ones(2), True, np.ones(3)), ValueError, r"damping must be a number or"),
        ((np.ones((2, 2)), np.ones(2), True, [0, np.nan]), ValueError, "damping must be finite"),
        ((np.ones((2, 2)), np.ones(2), True, None, -1.0), ValueError, "tolerance"),
    ],
)
def test_wrong_arguments_are_named(arguments: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        solve(*arguments)


def test_memory_is_asked_for_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ravine.memory.available_bytes", lambda: 1000.0)
    with pytest.raises(MemoryError, match="conjugate_gradient"):
        solve(np.ones((20, 300)), np.ones(20))


def test_the_core_refuses_overlap() -> None:
    A, x = np.eye(4), np.ones(4)
    with pytest.raises(ValueError, match="overlap"):
        _core.least_squares(A, x[:, None], np.ones(4), None, 0.0, x[:, None], np.empty(1))
    with pytest.raises(ValueError, match="overlap"):
        _core.column_norms(A, A[0])
