"""Losses that are log probabilities: integrals over a grid are what the Gaussian is held against."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine.uncertainty.logits import mean_logistic, mean_softmax, sampled


def one_parameter(loss: str, rows: int, weights: Any = None, l2: float = 0.02) -> rv.EmpiricalRisk:
    """f = θ x."""
    rng = np.random.default_rng(5)
    x = rng.uniform(-1, 1, (rows, 1))
    eta = 1.5 * x[:, 0]
    y: Any = rng.poisson(np.exp(eta)) if loss == "poisson" else rng.random(rows) < 1 / (1 + np.exp(-eta))
    net = rv.MLP([1, 1], bias=False)
    risk = rv.EmpiricalRisk(net, x, y.astype(float), loss=loss, l2=l2, sample_weight=weights)
    assert rv.minimize(risk).success
    return risk


def on_a_grid(risk: rv.EmpiricalRisk, rows: int, constant: float) -> tuple[Any, Any, float]:
    """θ, its posterior weights, and the log evidence, by brute force."""
    theta = np.linspace(-6, 8, 20_001)
    alpha = risk.l2[0] * rows
    log_joint = -rows * np.array([risk.value(np.array([t])) for t in theta]) + constant
    log_joint += 0.5 * math.log(alpha / (2 * math.pi))
    top = log_joint.max()
    mass = np.exp(log_joint - top) * (theta[1] - theta[0])
    return theta, mass / mass.sum(), top + math.log(mass.sum())


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "poisson"])
@pytest.mark.parametrize("curvature", ["gauss-newton", "hessian"])
def test_one_parameter_against_the_integral(loss: str, curvature: Any) -> None:
    rows = 200
    risk = one_parameter(loss, rows)
    posterior = rv.laplace(risk, curvature=curvature)
    counts = risk._targets[:, 0]
    constant = -sum(math.lgamma(y + 1) for y in counts) if loss == "poisson" else 0.0
    theta, mass, log_evidence = on_a_grid(risk, rows, constant)
    mean = float(theta @ mass)
    std = math.sqrt(float((theta - mean) ** 2 @ mass))
    assert posterior.parameter_std[0] == pytest.approx(std, rel=0.03)
    assert posterior.log_evidence == pytest.approx(log_evidence, abs=0.02)
    assert posterior.noise_variance is None
    assert posterior.dispersion == 1
    if loss == "binary_cross_entropy":
        X = np.array([[-2.0], [0.0], [0.5], [3.0]])
        exact = np.array([float((1 / (1 + np.exp(-theta * x))) @ mass) for x in X[:, 0]])
        np.testing.assert_allclose(posterior.predict_proba(X)[:, 0], exact, atol=0.01)
        np.testing.assert_allclose(posterior.predict_proba(X, samples=4000)[:, 0], exact, atol=0.01)


def test_two_classes_of_softmax_are_one_logistic_output() -> None:
    """The network [0, f] of softmax is f of the logistic function: same posterior, same probabilities."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 2))
    y = (X[:, 0] + rng.normal(size=80) > 0).astype(int)
    one = rv.MLP([2, 1], bias=False)
    risk = rv.EmpiricalRisk(one, X, y.astype(float), loss="binary_cross_entropy", l2=0.1)
    assert rv.minimize(risk).success
    two = rv.MLP([2, 2], bias=False)  # f = (-½, +½) θx: with twice the penalty the same J
    two.layers[0].weight[...] = np.concatenate([-one.layers[0].weight, one.layers[0].weight], axis=1) / 2
    other = rv.EmpiricalRisk(two, X, y, loss="cross_entropy", l2=0.2)
    np.testing.assert_allclose(other.gradient(), 0, atol=1e-7)
    p, q = rv.laplace(risk).predict_proba(X), rv.laplace(other).predict_proba(X)
    np.testing.assert_allclose(q[:, 1], p[:, 0], rtol=1e-6)
    np.testing.assert_allclose(q.sum(axis=1), 1, rtol=1e-12)


