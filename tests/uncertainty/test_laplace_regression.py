"""The posterior of a regression: closed forms of linear models, invariances, coverage, singular cases."""

from __future__ import annotations

import pickle
import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ravine as rv
from ravine.uncertainty import posterior as posterior_module
from support.problems import sine


def linear_problem(seed: int = 0, rows: int = 40, columns: int = 3) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns))
    return X, X @ rng.normal(size=columns) + 0.3 * rng.normal(size=rows)


def trained(X: Any, y: Any, l2: Any = 1e-3, hidden: int = 6) -> rv.EmpiricalRisk:
    outputs = 1 if np.ndim(y) == 1 else y.shape[1]
    risk = rv.EmpiricalRisk(rv.MLP([X.shape[1], hidden, outputs], seed=1), X, y, l2=l2)
    assert rv.minimize(risk).success
    return risk


@given(seed=st.integers(0, 10_000), alpha=st.floats(1e-3, 1e3), beta=st.floats(0.1, 100))
def test_a_linear_model_is_bayesian_linear_regression(seed: int, alpha: float, beta: float) -> None:
    """Posterior, predictions and evidence of y = Xw + noise/√β, w ~ N(0, I/α), in closed form."""
    X, y = linear_problem(seed)
    net = rv.MLP([3, 1], bias=False)
    risk = rv.EmpiricalRisk(net, X, y, l2=alpha / (beta * len(y)))
    rv.minimize(risk)
    posterior = rv.laplace(risk, noise_variance=1 / beta)
    A = beta * X.T @ X + alpha * np.eye(3)
    np.testing.assert_allclose(posterior.factor @ posterior.factor.T, A, rtol=1e-12, atol=1e-12 * A.max())
    new = np.random.default_rng(seed + 1).normal(size=(7, 3))
    mean, std = posterior.predict(new)
    np.testing.assert_allclose(mean[:, 0], new @ np.linalg.solve(A, beta * X.T @ y), rtol=1e-6, atol=1e-6)
    variance = np.einsum("ij,jk,ik->i", new, np.linalg.inv(A), new)
    np.testing.assert_allclose(std[:, 0], np.sqrt(variance), rtol=1e-10)
    _, wide = posterior.predict(new, noise=True)
    np.testing.assert_allclose(wide[:, 0], np.sqrt(variance + 1 / beta), rtol=1e-10)
    marginal = np.eye(len(y)) / beta + X @ X.T / alpha
    exact = -0.5 * (y @ np.linalg.solve(marginal, y) + np.linalg.slogdet(2 * np.pi * marginal)[1])
    assert posterior.log_evidence == pytest.approx(exact, rel=1e-9, abs=1e-9)
    assert posterior.prior_precision == pytest.approx((alpha,))
    eigenvalues = np.linalg.eigvalsh(beta * X.T @ X)
    assert posterior.effective_parameters == pytest.approx((eigenvalues / (eigenvalues + alpha)).sum())


def test_ordinary_least_squares_with_a_bias_and_no_prior() -> None:
    """γ = P, σ² = rss/(N - P), and the covariance that every statistics book prints."""
    X, y = linear_problem()
    net = rv.MLP([3, 1])
    rv.fit_linear(net, X, y)
    posterior = rv.laplace(rv.EmpiricalRisk(net, X, y), bias_l2=0.0)
    design = np.c_[X, np.ones(len(y))]
    coefficients, rss, *_ = np.linalg.lstsq(design, y, rcond=None)
    assert posterior.effective_parameters == pytest.approx(4, abs=1e-10)
    assert posterior.noise_variance == pytest.approx(rss / (len(y) - 4))
    covariance = rss[0] / (len(y) - 4) * np.linalg.inv(design.T @ design)
    np.testing.assert_allclose(posterior.parameter_std, np.sqrt(np.diag(covariance)), rtol=1e-9)
    np.testing.assert_allclose(posterior.theta, coefficients, rtol=1e-9, atol=1e-12)


