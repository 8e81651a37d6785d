"""The picture of what descent does on a quadratic, component by component."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import COLORS, GREYS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.diagnostics.quadratic_dynamics import QuadraticDynamics

__all__ = ["quadratic_dynamics"]

_COLORS = {
    "still": GREYS[1],
    "decays": COLORS[0],
    "in one step": COLORS[2],
    "oscillates damped": COLORS[4],
    "oscillates sustained": COLORS[3],
    "diverges": COLORS[1],
}


def quadratic_dynamics(report: QuadraticDynamics, updates: int = 100, *, title: str | None = None) -> Figure:
    """Draw the factor of each component against rate times eigenvalue, and the predicted J by update.

    Parameters
    ----------
    report : what :func:`ravine.diagnostics.quadratic_dynamics` returns.
    updates : how far the curve goes.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    from ravine.diagnostics.quadratic_dynamics import growth_factor

    products = report.rate * report.eigenvalues
    border = 2 * (1 + report.momentum)
    with style():
        figure = new_figure(2, title=title)
        left, right = figure.subplots(1, 2)
        line = np.linspace(min(float(products.min()), 0.0), max(float(products.max()), border) * 1.03, 400)
        left.plot(line, growth_factor(line, report.momentum), color=COLORS[6], linewidth=0.9)
        left.axhline(1, color=COLORS[6], linewidth=0.9, linestyle=":")
        verdicts = np.array([str(verdict) for verdict in report.verdicts])
        factors = report.factors
        for name, color in _COLORS.items():
            chosen = verdicts == name
            if chosen.any():
                label = f"{int(chosen.sum())} {name}"
                left.plot(products[chosen], factors[chosen], "o", color=color, markersize=5, label=label)
        left.set_ylim(0, min(max(1.1, float(factors.max()) * 1.05), 3))
        left.set_xlabel("rate · eigenvalue")
        left.set_title("factor of each component an update")
        left.legend()
        curve = report.curve(updates)
        right.plot(np.arange(curve.size), np.where(np.isfinite(curve), curve, np.nan), color=COLORS[0])
        if np.nanmin(curve) > 0:
            right.set_yscale("log")
        right.set_xlabel("update")
        right.set_title("predicted J")
    return figure
