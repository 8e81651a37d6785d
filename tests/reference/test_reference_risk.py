"""The textbook's risk: its gradient against finite differences, its sums against each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ravine.reference import ACTIVATIONS, EmpiricalRisk, Network, unpack

RNG = np.random.default_rng(7)
TARGETS = {
    "squared_error": RNG.normal(size=(12, 3)),
    "cross_entropy": RNG.integers(0, 3, size=12),
    "binary_cross_entropy": RNG.random((12, 3)),
}


def make_risk(activation: str = "tanh", loss: str = "squared_error") -> EmpiricalRisk:
    net = Network([4, 5, 3], [activation, "identity"], [True, True])
    X, w = RNG.normal(size=(12, 4)), RNG.random(12)
    return EmpiricalRisk(net, X, TARGETS[loss], loss, l2=0.3, sample_weight=w)


@pytest.mark.parametrize("loss", TARGETS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_is_the_central_difference(activation: str, loss: str) -> None:
    risk = make_risk(activation, loss)
    theta = RNG.normal(size=risk.network.parameter_count)
    gradient, h = risk.gradient(theta), 1e-6
    for p in range(len(theta)):
        step = h * np.eye(len(theta))[p]
        difference = (risk.value(theta + step) - risk.value(theta - step)) / (2 * h)
        np.testing.assert_allclose(gradient[p], difference, atol=2e-8)


def test_risk_done_by_hand() -> None:
    net = Network([1, 1], ["identity"], [True])
    X, y = np.array([[1.0], [2.0]]), np.array([0.0, 1.0])
    risk = EmpiricalRisk(net, X, y, l2=0.5, sample_weight=np.array([1.0, 3.0]))
    theta = np.array([2.0, -1.0])  # f = 1, 3; L = ½, 2; the penalty sees the weight alone
    assert risk.value(theta) == (1 * 0.5 + 3 * 2.0) / 4 + 0.5 * 0.5 * 4
    assert replace(risk, reduction="sum").value(theta) == 1 * 0.5 + 3 * 2.0 + 0.5 * 0.5 * 4


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_mean_over_equal_batches_is_the_whole(reduction: str) -> None:
    risk = replace(make_risk(), reduction=reduction)
    theta = RNG.normal(size=risk.network.parameter_count)
    batches = np.array_split(RNG.permutation(12), 4)
    value, gradient = risk.value_and_gradient(theta)
    parts = [risk.subset(rows.tolist()).value_and_gradient(theta) for rows in batches]
    np.testing.assert_allclose(np.mean([part[0] for part in parts]), value, rtol=1e-14)
    np.testing.assert_allclose(np.mean([part[1] for part in parts], axis=0), gradient, rtol=1e-12)


def test_penalty_leaves_biases_alone() -> None:
    risk = make_risk()
    theta = RNG.normal(size=risk.network.parameter_count)
    difference = risk.gradient(theta) - replace(risk, l2=0.0).gradient(theta)
    for (W, b), (dW, db) in zip(unpack(risk.network, theta), unpack(risk.network, difference), strict=True):
        np.testing.assert_allclose(dW, 0.3 * W, rtol=1e-12)
        assert b is not None
        assert db is not None
        assert (db == 0).all()


def test_strengths_by_layer_and_a_prior_mean_done_by_hand() -> None:
    net = Network([1, 1, 1], ["identity", "identity"], [True, False])
    risk = EmpiricalRisk(net, np.zeros((1, 1)), np.zeros(1), l1=[1.0, 10.0], l2=[2.0, 20.0])
    risk = replace(risk, prior=np.array([1.0, 99.0, -1.0]))
    value, gradient = risk.value_and_gradient(np.array([-2.0, 0.0, 3.0]))
    assert value == 1 * 2 + 10 * 3 + 0.5 * (2 * 9 + 20 * 16)
    np.testing.assert_array_equal(gradient, [-1 - 2 * 3, 0, 10 + 20 * 4])


def test_what_is_missing_is_neither_summed_nor_counted() -> None:
    net = Network([1, 2], ["identity"], [False])
    y = np.array([[1.0, np.nan], [0.0, 4.0]])
    risk = EmpiricalRisk(net, np.ones((2, 1)), y)
    assert risk.value(np.zeros(2)) == (0.5 * 1 + 0.5 * 16) / (0.5 + 1)