def test_probabilities_of_gaussian_outputs() -> None:
    rng = np.random.default_rng(1)
    root = rng.normal(size=(6, 3, 3))
    mean, covariance = rng.normal(size=(6, 3)), root @ root.transpose(0, 2, 1)
    for size, tolerance in ((0.01, 0.005), (0.1, 0.03), (1.0, 0.13)):  # variances of 0.03 to 3
        formula = mean_softmax(mean, size * covariance)
        drawn = sampled(mean, size * covariance, "cross_entropy", 20_000, np.random.default_rng(0))
        np.testing.assert_allclose(formula, drawn, atol=tolerance)
    np.testing.assert_allclose(
        mean_softmax(mean + 7.0, covariance + 100.0), formula, rtol=1e-9
    )  # a shift of all
    certain = mean_softmax(mean, np.zeros_like(covariance))
    np.testing.assert_allclose(certain, np.exp(mean) / np.exp(mean).sum(axis=1, keepdims=True), rtol=1e-12)
    extreme = mean_softmax(np.array([[800.0, -800.0]]), np.zeros((1, 2, 2)))
    np.testing.assert_allclose(extreme, [[1.0, 0.0]], atol=1e-300)
    assert mean_logistic(np.array([3.0]), np.array([0.0]))[0] == pytest.approx(1 / (1 + math.exp(-3)))
    assert mean_logistic(np.array([3.0]), np.array([1e9]))[0] == pytest.approx(0.5, abs=1e-3)


def test_class_weights_and_weights_of_rows_are_repetitions() -> None:
    X = np.random.default_rng(0).normal(size=(40, 2))
    y = (np.arange(40) % 4 == 0).astype(int)
    net = rv.MLP([2, 3, 2], seed=0)
    weighted = rv.EmpiricalRisk(net, X, y, loss="cross_entropy", l2=0.1, class_weight={1: 3})
    rows = np.r_[np.arange(40), np.repeat(np.flatnonzero(y), 2)]
    repeated = rv.EmpiricalRisk(net, X[rows], y[rows], loss="cross_entropy", l2=0.1)
    a, b = rv.laplace(weighted), rv.laplace(repeated)
    np.testing.assert_allclose(a.factor, b.factor, rtol=1e-9, atol=1e-10)
    assert a.log_evidence == pytest.approx(b.log_evidence)
    assert a.observations == b.observations == 60


def test_a_variance_that_is_learned() -> None:
    """Where it is large, observations are uncertain, and the function with it."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (400, 1))
    true_std = 0.05 + 0.5 * (X[:, 0] > 0)
    y = X[:, 0] + true_std * rng.normal(size=400)
    net = rv.MLP([1, 6, 2], seed=0)
    loss = rv.losses.Gaussian(minimum_variance=1e-4)
    risk = rv.EmpiricalRisk(net, X, y, loss=loss, l2=1e-4)
    assert rv.minimize(risk).success
    posterior = rv.laplace(risk)
    mean, std = posterior.predict([[-0.5], [0.5]], noise=True)
    _, function = posterior.predict([[-0.5], [0.5]])
    assert mean.shape == std.shape == (2, 1)
    assert function.shape == (2, 2)
    np.testing.assert_allclose(std[:, 0], [0.05, 0.55], rtol=0.25)
    variance = loss.mean_and_variance(net.predict([[-0.5], [0.5]]))[1]
    np.testing.assert_allclose(std**2, function[:, :1] ** 2 + variance)
    covariance = posterior.predict([[0.5]], noise=True, covariance=True)[1]
    assert covariance.shape == (1, 1, 1)
    assert covariance[0, 0, 0] == pytest.approx(std[1, 0] ** 2)


def test_classes_without_a_minimum_are_told() -> None:
    X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    risk = rv.EmpiricalRisk(rv.MLP([1, 1], bias=False), X, [0.0, 0, 1, 1], loss="binary_cross_entropy")
    rv.minimize(risk, maxiter=5)
    posterior = rv.laplace(risk)
    assert "There is no minimum: every row is classified rightly" in str(posterior)


def test_bad_arguments_of_classes() -> None:
    risk = one_parameter("binary_cross_entropy", 30)
    with pytest.raises(ValueError, match="noise_variance must be None for loss='binary_cross_entropy'"):
        rv.laplace(risk, noise_variance=1.0)
    posterior = rv.laplace(risk)
    with pytest.raises(ValueError, match="noise=True needs the loss squared_error or gaussian"):
        posterior.predict([[0.0]], noise=True)
    with pytest.raises(ValueError, match="samples must be at least 1"):
        posterior.predict_proba([[0.0]], samples=0)
    assert posterior.noise_std is None
    one = posterior.predict_proba([[1.0]], samples=7, seed=3)
    np.testing.assert_array_equal(one, posterior.predict_proba([[1.0]], samples=7, seed=3))
    with pytest.raises(ValueError, match="the loss 'hinge' has kinks"):
        rv.laplace(rv.EmpiricalRisk(rv.MLP([1, 2]), np.ones((2, 1)), [0, 1], loss="hinge"))
