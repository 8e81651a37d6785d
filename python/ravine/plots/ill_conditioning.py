"""Pictures of ill-conditioning: what a gradient step gains, at one point and along a run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import COLORS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.diagnostics.ill_conditioning import IllConditioning, IllConditioningMonitor

__all__ = ["ill_conditioning", "ill_conditioning_history"]


def ill_conditioning(report: IllConditioning, *, title: str | None = None) -> Figure:
    """Draw the change of J that the second-order model predicts, against the step along -∇J.

    Parameters
    ----------
    report : what :func:`ravine.diagnostics.ill_conditioning` returns.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    reach = 1.25 * report.break_even_step if math.isfinite(report.break_even_step) else 1.0
    steps = np.linspace(0, reach or 1.0, 200)
    with style():
        figure = new_figure(title=title)
        axes = figure.subplots()
        change = np.array([report.predicted_change(float(step)) for step in steps])
        axes.plot(steps, change, color=COLORS[0], linewidth=1.8, label="-ε gᵀg + ½ ε² gᵀHg")
        axes.axhline(0, color=COLORS[6], linewidth=0.9)
        for step, name, marker in (
            (report.best_step, "best step", "o"),
            (report.break_even_step, "break-even", "s"),
        ):
            if math.isfinite(step):
                axes.plot(step, report.predicted_change(step), marker, color=COLORS[1], label=name)
        axes.set_xlabel("step ε")
        axes.set_title("predicted change of J along -∇J")
        axes.legend()
    return figure


def ill_conditioning_history(monitor: IllConditioningMonitor, *, title: str | None = None) -> Figure:
    """Draw gᵀg and gᵀHg along a run, and beside them the rate and the step at which descent ends.

    Parameters
    ----------
    monitor : a :class:`ravine.diagnostics.IllConditioningMonitor` after a run.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    updates = monitor["updates"]
    marker = "o" if updates.size <= 30 else None
    with style():
        figure = new_figure(2, title=title)
        left, right = figure.subplots(1, 2)
        for column, name, number in (("gg", "gᵀg", 0), ("ghg", "gᵀHg", 1)):
            left.plot(updates, _positive(monitor[column]), color=COLORS[number], marker=marker, label=name)
        left.set_title("length of the gradient, and curvature along it")
        right.plot(
            updates, _positive(monitor["break_even_step"]), color=COLORS[1], marker=marker, label="break-even"
        )
        right.plot(updates, monitor["rate"], color=COLORS[2], linestyle=(0, (5, 2)), label="rate")
        right.set_title("step, and the step at which descent ends")
        for axes in (left, right):
            axes.set_yscale("log")
            axes.set_xlabel("update")
            axes.legend()
    return figure


def _positive(values: np.ndarray) -> np.ndarray:
    """A gap where there is nothing to take the logarithm of."""
    return np.where((values > 0) & np.isfinite(values), values, np.nan)
