"""Linear models in one step: numpy.linalg.lstsq where that knows them, the gradient where it does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ravine as rv


def data(rows: int, inputs: int, outputs: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([rows, inputs, outputs, seed])
    return rng.normal(size=(rows, inputs)), rng.normal(size=(rows, outputs))


@given(st.integers(8, 60), st.integers(1, 6), st.integers(1, 3), st.booleans())
@settings(max_examples=20)
def test_least_squares_agree_with_numpy(rows: int, inputs: int, outputs: int, bias: bool) -> None:
    X, y = data(rows, inputs, outputs)
    net = rv.MLP([inputs, outputs], bias=bias)
    result = rv.fit_linear(net, X, y)
    A = np.hstack([X, np.ones((rows, 1))]) if bias else X
    expected, *_ = np.linalg.lstsq(A, y, rcond=None)
    np.testing.assert_allclose(net.theta.reshape(-1, outputs), expected, atol=1e-10)
    assert result.unique
    assert result.rank == (inputs + bias,) * outputs
    assert result.value == rv.EmpiricalRisk(net, X, y).value()


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("missing", ["refuse", "mask"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("prior", [False, True])
def test_the_gradient_of_the_risk_is_zero(reduction: str, missing: str, weighted: bool, prior: bool) -> None:
    X, y = data(40, 4, 3)
    if missing == "mask":
        y[::5, 0] = y[1::7, 2] = np.nan
    rng = np.random.default_rng(1)
    arguments: dict[str, Any] = {
        "l2": 0.7,
        "sample_weight": rng.uniform(0, 2, 40) if weighted else None,
        "reduction": reduction,
        "prior": rng.normal(size=15) if prior else None,
        "missing": missing,
    }
    net = rv.MLP([4, 3])
    result = rv.fit_linear(net, X, y, **arguments)
    risk = rv.EmpiricalRisk(net, X, y, **arguments)
    np.testing.assert_allclose(risk.gradient(), 0, atol=1e-13 * 40)
    assert result.value == risk.value()


def test_badly_conditioned_inputs_keep_their_digits() -> None:
    t = np.linspace(0, 1, 300)
    X, theta = np.vander(t, 11, increasing=True)[:, 1:], np.ones(11)
    net = rv.MLP([10, 1])
    result = rv.fit_linear(net, X, X @ theta[:10] + 1)
    assert result.unique
    assert 1e4 < max(result.condition) < 1e12
    np.testing.assert_allclose(net.theta, 1, atol=1e-15 * max(result.condition))


def test_dependent_inputs_are_told() -> None:
    X, y = data(20, 2, 1)
    net = rv.MLP([3, 1])
    result = rv.fit_linear(net, np.hstack([X, X[:, :1]]), y)
    assert not result.unique
    assert result.rank == (3,)
    assert "rank=3 of 4" in repr(result)
    assert net.theta[0] == pytest.approx(net.theta[2])
    assert rv.fit_linear(net, np.hstack([X, X[:, :1]]), y, l2=1e-3).unique


def test_float32_is_solved_and_rounded() -> None:
    X, y = data(30, 3, 1)
    X, y = X.astype(np.float32), y.astype(np.float32)
    single, double = rv.MLP([3, 1], dtype="float32"), rv.MLP([3, 1])
    rv.fit_linear(single, X, y)
    rv.fit_linear(double, X, y)
    np.testing.assert_array_equal(single.theta, double.theta.astype(np.float32))


def test_what_is_not_linear_is_refused_by_name() -> None:
    X, y = data(5, 2, 1)
    with pytest.raises(ValueError, match=r"without hidden layers, got widths \[2, 3, 1\]"):
        rv.fit_linear(rv.MLP([2, 3, 1]), X, y)
    with pytest.raises(ValueError, match="output activation 'identity', got 'tanh'"):
        rv.fit_linear(rv.MLP([2, 1], output_activation="tanh"), X, y)
    with pytest.raises(ValueError, match="l2 must be finite and not negative"):
        rv.fit_linear(rv.MLP([2, 1]), X, y, l2=-1)
    with pytest.raises(TypeError, match="net must be"):
        rv.fit_linear(None, X, y)  # type: ignore[arg-type]
