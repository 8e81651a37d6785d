"""The strength of the penalty by evidence: where it stands, and what it says where it does not."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine.uncertainty import EvidenceStop


def linear_risk(rows: int = 60) -> rv.EmpiricalRisk:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, 5))
    y = X @ rng.normal(size=5) + 0.5 * rng.normal(size=rows)
    return rv.EmpiricalRisk(rv.MLP([5, 1], bias=False), X, y)


def sine_risk(rows: int = 50, hidden: int = 10, noise: float = 0.2) -> rv.EmpiricalRisk:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (rows, 1))
    y = np.sin(3 * x[:, 0]) + noise * rng.normal(size=rows)
    return rv.EmpiricalRisk(rv.MLP([1, hidden, 1], seed=0), x, y)


@pytest.mark.parametrize("search", ["fixed-point", "evidence"])
def test_a_linear_model_comes_to_the_maximum_of_its_evidence(search: Any) -> None:
    """The log marginal likelihood in closed form stands still there, by finite differences."""
    risk = linear_risk()
    fit = rv.fit_evidence(risk, search=search, tolerance=1e-7 if search == "fixed-point" else 1e-3)
    assert fit.success
    X, y = risk._inputs, risk._targets[:, 0]

    def marginal(alpha: float, variance: float) -> float:
        C = variance * np.eye(len(y)) + X @ X.T / alpha
        return float(-0.5 * (y @ np.linalg.solve(C, y) + np.linalg.slogdet(2 * np.pi * C)[1]))

    alpha, variance = fit.posterior.prior_precision[0], fit.posterior.dispersion
    assert fit.posterior.log_evidence == pytest.approx(marginal(alpha, variance), rel=1e-9)
    h = 1e-4
    slopes = (
        (marginal(alpha * (1 + h), variance) - marginal(alpha * (1 - h), variance)) / (2 * h),
        (marginal(alpha, variance * (1 + h)) - marginal(alpha, variance * (1 - h))) / (2 * h),
    )
    np.testing.assert_allclose(slopes, 0, atol=2e-6 if search == "fixed-point" else 5e-3)


def test_the_slope_of_the_log_evidence_is_mackays() -> None:
    """d log p/d log α = ½ (n_W - α tr C - α‖W‖²) with σ² held, for a linear model at every α."""
    risk = linear_risk()
    for l2 in (1e-3, 1e-1, 1.0):

        def at(strength: float) -> rv.LaplacePosterior:
            current = risk.with_l2(strength)
            rv.minimize(current, gtol=1e-12)
            return rv.laplace(current, noise_variance=0.3)

        h = 1e-5
        slope = (at(l2 * (1 + h)).log_evidence - at(l2 * (1 - h)).log_evidence) / (2 * h)
        posterior = at(l2)
        alpha = posterior.prior_precision[0]
        expected = 0.5 * (posterior.effective_parameters - alpha * np.square(posterior.theta).sum())
        assert slope == pytest.approx(expected, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("by_layer", [False, True])
def test_a_network_keeps_what_the_data_determine(by_layer: bool) -> None:
    risk = sine_risk()
    fit = rv.fit_evidence(risk, by_layer=by_layer)
    assert fit.success
    assert fit.reason is EvidenceStop.STANDS
    assert fit.posterior.at_minimum
    assert fit.posterior.noise_std is not None
    assert fit.posterior.noise_std[0] == pytest.approx(0.2, abs=0.03)
    assert 3 < fit.posterior.effective_parameters < 9
    assert (len(set(fit.risk.l2)) == 2) == by_layer
    best = max(each.log_evidence for each in fit.rounds)
    assert fit.posterior.log_evidence == best
    np.testing.assert_array_equal(risk.net.theta, fit.posterior.theta)
    assert np.linalg.norm(fit.risk.gradient()) < 1e-6
    grid = np.linspace(-0.9, 0.9, 50)[:, None]
    error = risk.net.predict(grid)[:, 0] - np.sin(3 * grid[:, 0])
    assert np.sqrt(np.mean(error**2)) < 0.1


def test_weak_and_strong_starts_end_at_the_same_evidence() -> None:
    found = []
    for start in (1e-5, 1e-2, 1.0):
        risk = sine_risk().with_l2(start)
        found.append(rv.fit_evidence(risk).posterior.log_evidence)
    assert np.ptp(found) < 0.6


def test_the_fixed_point_may_lose_evidence_on_the_way_and_still_stands() -> None:
    risk = sine_risk()
    fit = rv.fit_evidence(risk, search="fixed-point", tolerance=1e-3)
    assert fit.success
    assert fit.change <= fit.tolerance
    gamma = fit.posterior.determined
    weights = np.r_[0:10, 20:30]
    alpha = gamma[weights].sum() / np.square(fit.posterior.theta[weights]).sum()
    assert fit.posterior.prior_precision[0] == pytest.approx(alpha, rel=2e-3)


def test_classes() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = (X[:, 0] * X[:, 1] + 0.5 * rng.normal(size=200) > 0).astype(int)
    risk = rv.EmpiricalRisk(rv.MLP([2, 8, 2], seed=0), X, y, loss="cross_entropy")
    fit = rv.fit_evidence(risk)
    assert fit.success
    assert fit.posterior.dispersion == 1
    assert np.mean(risk.net.predict(X).argmax(axis=1) == y) > 0.75


def test_a_prior_mean_is_where_weights_are_drawn_to() -> None:
    risk = sine_risk()
    rv.fit_evidence(risk)
    found = risk.net.theta.copy()
    net = rv.MLP([1, 10, 1], seed=0)
    again = rv.EmpiricalRisk(net, risk._inputs, risk._targets, prior=found)
    near, far = rv.fit_evidence(again), rv.fit_evidence(sine_risk())
    assert near.posterior.prior_precision[0] > 5 * far.posterior.prior_precision[0]
    assert near.posterior.effective_parameters < far.posterior.effective_parameters


def test_the_fixed_point_counts_from_the_prior_mean() -> None:
    V = np.array([1.0, -1.0, 0.5, 0.0, 2.0])
    plain = linear_risk()
    net = rv.MLP([5, 1], bias=False)
    risk = rv.EmpiricalRisk(net, plain._inputs, plain._targets, prior=V)
    fit = rv.fit_evidence(risk, search="fixed-point", tolerance=1e-6)
    assert fit.success
    gamma = fit.posterior.effective_parameters
    assert fit.posterior.prior_precision[0] == pytest.approx(gamma / np.square(net.theta - V).sum(), rel=1e-5)


def test_honest_ends() -> None:
    few = rv.fit_evidence(sine_risk(), max_rounds=3)
    assert (few.reason, few.success, len(few.rounds)) == (EvidenceStop.MAX_ROUNDS, False, 3)
    short = rv.fit_evidence(sine_risk(), options={"maxiter": 2})
    assert short.reason is EvidenceStop.NO_MINIMUM
    assert "Not at a minimum" in str(short)
    rng = np.random.default_rng(0)
    net = rv.MLP([1, 1], bias=False, initializer="zeros")
    noise = rv.EmpiricalRisk(net, rng.normal(size=(30, 1)), np.zeros(30))
    with pytest.raises(ValueError, match="output 0 is met exactly"):
        rv.fit_evidence(noise)
    nothing = rv.EmpiricalRisk(rv.MLP([3, 1], seed=0), np.zeros((30, 3)), rng.normal(size=30))
    for search in ("evidence", "fixed-point"):
        fit = rv.fit_evidence(nothing, search=search)  # type: ignore[arg-type]
        assert fit.reason is EvidenceStop.NO_WEIGHTS
    exact = sine_risk(noise=0.0, rows=12, hidden=6)
    for search in ("evidence", "fixed-point"):
        fit = rv.fit_evidence(exact.with_l2(1e-3), search=search)  # type: ignore[arg-type]
        assert np.isfinite(fit.posterior.log_evidence)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"search": "grid"}, ValueError, "search must be 'evidence' or 'fixed-point', got 'grid'"),
        ({"max_rounds": 0}, ValueError, "max_rounds must be at least 1"),
        ({"tolerance": 0}, ValueError, "tolerance must be positive"),
        ({"method": "magic"}, ValueError, "magic"),
        ({"options": {"maxitr": 3}}, TypeError, "maxitr"),
        ({"curvature": "fisher"}, ValueError, "curvature must be"),
    ],
)
def test_bad_arguments(options: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        rv.fit_evidence(sine_risk(), **options)


def test_what_it_prints() -> None:
    fit = rv.fit_evidence(linear_risk(), search="fixed-point", max_rounds=2, tolerance=1e-9)
    lines = str(fit).splitlines()
    assert lines[0] == "The rounds are used up, and the strengths still change. (no success)"
    assert lines[1].startswith("change of log l2 asked for: ")
    assert lines[3].split() == [
        "round", "l2", "dispersion", "effective", "parameters", "log", "evidence", "iterations",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines[5:7]] == ["1", "2"]
    long = rv.fit_evidence(sine_risk(), by_layer=True)
    assert len(long.rounds) > 10
    assert ", " in str(long).splitlines()[10]


def test_each_round_is_told_with_theta_where_it_ended() -> None:
    risk, heard = sine_risk(), []

    def listen(record: rv.uncertainty.EvidenceRound) -> None:
        heard.append((record, risk.with_l2(record.l2).value()))

    fit = rv.fit_evidence(risk, callback=listen)
    assert tuple(record for record, _ in heard) == fit.rounds
    np.testing.assert_array_equal([value for _, value in heard], [each.value for each in fit.rounds])


def test_what_a_listener_raises_reaches_the_caller() -> None:
    def refuse(_: Any) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        rv.fit_evidence(sine_risk(), callback=refuse)


def test_time_ends_the_search_with_the_best_so_far() -> None:
    risk, rounds = sine_risk(), []
    fit = rv.fit_evidence(
        risk, max_time=0.5, callback=lambda record: (rounds.append(record), time.sleep(0.3))
    )
    assert fit.reason is EvidenceStop.TIME
    assert not fit.success
    assert len(rounds) < 10
    best = max((each for each in rounds if each.at_minimum), key=lambda each: each.log_evidence)
    assert fit.risk.l2 == best.l2
    np.testing.assert_array_equal(risk.net.theta, fit.posterior.theta)
    with pytest.raises(ValueError, match="max_time"):
        rv.fit_evidence(risk, max_time=0)


def test_a_first_round_that_does_not_arrive_is_not_the_end() -> None:
    """With little penalty the way to the minimum is long; with more of it, it is found."""
    risk = sine_risk(hidden=20).with_l2(1e-3)
    fit = rv.fit_evidence(risk, method="newton", options={"maxiter": 15})
    assert not fit.rounds[0].at_minimum
    assert fit.posterior.at_minimum
    assert fit.reason is EvidenceStop.STANDS
