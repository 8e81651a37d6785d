"""Signals and noise for every loss, with penalties, missing targets and a user's own function."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine import reference
from ravine.diagnostics.sweep import sweep
from support.losses import NAMES
from support.problems import DTYPES, Problem
from support.risk_pairs import make_pair


def check_noise(risk: rv.EmpiricalRisk, eps: float) -> None:
    """Single rows are batches too: their gradients differ by the noise, and the penalties cancel."""
    G = np.stack([risk.subset([i]).gradient().astype(np.float64) for i in range(risk.sample_count)])
    noise = rv.diagnostics.gradient_noise(risk, per_parameter=True)
    size = float((G**2).sum(axis=1).max())
    assert noise.variance == pytest.approx(G.var(axis=0).sum(), abs=100 * eps * size)
    assert noise.gradient_norm == pytest.approx(float(np.linalg.norm(G.mean(axis=0))), rel=1e3 * eps)
    assert noise.deviation is not None
    np.testing.assert_allclose(noise.deviation, G.std(axis=0), rtol=0, atol=30 * np.sqrt(eps * size))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_every_loss(name: str, dtype: str) -> None:
    w = np.random.default_rng(0).random(50) * (np.arange(50) % 4 > 0)
    prior = np.full(reference.Network((5, 7, 4), ["tanh"] * 2, [True] * 2).parameter_count, 0.2)
    risk, textbook = make_pair(
        name, dtype=dtype, ours={"l1": 0.1, "l2": [0.3, 0.0], "prior": prior}, sample_weight=w.astype(dtype)
    )
    eps = float(np.finfo(dtype).eps)
    check_noise(risk, eps)
    theta = risk.net.theta.astype(np.float64)
    want = reference.layer_statistics(textbook, theta)
    for ours, theirs in zip(sweep(risk, None).layers, want, strict=True):
        for column in ("before_mean", "variance", "slope_mean", "delta_mean", "delta_variance"):
            expected = getattr(theirs, column)
            size = max(1.0, float(np.abs(expected).max()))
            np.testing.assert_allclose(getattr(ours, column), expected, rtol=0, atol=1e3 * eps * size)


def test_missing_targets_have_no_gradient() -> None:
    problem = Problem(rows=30, weighted=True)
    y = problem.y.copy()
    y[::3, 0] = np.nan
    y[5] = np.nan
    check_noise(problem.risk(y=y, missing="mask"), problem.eps)


def test_class_weights() -> None:
    risk = Problem(rows=30, loss="cross_entropy").risk(class_weight="balanced")
    check_noise(risk, float(np.finfo(np.float64).eps))


def half_square(f: Any, y: Any) -> Any:
    return 0.5 * ((f - y) ** 2).sum(axis=1), f - y


def test_a_function_of_the_user_is_as_good_as_the_same_loss() -> None:
    problem = Problem(rows=300)
    own = rv.diagnostics.gradient_noise(problem.risk(loss=rv.losses.Custom(half_square)))
    named = rv.diagnostics.gradient_noise(problem.risk())
    assert own.variance == pytest.approx(named.variance, rel=1e-12)
    assert own.gradient_norm == pytest.approx(named.gradient_norm, rel=1e-12)


def test_what_that_function_raises_reaches_the_caller() -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("no loss today")

    with pytest.raises(RuntimeError, match="no loss today"):
        rv.diagnostics.signals(Problem(rows=300).risk(loss=rv.losses.Custom(fail)))