def test_outputs_that_share_nothing_are_regressions_of_their_own() -> None:
    """Each output of a linear model gets the error bars that it would have alone."""
    X, first = linear_problem(rows=30)
    second = X @ [3.0, 0.0, -1.0] + 5 * np.random.default_rng(8).normal(size=30)
    Y = np.stack([first, second], axis=1)
    net = rv.MLP([3, 2], bias=False)
    rv.fit_linear(net, X, Y)
    both = rv.laplace(rv.EmpiricalRisk(net, X, Y))
    _, std = both.predict(X[:5])
    _, covariance = both.predict(X[:5], covariance=True)
    assert both.noise_variance is not None
    assert both.noise_variance[1] > 50 * both.noise_variance[0]
    for k, y in enumerate((first, second)):
        alone = rv.MLP([3, 1], bias=False)
        rv.fit_linear(alone, X, y)
        posterior = rv.laplace(rv.EmpiricalRisk(alone, X, y))
        assert posterior.noise_variance is not None
        assert both.noise_variance[k] == pytest.approx(posterior.noise_variance[0])
        np.testing.assert_allclose(std[:, k], posterior.predict(X[:5])[1][:, 0], rtol=1e-9)
        np.testing.assert_allclose(covariance[:, k, k], std[:, k] ** 2, rtol=1e-9)
    np.testing.assert_allclose(covariance[:, 0, 1], 0, atol=1e-12)


@pytest.mark.parametrize("curvature", ["gauss-newton", "hessian"])
def test_equal_noise_of_several_outputs_is_one_noise(curvature: Any) -> None:
    X, y = sine()
    risk = trained(X, np.stack([y, y**2], axis=1))
    plain = rv.laplace(risk, curvature=curvature, noise_variance=0.02)
    several = rv.laplace(risk, curvature=curvature, noise_variance=[0.02, 0.02])
    np.testing.assert_array_equal(plain.factor, several.factor)
    nearly = rv.laplace(risk, curvature=curvature, noise_variance=[0.02, 0.02 * (1 + 1e-9)])
    np.testing.assert_allclose(nearly.predict(X)[1], plain.predict(X)[1], rtol=1e-5)


@pytest.mark.parametrize("curvature", ["gauss-newton", "hessian"])
def test_invariances(curvature: Any) -> None:
    """Sum or mean, rows twice or weights of 2, a unit of the targets: all the same posterior."""
    X, y = sine()
    risk = trained(X, y, hidden=1)
    net = risk.net
    plain = rv.laplace(risk, curvature=curvature)
    mean, std = plain.predict(X[:9])
    count = len(y)

    total = rv.EmpiricalRisk(net, X, y, l2=1e-3 * count, reduction="sum")
    np.testing.assert_allclose(rv.laplace(total, curvature=curvature).predict(X[:9])[1], std, rtol=1e-8)

    twice = rv.EmpiricalRisk(net, np.r_[X, X], np.r_[y, y], l2=1e-3)
    weighted = rv.EmpiricalRisk(net, X, y, l2=1e-3, sample_weight=np.full(count, 2.0))
    a, b = (rv.laplace(each, curvature=curvature) for each in (twice, weighted))
    np.testing.assert_allclose(a.factor, b.factor, rtol=1e-9, atol=1e-9 * np.abs(a.factor).max())
    assert a.log_evidence == pytest.approx(b.log_evidence, rel=1e-10)
    assert (a.observations, a.effective_parameters) == pytest.approx((2 * count, b.effective_parameters))

    part = rv.laplace(rv.EmpiricalRisk(net, X, y, l2=1e-3).subset(np.arange(count)), curvature=curvature)
    np.testing.assert_array_equal(part.factor, plain.factor)

    scaled = rv.MLP([1, 1, 1])  # f = 100 g: the last layer a hundred times as large, its prior weaker
    scaled.theta = net.theta
    scaled.layers[1].weight[...] *= 100
    scaled.layers[1].bias[...] *= 100
    other = rv.laplace(
        rv.EmpiricalRisk(scaled, X, 100 * y, l2=[1e-3 * 1e4, 1e-3]), curvature=curvature, bias_l2=0.0
    )
    same = rv.laplace(risk, curvature=curvature, bias_l2=0.0)
    np.testing.assert_allclose(other.predict(X[:9])[1], 100 * same.predict(X[:9])[1], rtol=1e-7)
    assert other.effective_parameters == pytest.approx(same.effective_parameters, rel=1e-8)
    np.testing.assert_allclose(100 * mean, other.predict(X[:9])[0], rtol=1e-9)


