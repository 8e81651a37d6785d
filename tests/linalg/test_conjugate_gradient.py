"""Conjugate gradient against dense solutions, its answers at boundaries and saddles, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ravine as rv
from ravine.linalg import ConjugateGradientReason as Reason
from support.spectra import random_vector, with_spectrum


@given(
    n=st.integers(1, 30), condition=st.floats(1, 1e4), seed=st.integers(0, 999), form=st.sampled_from("mfo")
)
@settings(max_examples=30, deadline=None)
def test_it_solves_what_a_dense_solver_solves(n: int, condition: float, seed: int, form: str) -> None:
    A, b = with_spectrum(np.geomspace(1, condition, n), seed), random_vector(n, seed)
    given_as: Any = {"m": A, "f": lambda v: A @ v, "o": Operator(A)}[form]
    result = rv.linalg.conjugate_gradient(given_as, b, relative_tolerance=1e-10)
    assert result.success
    assert result.residual_norm <= result.threshold == pytest.approx(1e-10 * np.linalg.norm(b))
    np.testing.assert_allclose(b - A @ result.x, 0, atol=1.1 * result.threshold)
    np.testing.assert_allclose(result.x, np.linalg.solve(A, b), rtol=0, atol=1.1 * result.threshold)
    assert result.model == pytest.approx(-0.5 * b @ result.x, rel=1e-8)
    assert 0.99 <= result.least_curvature <= result.greatest_curvature <= 1.01 * condition


class Operator:
    """What SciPy's linear operators and sparse matrices have."""

    def __init__(self, A: np.ndarray) -> None:
        self._A, self.shape = A, A.shape

    def __matmul__(self, v: np.ndarray) -> np.ndarray:
        return self._A @ v


def test_a_preconditioner_in_each_of_its_forms() -> None:
    scales = np.geomspace(1, 1e6, 50)
    A = np.sqrt(scales)[:, None] * with_spectrum(np.linspace(1, 2, 50), 0) * np.sqrt(scales)
    b = random_vector(50, 1)
    plain = rv.linalg.conjugate_gradient(A, b)
    forms: list[Any] = [scales, np.diag(1 / scales), lambda r: r / scales]
    for form in forms:
        result = rv.linalg.conjugate_gradient(A, b, preconditioner=form)
        assert result.success
        assert result.iterations < plain.iterations / 4
    inside = rv.linalg.conjugate_gradient(A, b, preconditioner=scales, radius=1e-4)
    assert inside.reason is Reason.BOUNDARY
    assert inside.x @ (scales * inside.x) == pytest.approx(1e-8, rel=1e-10)
    bad = rv.linalg.conjugate_gradient(A, b, preconditioner=lambda r: -r)
    assert bad.reason is Reason.BAD_PRECONDITIONER
    assert not bad.x.any()


def test_steihaugs_answers() -> None:
    A, b = with_spectrum(np.linspace(-1, 20, 40), 0), random_vector(40, 0)
    free = rv.linalg.conjugate_gradient(A, b)
    assert free.reason is Reason.NEGATIVE_CURVATURE
    p = free.direction
    assert p is not None
    assert p @ A @ p < 0 < b @ p
    assert free.least_curvature == pytest.approx(p @ A @ p / (p @ p))
    bounded = rv.linalg.conjugate_gradient(A, b, radius=50)
    assert np.linalg.norm(bounded.x) == pytest.approx(50)
    assert bounded.model == pytest.approx(0.5 * bounded.x @ A @ bounded.x - b @ bounded.x)
    assert bounded.model < free.model
    small = rv.linalg.conjugate_gradient(A, b, radius=1e-3)
    assert small.reason is Reason.BOUNDARY
    assert small.direction is None
    assert np.linalg.norm(small.x) == pytest.approx(1e-3)


