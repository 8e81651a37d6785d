"""Every report of curvature draws itself, and what is drawn is what it holds."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

import ravine as rv

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def risk() -> rv.EmpiricalRisk:
    X = np.random.default_rng(0).normal(size=(30, 2))
    return rv.EmpiricalRisk(rv.MLP([2, 4, 1], seed=0), X, X[:, 0] * X[:, 1])


def is_png(figure: Any) -> bool:
    buffer = io.BytesIO()
    rv.plots.save_figure(figure, buffer)
    return buffer.getvalue().startswith(b"\x89PNG")


def test_spectra(risk: rv.EmpiricalRisk) -> None:
    whole = rv.diagnostics.spectrum(risk)
    figure = whole.plot()
    drawn = np.concatenate([line.get_ydata() for line in figure.axes[0].lines if len(line.get_xdata()) > 2])
    assert set(np.round(drawn, 12)) <= set(np.round(np.abs(whole.eigenvalues), 12))
    assert is_png(figure)
    assert is_png(rv.diagnostics.spectrum(risk, method="lanczos").plot())
    assert is_png(rv.linalg.spectral_density(np.diag([1.0, 1.0])).plot())
    zero = rv.EmpiricalRisk(
        rv.MLP([2, 2, 2, 1], bias=False, initializer="zeros"), np.ones((3, 2)), np.zeros(3)
    )
    assert is_png(rv.diagnostics.critical_point(zero).plot())


def test_the_rest(risk: rv.EmpiricalRisk) -> None:
    dynamics = rv.diagnostics.quadratic_dynamics([1.0, 4.0, 9.0], momentum=0.2)
    monitor = rv.diagnostics.IllConditioningMonitor(risk)
    reports = [
        rv.diagnostics.ill_conditioning(risk),
        monitor,
        rv.diagnostics.taylor(risk),
        rv.diagnostics.negative_curvature(risk),
        rv.diagnostics.hessian_blocks(risk),
        rv.diagnostics.quadratic_dynamics([-1.0, 4.0], rate=1.0),
    ]
    for report in reports:
        assert is_png(report.plot())
    curve = dynamics.plot(30).axes[1].lines[0]
    np.testing.assert_allclose(curve.get_ydata(), dynamics.curve(30))
