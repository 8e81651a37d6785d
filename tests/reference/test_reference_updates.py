"""The textbook's update rules against what they do in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from ravine.reference import SGD, Adam, EmpiricalRisk, Network, epoch


def test_descent_on_a_quadratic_shrinks_each_coordinate_by_its_own_factor() -> None:
    curvature, theta = np.array([0.5, 1.0, 3.0, 19.0]), np.ones(4)
    rule = SGD(lr=0.1)
    for t in range(1, 20):
        rule.step(theta, curvature * theta)
        np.testing.assert_allclose(theta, (1 - 0.1 * curvature) ** t, rtol=1e-13)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_on_a_quadratic_follows_its_linear_recurrence(nesterov: bool) -> None:
    """(θ, v) moves by one matrix an update: v' = m v + a θ; θ' = θ − lr v', or θ − lr (a θ + m v')."""
    a, m, lr = 2.0, 0.8, 0.1
    first = np.array([[1.0, 0.0], [a, m]])  # rows: θ, v' as functions of (θ, v)
    row = [-lr * a, 0.0] if nesterov else [0.0, 0.0]
    share = m if nesterov else 1.0
    M = np.array([first[0] + row - lr * share * first[1], first[1]])
    theta, rule, state = np.ones(1), SGD(lr=lr, momentum=m, nesterov=nesterov), np.array([1.0, 0.0])
    for _ in range(15):
        rule.step(theta, a * theta)
        state = M @ state
        np.testing.assert_allclose(theta, state[:1], rtol=1e-12)


def test_dampening_spares_the_first_velocity() -> None:
    theta, rule = np.zeros(1), SGD(lr=1.0, momentum=0.5, dampening=0.25)
    rule.step(theta, np.ones(1))
    assert theta == [-1.0]
    rule.step(theta, np.ones(1))  # v = 0.5 · 1 + 0.75 · 1
    assert theta == [-2.25]


def test_weight_decay_is_the_gradient_of_half_the_square() -> None:
    for rule_type in (SGD, Adam):
        decayed, plain = np.array([3.0, -2.0]), np.array([3.0, -2.0])
        gradient = np.array([0.5, 0.25])
        rule_type(lr=0.1, weight_decay=0.5).step(decayed, gradient)
        rule_type(lr=0.1).step(plain, gradient + 0.5 * plain)
        np.testing.assert_array_equal(decayed, plain)


def test_adam_moves_by_the_rate_under_a_constant_gradient() -> None:
    """ŝ = g and r̂ = g² at every t, so the step is lr · g / (|g| + eps)."""
    theta, rule, g = np.zeros(2), Adam(lr=0.01, eps=1e-3), np.array([2.0, -1e-3])
    for t in range(1, 50):
        rule.step(theta, g)
        np.testing.assert_allclose(theta, -t * 0.01 * g / (np.abs(g) + 1e-3), rtol=1e-12)


def test_epoch_is_the_plain_loop() -> None:
    rng = np.random.default_rng(3)
    risk = EmpiricalRisk(Network([2, 1], ["identity"], [True]), rng.normal(size=(6, 2)), rng.normal(size=6))
    theta, other = np.zeros(3), np.zeros(3)
    batches = [[0, 1, 2], [5, 4], [3]]
    values = epoch(risk, theta, SGD(lr=0.1), batches)
    for rows, value in zip(batches, values, strict=True):
        assert risk.subset(rows).value(other) == value
        other -= 0.1 * risk.subset(rows).gradient(other)
    np.testing.assert_array_equal(theta, other)
