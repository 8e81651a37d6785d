"""The picture of a rate search: each rate's curve, and the risk that each came to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import COLORS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ravine.training.rate_search import RateSearch

__all__ = ["rate_search"]

_LOOKS = {
    "GOOD": (COLORS[2], "-", "o"),
    "TOO_SLOW": (COLORS[0], (0, (5, 2)), "s"),
    "OSCILLATES": (COLORS[4], (0, (1, 1)), "D"),
    "DIVERGES": (COLORS[1], "-.", "x"),
}
"""Colour, line and mark of each verdict."""


def rate_search(search: RateSearch) -> Figure:
    """Draw a :class:`ravine.RateSearch`: losses by update on the left, risk by rate on the right.

    Raises
    ------
    ImportError : matplotlib is missing; the text says how to get it.
    """
    with style():
        figure = new_figure(2)
        left, right = figure.subplots(1, 2)
        _draw_curves(left, search)
        _draw_risks(right, search)
    return figure


def _draw_curves(axes: Axes, search: RateSearch) -> None:
    # What a diverging rate does above the start must not press the others into a line at the bottom.
    top = 2 * max(curve.losses[0] for curve in search.curves if curve.losses.size) if search.curves else 1.0
    positive = all((curve.losses > 0).all() for curve in search.curves)
    seen = set()
    for curve in search.curves:
        color, line, _ = _LOOKS[curve.verdict.name]
        label = curve.verdict.name.lower().replace("_", " ")
        width = max(len(curve.losses) // 40, 1)
        smooth = [part.mean() for part in np.array_split(curve.losses, max(len(curve.losses) // width, 1))]
        updates = (np.arange(len(smooth)) + 0.5) * width
        shown = np.minimum(smooth, 10 * top)
        axes.plot(
            updates, shown, color=color, linestyle=line, linewidth=1.4, label="" if label in seen else label
        )
        seen.add(label)
    if positive:
        axes.set_yscale("log")
    axes.set_ylim(top=top)
    axes.set_title("loss" + (" (logarithmic)" if positive else ""))
    axes.set_xlabel("update")
    axes.legend()


def _draw_risks(axes: Axes, search: RateSearch) -> None:
    finite = [curve.risk for curve in search.curves if math.isfinite(curve.risk)]
    top = max([search.start_risk, *(risk for risk in finite if risk <= 2 * search.start_risk)])
    for curve in search.curves:
        color, _, mark = _LOOKS[curve.verdict.name]
        axes.plot(curve.rate, min(curve.risk, 1.1 * top), mark, color=color, markersize=7)
    axes.axhline(search.start_risk, color=COLORS[6], linewidth=0.8)
    axes.annotate(
        "start", (search.rates[0], search.start_risk), xytext=(2, 3), textcoords="offset points", fontsize=9
    )
    if math.isfinite(search.suggestion):
        axes.axvline(search.suggestion, color=COLORS[3], linewidth=1.4)
        axes.set_title(f"risk at the end; suggested rate {search.suggestion:.3g}")
    else:
        axes.set_title("risk at the end; every rate diverges")
    if search.rates[0] > 0:
        axes.set_xscale("log")
    axes.set_xlabel("rate")