def test_what_is_missing_is_as_good_as_absent() -> None:
    X, y = sine()
    Y = np.stack([y, np.cos(X[:, 0])], axis=1)
    Y[::3, 1] = np.nan
    net = rv.MLP([1, 4, 2], seed=0)
    risk = rv.EmpiricalRisk(net, X, Y, l2=1e-3, missing="mask")
    assert rv.minimize(risk).success
    posterior = rv.laplace(risk)
    squares = np.nansum((net.predict(X) - Y) ** 2, axis=0)
    left = np.array([60, 40]) - posterior.effective_parameters / 2
    np.testing.assert_allclose(posterior.noise_variance, squares / left, rtol=1e-9)
    assert posterior.dispersion == pytest.approx(squares.sum() / left.sum())
    gone = rv.laplace(replace_row(risk, X, Y), noise_variance=[0.1, 0.2])
    weightless = rv.EmpiricalRisk(
        net, X, Y, l2=1e-3, missing="mask", sample_weight=np.r_[0.0, np.ones(len(y) - 1)]
    )
    kept = rv.laplace(weightless, noise_variance=[0.1, 0.2])
    np.testing.assert_allclose(kept.predict(X)[1], gone.predict(X)[1], rtol=1e-7)
    assert kept.observations == gone.observations == len(y) - 1


def replace_row(risk: rv.EmpiricalRisk, X: Any, Y: Any) -> rv.EmpiricalRisk:
    return rv.EmpiricalRisk(risk.net, X[1:], Y[1:], l2=1e-3, missing="mask")


def test_hessian_and_gauss_newton_agree_where_the_residuals_vanish() -> None:
    """And the Newton decrement is the one of the diagnostics, in standard deviations."""
    X, y = sine(noise=0.0)
    net = rv.MLP([1, 2, 1], seed=2)
    net.theta = [3.0, -1.0, 1.0, 0.5, 1.0, 1.0, 0.0]
    risk = rv.EmpiricalRisk(net, X, net.predict(X)[:, 0], l2=0.0)
    posteriors = [rv.laplace(risk, curvature=c, noise_variance=0.1) for c in ("gauss-newton", "hessian")]
    np.testing.assert_allclose(posteriors[0].predict(X)[1], posteriors[1].predict(X)[1], rtol=1e-6)
    risk = trained(X, y, hidden=1)
    risk.net.theta[...] += 0.03
    posterior = rv.laplace(risk, curvature="hessian", noise_variance=0.01, bias_l2=0.0)
    point = rv.diagnostics.critical_point(risk)
    assert posterior.newton_decrement == pytest.approx(
        point.newton_decrement * np.sqrt(len(y) / 0.01), rel=1e-6
    )
    assert not posterior.at_minimum
    assert "Not at a minimum" in str(posterior)
    assert posterior.gradient_norm == pytest.approx(point.gradient_norm)


def test_draws_have_the_covariance_and_the_error_bars_they_are_drawn_from() -> None:
    X, y = sine()
    posterior = rv.laplace(trained(X, y))
    draws = posterior.sample(40_000, seed=3)
    np.testing.assert_array_equal(draws, posterior.sample(40_000, seed=3))
    whitened = (draws - posterior.theta) @ posterior.factor
    np.testing.assert_allclose(np.cov(whitened.T), np.eye(draws.shape[1]), atol=0.03)
    np.testing.assert_allclose(draws.std(axis=0), posterior.parameter_std, rtol=0.03)


def test_many_rows_take_the_memory_of_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = sine(rows=300)
    risk = trained(X, np.stack([y, y**2, -y], axis=1))
    posterior = rv.laplace(risk)
    whole = posterior.predict(X, covariance=True)
    largest = 0
    jacobian = rv.MLP.jacobian

    def watched(net: rv.MLP, rows: Any, out: Any = None) -> Any:
        nonlocal largest
        J = jacobian(net, rows, out)
        largest = max(largest, J.nbytes)
        return J

    monkeypatch.setattr(rv.MLP, "jacobian", watched)
    monkeypatch.setattr(posterior_module, "_BLOCK", 20_000)
    mean, covariance = posterior.predict(X, covariance=True)
    assert 0 < largest <= 20_000
    np.testing.assert_array_equal(mean, whole[0])
    np.testing.assert_allclose(covariance, whole[1], rtol=1e-12)


def test_memory_does_not_grow_with_the_rows() -> None:
    X, y = sine(rows=40)
    posterior = rv.laplace(trained(X, y, hidden=100))
    many = np.linspace(-1, 1, 40_000)[:, None]  # a Jacobian of 96 MB
    posterior.predict(many[:10])
    tracemalloc.start()
    try:
        posterior.predict(many)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3.2 * posterior_module._BLOCK


