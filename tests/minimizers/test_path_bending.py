"""Jᵀ C f″ against differences of the outputs along the line, and what it does for Levenberg-Marquardt."""

from __future__ import annotations

import numpy as np
import pytest

import ravine as rv
from ravine import _core
from support.problems import SMOOTH


def bending(risk: rv.EmpiricalRisk, v: np.ndarray) -> np.ndarray:
    out = np.empty_like(v)
    _core.path_bending(risk._core, risk.net.theta, v, out, risk._rows, risk._normaliser)
    return out


def outputs_along(net: rv.MLP, X: np.ndarray, v: np.ndarray, t: float) -> np.ndarray:
    theta = net.theta.copy()
    net.theta = theta + t * v
    f = net.predict(X)
    net.theta = theta
    return f


def second_difference(net: rv.MLP, X: np.ndarray, v: np.ndarray, h: float = 1e-2) -> np.ndarray:
    """The five-point formula of f″: its error is a multiple of h⁴."""
    weights = {-2: -1, -1: 16, 0: -30, 1: 16, 2: -1}
    return sum(w * outputs_along(net, X, v, k * h) for k, w in weights.items()) / (12 * h * h)


@pytest.mark.parametrize("activation", SMOOTH)
@pytest.mark.parametrize("widths", [[3, 1], [3, 4, 2], [2, 5, 3, 4, 1]])
def test_it_is_what_differences_of_the_outputs_say(activation, widths):
    random = np.random.default_rng(1)
    net = rv.MLP(widths, activation=activation, bias=[k % 2 == 0 for k in range(len(widths) - 1)], seed=2)
    X, y = random.normal(size=(150, widths[0])), random.normal(size=(150, widths[-1]))
    w, v = random.uniform(0.5, 2, 150), random.normal(size=net.parameter_count)
    v /= np.linalg.norm(v)
    risk = rv.EmpiricalRisk(net, X, y, sample_weight=w)
    # The gradient of ½‖f - (f - f″)‖² is Jᵀ f″.
    target = net.predict(X) - second_difference(net, X, v)
    expected = rv.EmpiricalRisk(net, X, target, sample_weight=w).gradient()
    np.testing.assert_allclose(bending(risk, v), expected, rtol=1e-5, atol=1e-7)


def test_the_loss_weighs_the_outputs():
    random = np.random.default_rng(3)
    net = rv.MLP([3, 5, 4], activation="tanh", seed=4)
    X, y = random.normal(size=(60, 3)), random.integers(0, 4, 60)
    v = random.normal(size=net.parameter_count) / 5
    risk = rv.EmpiricalRisk(net, X, y, loss="cross_entropy")
    jacobian, f2 = net.jacobian(X), second_difference(net, X, v)
    p = net.predict_proba(X, loss="cross_entropy")
    weighed = p * f2 - p * np.sum(p * f2, axis=1, keepdims=True)
    expected = np.einsum("nkp,nk->p", jacobian, weighed) / 60
    np.testing.assert_allclose(bending(risk, v), expected, rtol=1e-6, atol=1e-8)


def test_the_same_bits_for_every_number_of_threads():
    random = np.random.default_rng(5)
    net = rv.MLP([4, 20, 20, 2], activation="tanh", seed=6)
    risk = rv.EmpiricalRisk(net, random.normal(size=(3000, 4)), random.normal(size=(3000, 2)))
    v, before = random.normal(size=net.parameter_count), rv.get_num_threads()
    results = []
    for threads in (1, 2, 3, 4):
        rv.set_num_threads(threads)
        results.append(bending(risk, v))
    rv.set_num_threads(before)
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])


def test_a_linear_network_does_not_bend():
    net = rv.MLP([3, 2], seed=0)
    risk = rv.EmpiricalRisk(net, np.random.default_rng(0).normal(size=(9, 3)), np.zeros((9, 2)))
    assert not bending(risk, np.ones(net.parameter_count)).any()


def test_acceleration_saves_iterations():
    x = np.linspace(-1, 1, 100)[:, None]
    counts = {}
    for acceleration in (0.0, 0.75):
        net = rv.MLP([1, 10, 1], activation="tanh", seed=0)
        risk = rv.EmpiricalRisk(net, x, np.sin(8 * x[:, 0]))
        result = rv.minimize(
            risk, method="levenberg-marquardt", acceleration=acceleration, goal=1e-8, maxiter=3000
        )
        counts[acceleration] = result.nit
        assert result.reason is rv.StopReason.GOAL
    assert counts[0.75] < counts[0.0]
