"""Every method over the catalogue of problems: it arrives, or says truthfully what it found."""

from __future__ import annotations

import numpy as np
import pytest

import ravine as rv
from ravine.problems import Problem

SECOND_ORDER = ("newton", "damped-newton", "saddle-free-newton", "trust-region", "newton-cg")
FIRST_ORDER = ("bfgs", "lbfgs", "nonlinear-cg")
# Slow on these by nature, within any limit that a test can afford.
SLOW = {
    ("trust-region", "biggs-exp6"),  # a valley that leads outwards, thousands of iterations long
    ("saddle-free-newton", "powell-badly-scaled"),
    ("nonlinear-cg", "biggs-exp6"),
    ("nonlinear-cg", "powell-badly-scaled"),
    ("nonlinear-cg", "watson"),
}


def run(
    problem: Problem, method: str, start: np.ndarray | None = None, **options: float
) -> rv.MinimizeResult:
    hess = {"hess": problem.hessian} if method in SECOND_ORDER else {}
    x0 = problem.start if start is None else start
    return rv.minimize(problem.value, x0, method=method, jac=problem.gradient, **hess, **options)


def arrives(problem: Problem, value: float) -> bool:
    known = [problem.minimum, *problem.other_values]
    return any(abs(value - each) <= 1e-6 * abs(each) + 1e-8 for each in known if each is not None)


@pytest.mark.parametrize("method", [*SECOND_ORDER, *FIRST_ORDER])
def test_unconstrained_problems(method: str) -> None:
    for problem in rv.problems.select("unconstrained"):
        if (method, problem.name) in SLOW:
            continue
        result = run(problem, method)
        assert arrives(problem, result.fun), (problem.name, result.fun, result.message)
        assert result.fun == problem.value(result.x)
        np.testing.assert_array_equal(result.jac, problem.gradient(result.x))
        assert result.gradient_norm == pytest.approx(np.linalg.norm(result.jac))


@pytest.mark.parametrize("method", SECOND_ORDER)
def test_no_end_at_a_strict_saddle_or_a_maximum(method: str) -> None:
    for name in ("strict-saddle", "maximum", "saddle"):
        problem = rv.problems.get(name)
        for start in problem.starts:
            result = run(problem, method, start)
            assert result.success
            assert arrives(problem, result.fun), (name, result.fun, result.message)


@pytest.mark.parametrize("method", [*SECOND_ORDER, "bfgs", "lbfgs"])
def test_no_lowest_value(method: str) -> None:
    """A quadratic that falls without end is no success, and the point is lower than the start."""
    problem = rv.problems.get("indefinite-quadratic")
    result = run(problem, method)
    assert result.reason is rv.StopReason.UNBOUNDED
    assert not result.success
    assert result.fun < problem.value(problem.start)


@pytest.mark.parametrize(
    ("method", "name"),
    [
        (method, name)
        for method in (*FIRST_ORDER, "gradient-descent")
        for name in ("unbounded-below", "indefinite-quadratic")
    ],
)
def test_line_searches_see_that_there_is_no_bottom(method: str, name: str) -> None:
    result = run(rv.problems.get(name), method)
    assert result.reason is rv.StopReason.UNBOUNDED, (result.reason, result.fun)
    assert not result.success


@pytest.mark.parametrize("method", SECOND_ORDER)
def test_tiny_residuals_end_well(method: str) -> None:
    """At the lowest value or, by another way down, at a second minimum of 0.0497: never without descent."""
    problem = rv.problems.get("tiny-residuals")
    result = run(problem, method)
    assert result.success, result.message
    assert result.fun < 1e-15 or result.fun == pytest.approx(0.04971833, rel=1e-6)


@pytest.mark.parametrize("method", SECOND_ORDER)
def test_badly_scaled_and_flat_minima(method: str) -> None:
    badly, flat = rv.problems.get("badly-scaled-quadratic"), rv.problems.get("flat-quartic")
    result = run(badly, method)
    assert result.nit <= 10
    np.testing.assert_allclose(result.x, 1.0, atol=1e-2)  # gtol over the least eigenvalue
    result = run(flat, method)
    assert result.success
    assert result.fun < 1e-10
