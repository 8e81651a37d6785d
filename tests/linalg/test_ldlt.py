"""LDLᵀ of indefinite matrices: the identity, inertia, solves, every error; eigendecompositions beside it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ravine as rv
from ravine import _core, reference
from support.memory import fortran, read_only, unaligned

EPS = np.finfo(np.float64).eps


def symmetric(n: int, seed: int = 0) -> np.ndarray:
    A = np.random.default_rng([n, seed]).normal(size=(n, n))
    return A + A.T


def with_inertia(positive: int, zero: int, negative: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng([positive, zero, negative, seed])
    n = positive + zero + negative
    values = np.concatenate([rng.uniform(0.5, 2, positive), np.zeros(zero), -rng.uniform(0.5, 2, negative)])
    Q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    A = (Q * values) @ Q.T
    return (A + A.T) / 2


def residual(A: np.ndarray, factors: rv.linalg.LDLT) -> float:
    p = factors.order
    return float(np.abs(factors.L @ factors.D @ factors.L.T - A[p][:, p]).max(initial=0))


@given(st.integers(0, 200), st.integers(0, 5))
@settings(max_examples=25)
def test_the_factors_make_the_matrix(n: int, seed: int) -> None:
    A = symmetric(n, seed)
    factors = rv.linalg.ldlt(A)
    assert (np.triu(factors.L, 1) == 0).all()
    assert (np.diagonal(factors.L) == 1).all()
    assert sorted(factors.order) == list(range(n))
    assert residual(A, factors) <= 50 * EPS * max(n, 1) * np.abs(A).max(initial=1)


@pytest.mark.parametrize("n", [1, 2, 7, 30])
def test_agrees_with_the_textbook(n: int) -> None:
    A = symmetric(n)
    p, L, D = reference.ldlt(A)
    factors = rv.linalg.ldlt(A)
    np.testing.assert_array_equal(factors.order, p)
    np.testing.assert_allclose(factors.L, L, atol=1e-9)
    np.testing.assert_allclose(factors.D, D, atol=1e-9)


def test_zeros_on_the_diagonal_take_blocks_of_two() -> None:
    A = np.zeros((130, 130))
    A[np.arange(0, 130, 2), np.arange(1, 130, 2)] = A[np.arange(1, 130, 2), np.arange(0, 130, 2)] = 1
    factors = rv.linalg.ldlt(A)
    assert factors.inertia == (65, 0, 65)
    assert residual(A, factors) == 0
    np.testing.assert_array_equal(factors.solve(A @ np.arange(130.0)), np.arange(130.0))


@given(st.integers(0, 40), st.integers(0, 10), st.integers(0, 40), st.integers(0, 3))
@settings(max_examples=30)
def test_inertia_counts_signs(positive: int, zero: int, negative: int, seed: int) -> None:
    factors = rv.linalg.ldlt(with_inertia(positive, zero, negative, seed))
    assert factors.inertia_within(1e-10) == (positive, zero, negative)


def test_zero_is_a_matter_of_tolerance() -> None:
    factors = rv.linalg.ldlt(np.diag([1.0, 1e-9, -1e-9, 0.0]))
    assert factors.inertia == (2, 1, 1)
    assert factors.inertia_within(1e-6) == (1, 3, 0)
    with pytest.raises(ValueError, match="tolerance"):
        factors.inertia_within(-1.0)
    assert rv.linalg.ldlt(np.zeros((3, 3))).inertia == (0, 3, 0)


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("n", [20, 600])
def test_threads_do_not_change_a_bit(n: int) -> None:
    A, B = symmetric(n), np.ones((n, 3))
    results = []
    for threads in (1, 2, 3, 4):
        rv.set_num_threads(threads)
        factors = rv.linalg.ldlt(A)
        results.append((factors.L, factors.order, factors.diagonal, factors.below, factors.solve(B)))
    for other in results[1:]:
        for one, many in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(one, many)


@pytest.mark.parametrize("shape", [(90,), (90, 1), (90, 40)])
def test_solutions_solve(shape: tuple[int, ...]) -> None:
    A, X = symmetric(90), np.random.default_rng(1).normal(size=shape)
    B = A @ X
    np.testing.assert_allclose(rv.linalg.ldlt(A).solve(B), X, atol=1e-10)
    assert B.shape == shape


def test_determinants() -> None:
    A = symmetric(60)
    np.testing.assert_allclose(rv.linalg.ldlt(A).log_determinant(), np.linalg.slogdet(A), rtol=1e-12)
    assert rv.linalg.ldlt(np.zeros((2, 2))).log_determinant() == (0.0, -np.inf)


@pytest.mark.parametrize("layout", [fortran, read_only, unaligned])
def test_any_layout_will_do(layout: object) -> None:
    A = symmetric(40)
    assert callable(layout)
    np.testing.assert_array_equal(rv.linalg.ldlt(layout(A)).L, rv.linalg.ldlt(A).L)


def test_a_singular_matrix_is_not_solved_with() -> None:
    factors = rv.linalg.ldlt(np.diag([1.0, 0.0, 2.0]))
    with pytest.raises(rv.linalg.SingularMatrixError, match="D"):
        factors.solve(np.ones(3))


def test_what_is_no_symmetric_matrix_is_refused() -> None:
    for function in (rv.linalg.ldlt, rv.linalg.eigh):
        with pytest.raises(ValueError, match="A must be a square matrix"):
            function(np.ones((2, 3)))
        with pytest.raises(ValueError, match=r"A must be symmetric, got A\[1, 0\]"):
            function([[1.0, 2.0], [3.0, 4.0]])
        with pytest.raises(ValueError, match=r"got inf at A\[1, 1\]"):
            function(np.diag([1.0, np.inf]))
    with pytest.raises(ValueError, match="B must have shape"):
        rv.linalg.ldlt(np.eye(2)).solve(np.ones(3))


def test_a_factorisation_prints_its_inertia() -> None:
    assert repr(rv.linalg.ldlt(np.diag([1.0, -1.0]))) == (
        "LDLT(n=2, Inertia(positive=1, zero=0, negative=1))"
    )


def test_without_check_the_lower_triangle_alone_is_read() -> None:
    A = symmetric(30)
    broken = np.tril(A) + np.triu(np.full_like(A, np.nan), 1)
    np.testing.assert_array_equal(rv.linalg.ldlt(broken, check=False).L, rv.linalg.ldlt(A).L)


def test_the_core_checks_permutations_and_overlap() -> None:
    ones = np.ones(2)
    with pytest.raises(ValueError, match="permutation"):
        _core.ldlt_solve(np.eye(2), np.array([0, 2]), ones, np.zeros(2), np.ones((2, 1)))
    with pytest.raises(ValueError, match="end with 0"):
        _core.ldlt_solve(np.eye(2), np.array([0, 1]), ones, ones, np.ones((2, 1)))
    with pytest.raises(ValueError, match="overlap"):
        _core.ldlt(np.eye(2), np.empty((2, 2)), np.array([0, 1]), ones, ones)


@pytest.mark.parametrize("n", [0, 1, 40])
def test_eigendecompositions(n: int) -> None:
    A = symmetric(n)
    values, V = rv.linalg.eigh(A)
    assert V is not None
    np.testing.assert_allclose((V * values) @ V.T, A, atol=1e-12)
    np.testing.assert_allclose(V.T @ V, np.eye(n), atol=1e-12)
    alone = rv.linalg.eigh(A, vectors=False)
    assert alone.vectors is None
    np.testing.assert_allclose(alone.values, values, atol=1e-12)


def test_errors_of_lapack_come_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: np.ndarray) -> None:
        raise np.linalg.LinAlgError("did not converge")

    monkeypatch.setattr(np.linalg, "eigh", fail)
    with pytest.raises(np.linalg.LinAlgError, match="did not converge"):
        rv.linalg.eigh(np.eye(3))


def test_memory_is_asked_for_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ravine.memory.available_bytes", lambda: 1000.0)
    with pytest.raises(MemoryError, match="lanczos"):
        rv.linalg.ldlt(np.eye(300))
    with pytest.raises(MemoryError, match="lanczos"):
        rv.linalg.eigh(np.eye(300))
