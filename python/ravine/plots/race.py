"""The picture of who is ahead: value against updates, and against seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ravine.plots.style import GREYS, look, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ravine.comparison import Comparison

__all__ = ["race"]


def race(comparison: Comparison, *, title: str | None = None) -> Figure:
    """The value of each rule against updates, and beside it against seconds.

    On a surface the height above its minimum is drawn. The goal is a thin line. Curves of rules that diverge
    leave the picture through its upper edge.

    Parameters
    ----------
    comparison : what :func:`ravine.compare` returns.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure : free of pyplot; ``figure.savefig(path)``.

    Raises
    ------
    ImportError : matplotlib is missing; the text says how to get it.
    """
    from ravine.surfaces import Surface

    problem = comparison.problem
    floor = problem.value(problem.minima[0]) if isinstance(problem, Surface) else 0.0
    what = "height above the minimum" if isinstance(problem, Surface) else "training loss"
    heights = [run.values - floor for run in comparison.runs]
    longest = max(run.seconds[-1] for run in comparison.runs)
    factor, unit_of_time = (1e3, "milliseconds") if longest < 0.2 else (1.0, "seconds")
    with style():
        figure = new_figure(2)
        by_updates, by_seconds = figure.subplots(1, 2, sharey=True)
        for number, (run, height) in enumerate(zip(comparison.runs, heights, strict=True)):
            by_updates.plot(run.updates, height, label=run.name, **look(number))
            by_seconds.plot(run.seconds * factor, height, **look(number))
        for axes, unit in ((by_updates, "updates"), (by_seconds, unit_of_time)):
            axes.axhline(comparison.goal - floor, color=GREYS[0], linewidth=0.8, linestyle=":")
            axes.set_xlabel(unit)
        _scale(by_updates, heights, comparison.goal - floor)
        by_updates.set_title(what)
        by_seconds.set_title("the same against time")
        if title is not None:
            figure.suptitle(title, x=0.01, ha="left", fontsize=12)
        figure.legend(loc="outside lower center", ncols=min(len(heights), 7))
    return figure


def _scale(axes: Axes, heights: list[NDArray[np.float64]], goal: float) -> None:
    """Logarithmic where all is positive; from a little below the lowest to a little above the start."""
    finite = np.concatenate([height[np.isfinite(height)] for height in heights])
    start = max(height[0] for height in heights)
    if finite.min() > 0 and start > 0:
        axes.set_yscale("log")
        lowest = min(finite.min(), goal) if goal > 0 else finite.min()
        axes.set_ylim(lowest / 1.5, max(start * 3, np.quantile(finite, 0.5)))
