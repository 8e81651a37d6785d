"""Orders at which a decomposition becomes LAPACK's, and solves of indefinite matrices."""

from __future__ import annotations

import numpy as np
import pytest

import ravine as rv


def quartic_with_saddle(n: int) -> dict[str, object]:
    """¼ Σ x⁴ + ½ xᵀAx, A with eigenvalues from -1 to 1 in random directions: 0 is a saddle."""
    random = np.random.default_rng(n)
    Q = np.linalg.qr(random.normal(size=(n, n)))[0]
    A = (Q * np.linspace(-1, 1, n)) @ Q.T
    A = (A + A.T) / 2
    return {
        "fun": lambda x: float(np.sum(x**4) / 4 + x @ A @ x / 2),
        "jac": lambda x: x**3 + A @ x,
        "hess": lambda x: np.diag(3 * x**2) + A,
    }


@pytest.mark.parametrize("n", [200, 201])
def test_saddle_free_newton_leaves_the_saddle_at_every_order(n):
    """|H| makes the first step the one that eigenvalues and eigenvectors by NumPy make."""
    parts = quartic_with_saddle(n)
    start = np.full(n, 1e-3)
    values, vectors = np.linalg.eigh(parts["hess"](start))
    expected = start - vectors @ ((vectors.T @ parts["jac"](start)) / np.abs(values))
    result = rv.minimize(x0=start, method="saddle-free-newton", maxiter=1, **parts)
    np.testing.assert_allclose(result.x, expected, atol=1e-9)
    assert result.fun < parts["fun"](start)


@pytest.mark.parametrize("n", [3, 70])
def test_one_textbook_step_solves_an_indefinite_quadratic(n):
    random = np.random.default_rng(n)
    A = random.normal(size=(n, n))
    A, b = A + A.T, random.normal(size=n)
    parts = {"jac": lambda x: A @ x - b, "hess": lambda _: A}
    result = rv.minimize(
        lambda x: float(x @ A @ x / 2 - b @ x), np.zeros(n), method="textbook-newton", gtol=1e-6, **parts
    )
    assert result.nit == 1
    np.testing.assert_allclose(A @ result.x, b, atol=1e-6)
    assert result.reason is rv.StopReason.STRICT_SADDLE


def test_a_singular_matrix_leaves_the_textbook_without_a_step():
    result = rv.minimize(
        lambda x: float(x[0]), [0.0, 0.0], method="textbook-newton", jac=lambda _: np.array([1.0, 0.0]),
        hess=lambda _: np.zeros((2, 2)),
    )  # fmt: skip
    assert result.reason is rv.StopReason.NO_DESCENT
    np.testing.assert_array_equal(result.x, [0.0, 0.0])