def test_it_reads_as_a_table() -> None:
    lines = str(rv.linalg.conjugate_gradient(np.diag([1.0, 4.0]), [1.0, 1.0])).splitlines()
    assert lines[0] == "The residual is at or below the threshold."
    assert "threshold 1.414e-08" in lines[3]
    assert lines[4:6] == [
        "iterations               2           3 products",
        "model ½xᵀAx - bᵀx   -0.625",
    ]


def test_limits() -> None:
    A, b = with_spectrum(np.geomspace(1, 1e6, 60), 0), random_vector(60, 0)
    short = rv.linalg.conjugate_gradient(A, b, max_iterations=4)
    assert short.reason is Reason.ITERATION_LIMIT
    assert (short.iterations, short.products) == (4, 5)
    assert short.residual_norm == pytest.approx(np.linalg.norm(b - A @ short.x))
    floor = rv.linalg.conjugate_gradient(A, b, relative_tolerance=0, max_iterations=5000)
    assert floor.reason is Reason.ROUNDING_FLOOR
    assert floor.residual_norm < 1e-9


class BrokenError(Exception):
    """Nobody else's."""


def test_what_a_product_raises_reaches_the_caller_unchanged() -> None:
    error = BrokenError("in the third product")
    calls = []

    def product(v: np.ndarray) -> np.ndarray:
        calls.append(v.copy())
        v[...] = np.nan  # its own copy
        if len(calls) == 3:
            raise error
        return np.arange(1.0, 6.0) * calls[-1]

    with pytest.raises(BrokenError) as caught:
        rv.linalg.conjugate_gradient(product, np.ones(5))
    assert caught.value is error
    assert rv.linalg.conjugate_gradient(np.eye(2), [1.0, 0.0]).success  # and all is well afterwards


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"product": lambda v: v[:-1]},
            ValueError,
            r"product\(v\) must be a vector of 3 real numbers, got shape \(2,\)",
        ),
        ({"product": lambda v: v * 1j}, ValueError, "of complex128"),
        ({"product": lambda _: None}, ValueError, "of object"),
        ({"product": lambda v: v * [1, np.nan, 1]}, ValueError, r"got nan at product\(v\)\[1\]"),
        ({"product": np.eye(2)}, ValueError, r"product must have shape \(3, 3\), got \(2, 2\)"),
        ({"product": np.ones((3, 2))}, ValueError, r"product must be a square matrix, got shape \(3, 2\)"),
        (
            {"product": np.triu(np.ones((3, 3)))},
            ValueError,
            r"\[1, 0\] = 0.0 and product\[0, 1\] = 1.0",
        ),
        ({"product": np.full((3, 3), np.inf)}, ValueError, "product must be finite"),
        ({"product": "matrix"}, TypeError, "product must be a matrix or a function"),
        ({"b": [[1.0, 2.0, 3.0]]}, ValueError, r"b must have shape \(n,\), got \(1, 3\)"),
        ({"b": [1.0, np.nan, 3.0]}, ValueError, "b must be finite"),
        ({"relative_tolerance": -1}, ValueError, "relative_tolerance"),
        ({"absolute_tolerance": np.nan}, ValueError, "absolute_tolerance"),
        ({"max_iterations": 0}, ValueError, "max_iterations must be at least 1, got 0"),
        ({"radius": 0.0}, ValueError, "radius must be positive, got 0"),
        (
            {"preconditioner": [1.0, 0.0, 2.0]},
            ValueError,
            r"positive, got 0.0 at preconditioner\[1\]",
        ),
        ({"preconditioner": lambda r: r[:1]}, ValueError, r"preconditioner\(v\) must be a vector of 3"),
    ],
)
def test_bad_arguments_are_refused_by_name(
    change: dict[str, Any], error: type[Exception], message: str
) -> None:
    arguments: dict[str, Any] = {"product": np.eye(3) + 1, "b": [1.0, 2.0, 3.0], **change}
    with pytest.raises(error, match=message):
        rv.linalg.conjugate_gradient(**arguments)
