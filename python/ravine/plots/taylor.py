"""The picture of the first- and second-order models of J along a direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import COLORS, look, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.diagnostics.taylor import Taylor

__all__ = ["taylor"]


def taylor(report: Taylor, *, title: str | None = None) -> Figure:
    """Draw J and its models along the direction, and beside them the models' errors.

    Parameters
    ----------
    report : what :func:`ravine.diagnostics.taylor` returns.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    order = np.argsort(report.steps)
    steps = report.steps[order]
    with style():
        figure = new_figure(2, title=title)
        left, right = figure.subplots(1, 2)
        seen = report.values[order]
        models = (report.first_order[order], report.second_order[order])
        left.plot(steps, seen, color=COLORS[6], marker="o", markersize=3, linewidth=1.2, label="J")
        for number, (model, name) in enumerate(zip(models, ("first order", "second order"), strict=True)):
            left.plot(steps, model, label=name, **look(number))
        finite = np.concatenate([seen[np.isfinite(seen)], models[1], [report.value]])
        room = 0.1 * max(float(np.ptp(finite)), 1e-300)
        left.set_ylim(finite.min() - room, finite.max() + room)
        left.set_xlabel("step s along d")
        left.set_title("J(θ + s d) and its models")
        left.legend()
        for number, (error, name) in enumerate(
            zip(report.errors, ("first order", "second order"), strict=True)
        ):
            shown = np.where(error > 0, error, np.nan)[order]
            right.plot(np.abs(steps), shown, marker="o", markersize=3, label=name, **look(number))
        right.set_xscale("log")
        right.set_yscale("log")
        right.set_xlabel("|s|")
        right.set_title("error of the model")
        right.legend()
    return figure
