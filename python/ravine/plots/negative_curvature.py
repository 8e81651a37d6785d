"""The picture of J along the direction of lowest curvature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import COLORS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.diagnostics.negative_curvature import NegativeCurvature

__all__ = ["negative_curvature"]


def negative_curvature(report: NegativeCurvature, *, title: str | None = None) -> Figure:
    """Draw J along the eigenvector of the lowest eigenvalue, beside the second-order model.

    Parameters
    ----------
    report : what :func:`ravine.diagnostics.negative_curvature` returns.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    steps = np.concatenate([report.steps[report.steps < 0], [0.0], report.steps[report.steps > 0]])
    values = np.concatenate(
        [report.values[report.steps < 0], [report.value], report.values[report.steps > 0]]
    )
    model = np.array([report.value + report.predicted_change(float(step)) for step in steps])
    with style():
        figure = new_figure(title=title)
        axes = figure.subplots()
        shown = np.where(np.isfinite(values), values, np.nan)
        if report.step != 0:  # where it falls, and not where J has long been rising again
            near = np.abs(steps) <= 3 * abs(report.step)
            steps, shown, model = steps[near], shown[near], model[near]
        axes.plot(steps, shown, color=COLORS[0], marker="o", markersize=3, label="J(θ + s u)")
        axes.plot(steps, model, color=COLORS[1], linestyle=(0, (5, 2)), label="J + s gᵀu + ½ s² λ_min")
        axes.plot(0, report.value, "s", color=COLORS[6], label="here")
        room = 0.15 * max(float(np.nanmax(shown) - np.nanmin(shown)), 1e-300)
        axes.set_ylim(float(np.nanmin(shown)) - room, float(np.nanmax(shown)) + room)
        axes.set_xlabel("step s along u")
        axes.set_title("J along the direction of lowest curvature")
        axes.legend()
    return figure
