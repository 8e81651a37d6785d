"""What is added to the loss: l1, l2, by layer, toward a prior mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ravine as rv
from ravine import reference
from support.problems import DTYPES
from support.risk_pairs import assert_same, make_pair

STRENGTHS = st.one_of(
    st.just(0.0), st.floats(0, 3), st.lists(st.sampled_from([0.0, 0.2, 5.0]), min_size=3, max_size=3)
)


@given(
    l1=STRENGTHS,
    l2=STRENGTHS,
    with_prior=st.booleans(),
    dtype=st.sampled_from(DTYPES),
    widths=st.lists(st.integers(1, 30), min_size=4, max_size=4),
    seed=st.integers(0, 1000),
)
def test_any_penalty_agrees_with_the_textbook(
    l1: Any, l2: Any, with_prior: bool, dtype: str, widths: list[int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    net = rv.MLP(widths, dtype=dtype, seed=seed, bias=[True, False, True])
    net.theta[::3] = 0
    prior = rng.normal(size=net.parameter_count).astype(dtype) if with_prior else None
    X, y = rng.normal(size=(4, widths[0])).astype(dtype), rng.normal(size=(4, widths[-1])).astype(dtype)
    ours = rv.EmpiricalRisk(net, X, y, l1=l1, l2=l2, prior=prior)
    network = reference.Network(widths, ["tanh", "tanh", "identity"], [True, False, True])
    theirs = reference.EmpiricalRisk(network, X.astype(float), y.astype(float), l1=l1, l2=l2, prior=prior)
    assert_same(ours, theirs)
    assert ours.value() == ours.value_and_gradient()[0]


@pytest.mark.parametrize("dtype", DTYPES)
def test_many_parameters_in_many_tasks(dtype: str) -> None:
    """More than one task and run of the pass that finishes a gradient, cut in the middle of layers."""
    ours, theirs = make_pair(
        "huber", rows=3, widths=(150, 301, 200, 3), dtype=dtype, l1=[0.01, 0.0, 0.2], l2=[0.3, 0.1, 0.0]
    )
    assert_same(ours, theirs, roundings=3000)
    assert ours.value() == ours.value_and_gradient()[0]


def test_at_zero_the_slope_of_l1_is_zero() -> None:
    net = rv.MLP([2, 1], initializer="zeros")
    risk = rv.EmpiricalRisk(net, np.zeros((1, 2)), np.zeros(1), l1=2.0)
    np.testing.assert_array_equal(risk.gradient(), [0, 0, 0])
    np.testing.assert_array_equal(risk.gradient(np.array([-1e-300, 3.0, 5.0])), [-2, 2, 5])


def test_a_prior_is_copied_and_may_be_a_network() -> None:
    net = rv.MLP([2, 3, 1], seed=0)
    X, y = np.ones((2, 2)), np.ones(2)
    risk = rv.EmpiricalRisk(net, X, y, l2=0.5, prior=net)
    plain = rv.EmpiricalRisk(net, X, y)
    start = net.theta.copy()
    assert risk.value() == plain.value()
    net.theta += 1
    np.testing.assert_allclose(risk.value(), plain.value() + 0.25 * 9, rtol=1e-14)  # 9 weights, 4 biases
    by_vector = rv.EmpiricalRisk(net, X, y, l2=0.5, prior=start)
    assert by_vector.value() == risk.value()


def test_batches_share_the_penalty_whole() -> None:
    """Each batch adds all of it, so that the mean over equal batches is the whole."""
    risk, _ = make_pair("squared_error", l1=0.3, l2=0.2)
    parts = [risk.subset(rows).value_and_gradient() for rows in np.arange(50).reshape(5, 10)]
    value, gradient = risk.value_and_gradient()
    np.testing.assert_allclose(np.mean([part[0] for part in parts]), value, rtol=1e-13)
    np.testing.assert_allclose(np.mean([part[1] for part in parts], axis=0), gradient, atol=1e-13)


def test_another_strength_is_another_risk_on_the_same_data() -> None:
    rng = np.random.default_rng(0)
    net = rv.MLP([3, 4, 3], seed=0)
    X, y = rng.normal(size=(30, 3)), rng.integers(0, 3, 30)
    options: dict[str, Any] = {
        "loss": "cross_entropy",
        "l1": 0.1,
        "prior": rv.MLP([3, 4, 3], seed=1),
        "class_weight": "balanced",
        "sample_weight": rng.random(30),
    }
    before = rv.EmpiricalRisk(net, X, y, l2=0.3, **options)
    after = before.with_l2([0.0, 2.0])
    fresh = rv.EmpiricalRisk(net, X, y, l2=[0.0, 2.0], **options)
    assert (before.l2, after.l2) == ((0.3, 0.3), (0.0, 2.0))
    rows = [3, 3, 7]
    for one, other in ((after, fresh), (before.subset(rows).with_l2([0.0, 2.0]), fresh.subset(rows))):
        assert one.value() == other.value()
        np.testing.assert_array_equal(one.gradient(), other.gradient())
        np.testing.assert_array_equal(one.hessian(), other.hessian())
    with pytest.raises(ValueError, match=r"l2\[1\] must be finite and not negative"):
        before.with_l2([1.0, -1.0])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"l1": -0.1}, "l1 .*-0.1"),
        ({"l1": float("nan")}, "l1"),
        ({"l1": "much"}, "l1"),
        ({"l1": [0.1, -0.2]}, r"l1\[1\].*-0.2"),
        ({"l1": [0.1]}, "l1 must be one number or 2"),
        ({"l2": [0.1, 0.2, 0.3]}, "l2 must be one number or 2"),
        ({"l2": np.ones((2, 1))}, "l2"),
        ({"l2": {0: 1.0}}, "l2"),
        ({"prior": np.zeros(5)}, r"prior must have shape \(10,\).*\(5,\)"),
        ({"prior": "zero"}, "prior"),
        ({"prior": np.full(10, np.nan)}, "prior must be finite"),
        ({"prior": rv.MLP([2, 1])}, "prior must be a network like"),
    ],
)
def test_penalties_that_make_no_sense(options: dict[str, Any], told: str) -> None:
    net = rv.MLP([1, 3, 1])
    with pytest.raises((ValueError, TypeError), match=told):
        rv.EmpiricalRisk(net, np.ones((2, 1)), np.ones(2), **options)


def test_a_prior_too_large_for_float32_is_refused() -> None:
    with pytest.raises(ValueError, match="prior"):
        rv.EmpiricalRisk(rv.MLP([1, 1], dtype="float32"), np.ones((1, 1)), np.ones(1), prior=[1e300, 0.0])
