"""Pictures of error bars and of the loss: what is drawn is what the records hold."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine.uncertainty import coverage, reliability

pytest.importorskip("matplotlib")


def is_png(figure: Any) -> bool:
    buffer = io.BytesIO()
    rv.plots.save_figure(figure, buffer)
    return buffer.getvalue().startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def fit() -> rv.EvidenceFit:
    x = np.linspace(-1, 1, 40)[:, None]
    y = np.sin(3 * x[:, 0]) + 0.1 * np.random.default_rng(0).normal(size=40)
    return rv.fit_evidence(rv.EmpiricalRisk(rv.MLP([1, 5, 1], seed=0), x, y))


def test_a_posterior(fit: rv.EvidenceFit) -> None:
    figure = fit.posterior.plot()
    drawn = [patch.get_data().values for patch in figure.axes[0].patches]
    assert sum(values.sum() for values in drawn) == pytest.approx(fit.posterior.effective_parameters)
    assert is_png(figure)


def test_a_search_for_the_evidence(fit: rv.EvidenceFit) -> None:
    figure = fit.plot()
    dots = figure.axes[0].lines[0].get_ydata()
    np.testing.assert_array_equal(np.sort(dots), np.sort([each.log_evidence for each in fit.rounds]))
    assert figure.axes[0].lines[1].get_xdata()[0] == fit.risk.l2[0]
    assert is_png(figure)
    x = np.linspace(-1, 1, 30)[:, None]
    y = x[:, 0] + 0.1 * np.random.default_rng(0).normal(size=30)
    by_layer = rv.fit_evidence(rv.EmpiricalRisk(rv.MLP([1, 2, 1], seed=0), x, y), by_layer=True, max_rounds=9)
    figure = by_layer.plot()
    assert len(figure.axes[1].lines) == 2
    assert is_png(figure)


def test_a_fitted_curve(fit: rv.EvidenceFit) -> None:
    x = np.linspace(-1, 1, 40)
    figure = rv.plots.fitted_curve(fit.posterior, x, np.sin(3 * x), extend=0.5)
    curve, dots = figure.axes[0].lines
    np.testing.assert_allclose(curve.get_xdata()[[0, -1]], [-2, 2])
    np.testing.assert_allclose(curve.get_ydata(), fit.posterior.predict(curve.get_xdata()[:, None])[0][:, 0])
    np.testing.assert_array_equal(dots.get_xdata(), x)
    assert is_png(figure)
    assert is_png(rv.plots.fitted_curve(fit.posterior, x[:1]))
    with pytest.raises(ValueError, match=r"y must have shape \(40, 1\)"):
        rv.plots.fitted_curve(fit.posterior, x, np.zeros(3))
    with pytest.raises(ValueError, match="X must have at least one row"):
        rv.plots.fitted_curve(fit.posterior, [])
    two = rv.EmpiricalRisk(rv.MLP([2, 1]), np.eye(2).repeat(5, 0), np.arange(10.0))
    with pytest.raises(ValueError, match="needs a model of one input, this one has 2"):
        rv.plots.fitted_curve(rv.laplace(two), np.zeros((3, 2)))


def test_predictions_beside_the_truth() -> None:
    rng = np.random.default_rng(0)
    mean, std = rng.normal(size=(50, 2)), np.full((50, 2), 0.5)
    y = mean + std * rng.normal(size=(50, 2))
    figure = rv.plots.predictions(y, mean, std)
    assert len(figure.axes) == 2
    inside = 100 * np.mean(np.abs(y - mean)[:, 0] <= 1)
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels[0] == f"{inside:.0f} % within two deviations"
    assert is_png(figure)
    assert is_png(rv.plots.predictions(y[:, 0], mean[:, 0]))
    with pytest.raises(ValueError, match="must have one shape"):
        rv.plots.predictions(y, mean[:, :1])
    with pytest.raises(ValueError, match="must have one shape"):
        rv.plots.predictions([], [])


def test_calibration() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=100)
    one, other = (coverage(y, np.zeros(100), np.full(100, s)) for s in (1.0, 2.0))
    figure = rv.plots.calibration({"right": one, "wide": other})
    drawn = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 19]
    np.testing.assert_allclose(drawn[0].get_ydata(), 100 * one.observed)
    assert is_png(figure)
    p = rng.random(100)
    assert is_png(reliability(p, (rng.random(100) < p).astype(int)).plot())
    with pytest.raises(ValueError, match="one or more of one kind"):
        rv.plots.calibration({"a": one, "b": reliability([0.5], [1])})
    with pytest.raises(ValueError, match="one or more of one kind"):
        rv.plots.calibration({})


def test_a_loss_surface(fit: rv.EvidenceFit) -> None:
    report = rv.diagnostics.loss_surface(fit.risk, points=9)
    figure = report.plot()
    lines = figure.axes[1].lines
    np.testing.assert_array_equal(lines[0].get_ydata(), report.values[4])
    np.testing.assert_array_equal(lines[1].get_ydata(), report.values[:, 4])
    assert is_png(figure)
    steep = rv.diagnostics.loss_surface(fit.risk, directions=np.eye(16)[:2], reach=[1.0, 1e200], points=5)
    assert not np.isfinite(steep.values).all()
    assert is_png(steep.plot())
