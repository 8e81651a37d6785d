"""J over a plane: a quadratic is known exactly, a network by its own values."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import ravine as rv

H = np.diag([4.0, 0.5, 1.0])
QUADRATIC: Any = SimpleNamespace(
    value=lambda t: 2.0 + 0.5 * float(t @ H @ t), gradient=lambda t: H @ t, hessian=lambda _: H
)


def test_a_quadratic_along_its_extreme_eigenvectors() -> None:
    report = rv.diagnostics.loss_surface(QUADRATIC, np.zeros(3), points=7, reach=[2.0, 3.0])
    np.testing.assert_allclose(np.abs(report.directions), [[0, 1, 0], [1, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(report.curvatures, [0.5, 4.0])
    x, y = report.coordinates
    np.testing.assert_allclose((x[0], x[-1], y[-1]), (-2, 2, 3))
    np.testing.assert_allclose(report.values, 2 + 0.25 * x**2 + 2 * y[:, None] ** 2)
    assert report.values[3, 3] == report.value == 2
    assert str(report).splitlines()[0] == "J over a plane through θ: lowest 2, here 2"


def test_the_reach_is_where_the_model_changes_j_by_its_own_size() -> None:
    report = rv.diagnostics.loss_surface(QUADRATIC, np.zeros(3), points=3)
    x, y = report.coordinates
    assert y[-1] == pytest.approx(1.0)  # ½ 4 y² = 2
    assert x[-1] == pytest.approx(1.0)  # √8 would be farther than 1, θ being 0
    assert rv.diagnostics.loss_surface(QUADRATIC, [0.0, 0.0, 9.0], points=3).coordinates[0][-1] == 9


def test_a_network_in_two_given_directions() -> None:
    X = np.random.default_rng(0).normal(size=(20, 2))
    risk = rv.EmpiricalRisk(rv.MLP([2, 3, 1], seed=0), X, X[:, 0])
    before = risk.net.theta.copy()
    u, v = np.random.default_rng(1).normal(size=(2, 13))
    report = rv.diagnostics.loss_surface(risk, directions=[u, v], reach=0.5, points=5)
    x, y = report.coordinates
    for i, j in ((0, 0), (4, 1), (2, 3)):
        assert report.values[i, j] == risk.value(before + x[j] * u + y[i] * v)
    np.testing.assert_allclose(report.curvatures, [u @ risk.hessian() @ u, v @ risk.hessian() @ v])
    np.testing.assert_array_equal(risk.net.theta, before)


@pytest.mark.parametrize("method", ["full", "lanczos"])
def test_both_ways_to_the_eigenvectors(method: Any) -> None:
    X = np.random.default_rng(0).normal(size=(40, 2))
    risk = rv.EmpiricalRisk(rv.MLP([2, 3, 1], seed=0), X, X[:, 0], l2=0.1)
    report = rv.diagnostics.loss_surface(risk, method=method, points=3)
    values = np.linalg.eigvalsh(risk.hessian())
    np.testing.assert_allclose(report.curvatures, values[[0, -1]], rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"points": 4}, ValueError, "points must be odd"),
        ({"points": 1}, ValueError, "points must be at least 3"),
        ({"directions": np.ones((2, 2))}, ValueError, r"directions must have shape \(2, 3\)"),
        ({"directions": np.ones((2, 3))}, ValueError, "must span a plane"),
        ({"directions": np.eye(3)[:2] * [[1.0], [0.0]]}, ValueError, "must span a plane"),
        ({"directions": [[1.0, 0, 0], [np.nan, 0, 0]]}, ValueError, r"directions\[1\]"),
        ({"reach": -1.0}, ValueError, "reach must be finite and not negative"),
        ({"reach": [1.0, 0.0]}, ValueError, "reach must be positive"),
    ],
)
def test_bad_arguments(options: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        rv.diagnostics.loss_surface(QUADRATIC, np.zeros(3), **options)


def test_one_parameter_spans_no_plane() -> None:
    risk = rv.EmpiricalRisk(rv.MLP([1, 1], bias=False), np.ones((3, 1)), np.ones(3))
    with pytest.raises(ValueError, match="a plane needs two parameters"):
        rv.diagnostics.loss_surface(risk)