def test_it_can_be_sent_to_another_process() -> None:
    X, y = sine()
    posterior = rv.laplace(trained(X, y))
    again = pickle.loads(pickle.dumps(posterior))
    np.testing.assert_array_equal(again.predict(X)[1], posterior.predict(X)[1])


def test_raw_units_of_a_scaled_model() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.uniform(100, 300, (80, 2)), rng.normal(5e4, 2e3, (80, 2))
    net = rv.MLP([2, 3, 2], seed=0)
    model = rv.ScaledModel.fit_scaling(net, X, y)
    Z = model.network_inputs(X)
    risk = rv.EmpiricalRisk(net, Z, model.network_targets(y), l2=1e-2)
    assert rv.minimize(risk).success
    raw, plain = rv.laplace(risk, model=model), rv.laplace(risk)
    assert model.targets is not None
    for options in ({}, {"noise": True}):
        (mean, std), (z, deviation) = raw.predict(X, **options), plain.predict(Z, **options)
        np.testing.assert_allclose(mean, model.targets.inverse_transform(z))
        np.testing.assert_allclose(std, deviation * model.targets.scale)
    np.testing.assert_allclose(raw.noise_std, plain.noise_std * model.targets.scale)
    covariance = raw.predict(X, covariance=True, noise=True)[1]
    np.testing.assert_allclose(np.sqrt(covariance[:, 1, 1]), std[:, 1])
    net.theta[...] = 0  # training goes on: what was found stays
    np.testing.assert_array_equal(raw.predict(X)[0], mean)


def test_about_68_of_100_intervals_of_one_deviation_hold_the_truth() -> None:
    """Over 60 draws of the data, of the function at 20 places."""
    places = np.linspace(-0.9, 0.9, 20)[:, None]
    inside = []
    for seed in range(60):
        X, y = sine(seed=seed, rows=50)
        risk = trained(X, y, l2=1e-4)
        mean, std = rv.laplace(risk).predict(places)
        inside.append(np.abs(mean[:, 0] - np.sin(3 * places[:, 0])) < std[:, 0])
    assert np.mean(inside) == pytest.approx(0.683, abs=0.06)


def test_unequal_noise_of_outputs_that_share_a_layer() -> None:
    """What 400 draws of the noise do to the estimate is what the error bars of one of them say."""
    X = np.linspace(-1, 1, 40)[:, None]
    net = rv.MLP([1, 1, 2])
    truth = np.array([1.5, 0.3, 2.0, -1.0, 0.2, 0.1])
    net.theta = truth
    clean, deviations = net.predict(X), np.array([0.02, 0.4])
    rng = np.random.default_rng(0)
    found, claimed = [], []
    for _ in range(400):
        net.theta = truth
        risk = rv.EmpiricalRisk(net, X, clean + deviations * rng.normal(size=clean.shape))
        assert rv.minimize(risk, certificate=False).success
        found.append(net.predict(X))
        if len(claimed) < 20:
            claimed.append(rv.laplace(risk, bias_l2=0.0, noise_variance=deviations**2).predict(X)[1])
    ratio = np.mean(claimed, axis=0) / np.std(found, axis=0)
    np.testing.assert_allclose(ratio, 1, atol=0.2)


def test_what_it_prints() -> None:
    X, y = linear_problem()
    net = rv.MLP([3, 1], bias=False)
    risk = rv.EmpiricalRisk(net, X, y, l2=0.01)
    rv.minimize(risk)
    posterior = replace(rv.laplace(risk, noise_variance=0.09), newton_decrement=1e-9, log_evidence=-25.14)
    assert str(posterior).splitlines() == [
        "Laplace approximation, gauss-newton, squared_error",
        "At a minimum: the mode is 1e-09 posterior standard deviations away.",
        "",
        "         parameters  determined by the data  prior precision of weights",
        "-------  ----------  ----------------------  --------------------------",
        "layer 0           3                   2.965                       4.444",
        "all               3                   2.965",
        "",
        "observations (sum of weights): 40",
        "standard deviation of the noise: 0.3",
        "log evidence: -25.14",
    ]
    assert repr(posterior).startswith("LaplacePosterior(MLP([3, 1]")
