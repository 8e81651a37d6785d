"""Predicted runs against runs that are made, steps against what J does, and models against their order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ravine as rv
from ravine.diagnostics import ComponentVerdict as Verdict
from support.spectra import orthogonal, random_vector, with_spectrum


@given(rate=st.floats(0.01, 0.5), momentum=st.sampled_from([0.0, 0.3, 0.9]), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_predicted_coordinates_are_those_of_the_optimizer(rate: float, momentum: float, seed: int) -> None:
    eigenvalues = np.array([-0.3, 0.0, 0.5, 1.0, 4.0])
    A, theta = with_spectrum(eigenvalues, seed), random_vector(5, seed)
    report = rv.diagnostics.quadratic_dynamics(A, rate, momentum, start=theta)
    optimizer = rv.optim.SGD(lr=rate, momentum=momentum)
    path = [theta.copy()]
    for _ in range(15):
        optimizer.step(theta, A @ theta)
        path.append(theta.copy())
    assert report.vectors is not None
    moved = (np.array(path) - path[0]) @ report.vectors
    np.testing.assert_allclose(report.components(15), moved, atol=1e-9 * np.abs(moved).max())
    np.testing.assert_allclose(
        report.curve(15), [0.5 * t @ A @ t for t in path], rtol=1e-8, atol=1e-9 * np.abs(moved).max() ** 2
    )


def test_verdicts_of_descent() -> None:
    report = rv.diagnostics.quadratic_dynamics([-1, 0, 0.5, 2, 3, 4, 4.1], rate=0.5)
    assert report.verdicts == (
        Verdict.DIVERGES,
        Verdict.STILL,
        Verdict.DECAYS,
        Verdict.ONE_STEP,
        Verdict.OSCILLATES,
        Verdict.SUSTAINED,
        Verdict.DIVERGES,
    )
    np.testing.assert_allclose(report.factors, [1.5, 1, 0.75, 0, 0.5, 1, 1.05], atol=1e-15)
    assert not report.stable
    assert report.largest_stable_rate == 0
    assert np.isnan(report.best_rate)
    assert "2 diverges" in str(report)


def test_verdicts_of_momentum() -> None:
    report = rv.diagnostics.quadratic_dynamics([0.001, 0.1, 1.0, 3.0, 3.6, 3.7], rate=1.0, momentum=0.8)
    assert report.verdicts == (
        Verdict.DECAYS,
        *[Verdict.OSCILLATES] * 3,
        Verdict.SUSTAINED,
        Verdict.DIVERGES,
    )
    assert report.factors[1:4] == pytest.approx(np.sqrt(0.8))


@given(low=st.floats(0.01, 1), spread=st.floats(1.01, 1e3), momentum=st.floats(0, 0.95))
@settings(max_examples=40, deadline=None)
def test_best_rates_are_best_and_largest_ones_are_largest(low: float, spread: float, momentum: float) -> None:
    eigenvalues = low * np.geomspace(1, spread, 7)
    report = rv.diagnostics.quadratic_dynamics(eigenvalues, momentum=momentum)
    worst = report.factors.max()
    for change in (0.9, 0.99, 1.01, 1.1):
        assert report.at(change * report.best_rate).factors.max() >= worst - 1e-12
    largest = report.largest_stable_rate
    assert report.at(0.999 * largest).stable
    assert not report.at(1.001 * largest).stable
    rate, beta = report.best_momentum
    best = report.at(rate, beta)
    np.testing.assert_allclose(best.factors.max(), np.sqrt(beta), rtol=1e-6, atol=1e-6)
    assert best.factors.max() <= worst + 1e-6


def test_a_risk_and_a_flat_direction() -> None:
    X = np.random.default_rng(0).normal(size=(60, 4))
    X[:, 3] = X[:, 2]  # one combination of the last two never matters
    y = X[:, 0] - X[:, 2]
    net = rv.MLP([4, 1], bias=False, initializer="zeros")
    risk = rv.EmpiricalRisk(net, X, y)
    report = rv.diagnostics.quadratic_dynamics(risk)
    assert report.verdicts[0] is Verdict.STILL
    predicted = report.curve(10)
    history = rv.fit(
        net, X, y, optimizer=rv.optim.SGD(lr=report.rate), epochs=10, batch_size=None, shuffle=False
    )
    np.testing.assert_allclose(history["loss"], predicted[:-1], rtol=1e-8)
    assert risk.value() == pytest.approx(predicted[-1], rel=1e-7)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([1.0, 2.0], -0.1), ValueError, "rate must be finite and not negative"),
        (([1.0, 2.0], 0.1, 1.0), ValueError, r"momentum must lie in \[0, 1\), got 1"),
        (([-1.0, 2.0],), ValueError, "rate must be given"),
        (([0.0, 0.0],), ValueError, "rate must be given"),
        (([[1.0, 2.0], [0.0, 1.0]], 0.1), ValueError, "matrix must be symmetric"),
        (([1.0, np.nan], 0.1), ValueError, "eigenvalues must be finite"),
    ],
)
def test_what_dynamics_refuse(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        rv.diagnostics.quadratic_dynamics(*arguments)


def test_start_and_theta_go_with_their_own() -> None:
    with pytest.raises(TypeError, match="theta belongs to a risk"):
        rv.diagnostics.quadratic_dynamics([1.0], theta=[1.0])
    with pytest.raises(TypeError, match="start belongs to eigenvalues"):
        rv.diagnostics.quadratic_dynamics(rv.surfaces.Ravine(), theta=[1.0, 1.0], start=[1.0, 1.0])


@given(seed=st.integers(0, 999))
@settings(max_examples=20, deadline=None)
def test_steps_beyond_break_even_ascend(seed: int) -> None:
    """On a quadratic the model is the function."""
    A, theta = with_spectrum([0.5, 1, 20], seed), random_vector(3, seed)
    function = SimpleNamespace(
        value=lambda t: 0.5 * t @ A @ t,
        gradient=lambda t: A @ t,
        hessian_product=lambda _, v: A @ v,
    )
    report = rv.diagnostics.ill_conditioning(function, theta)
    g = A @ theta
    assert (report.gg, report.ghg) == (pytest.approx(g @ g), pytest.approx(g @ A @ g))
    assert 0.5 * (1 - 1e-12) <= report.ratio <= 20 * (1 + 1e-12)
    change = [
        function.value(theta - s * report.break_even_step * g) - report.value for s in (0.5, 0.99, 1.01)
    ]
    assert change[0] < change[1] < 0 < change[2]
    assert change[0] == pytest.approx(report.predicted_change(report.best_step))


def test_no_break_even_where_the_curvature_is_negative_or_the_gradient_zero() -> None:
    saddle = rv.diagnostics.ill_conditioning(rv.surfaces.Saddle(), [0.0, 0.5])
    assert (saddle.ratio < 0) == (saddle.ghg < 0)
    dome = SimpleNamespace(
        value=lambda t: -(t @ t), gradient=lambda t: -2 * t, hessian=lambda _: -2 * np.eye(2)
    )
    downward = rv.diagnostics.ill_conditioning(dome, [1.0, 0.0])
    assert downward.best_step == downward.break_even_step == np.inf
    assert "none, gᵀHg ≤ 0" in str(downward)
    still = rv.diagnostics.ill_conditioning(dome, [0.0, 0.0])
    assert (still.gg, still.ghg) == (0, 0)
    assert np.isnan(still.ratio)


def test_the_monitor_of_a_run() -> None:
    X = np.linspace(-1, 1, 20)[:, None]
    y = np.sin(3 * X[:, 0])
    net = rv.MLP([1, 6, 1], seed=0)
    risk = rv.EmpiricalRisk(net, X, y)
    by_epoch = rv.diagnostics.IllConditioningMonitor(risk, every=2)
    by_update = rv.diagnostics.IllConditioningMonitor(risk)
    rv.fit(
        net,
        X,
        y,
        optimizer=rv.optim.SGD(lr=0.1),
        epochs=5,
        batch_size=5,
        callbacks=[by_epoch],
        step_callbacks=[by_update],
    )
    assert by_epoch["epoch"].tolist() == [0, 2, 4]
    assert by_update["updates"].tolist() == list(range(21))
    last = by_update.records[-1].report
    assert last == rv.diagnostics.ill_conditioning(risk)
    assert by_update["ratio"][-1] == last.ratio
    assert "break-even" in str(by_update)
    with pytest.raises(KeyError, match="no column 'norm'"):
        by_epoch["norm"]


def test_the_monitor_ends_no_run_that_diverges() -> None:
    net = rv.MLP([1, 1], initializer="zeros")
    monitor = rv.diagnostics.IllConditioningMonitor(rv.EmpiricalRisk(net, [[1e100]], [1.0]))
    net.theta[:] = 1e210  # the product of both overflows
    monitor(rv.EpochRecord(epoch=1, loss=np.inf, gradient_norm=np.inf, seconds=0.0))
    assert np.isfinite(monitor["value"][0])
    assert np.isnan(monitor["gg"][1])
    assert np.isnan(monitor["best_step"][1])


def test_errors_of_the_models_fall_with_their_order() -> None:
    net = rv.MLP([2, 5, 1], seed=1)
    X = orthogonal(8, 0)[:, :2]
    risk = rv.EmpiricalRisk(net, X, X[:, 0] ** 2)
    direction = random_vector(net.parameter_count, 0)
    report = rv.diagnostics.taylor(risk, direction=direction, steps=np.geomspace(1e-3, 1e-1, 12))
    assert report.order(1) == pytest.approx(2, abs=0.1)
    assert report.order(2) == pytest.approx(3, abs=0.2)
    assert report.slope == pytest.approx(risk.gradient() @ direction)
    assert report.curvature == pytest.approx(direction @ risk.hessian() @ direction)
    default = rv.diagnostics.taylor(risk)
    np.testing.assert_array_equal(default.direction, -risk.gradient())
    assert default.steps.size == 25
    assert "errors fall as" in str(default)
    with pytest.raises(ValueError, match="direction must not be zero, got all zeros"):
        rv.diagnostics.taylor(risk, direction=np.zeros(net.parameter_count))
    with pytest.raises(ValueError, match="-∇J, which is zero here"):
        rv.diagnostics.taylor(rv.surfaces.Ravine(), [0.0, 0.0])
    with pytest.raises(ValueError, match="model must be 1 or 2"):
        report.order(3)
