"""The picture of calibration: observed against claimed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import COLORS, look, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ravine.uncertainty.calibration import Calibration

__all__ = ["calibration", "draw_calibration"]


def calibration(reports: Mapping[str, Calibration], *, title: str | None = None) -> Figure:
    """Draw frequencies against what was claimed, with two standard errors; the diagonal is honest.

    Below it is too sure, above it too cautious.

    Parameters
    ----------
    reports : what :func:`ravine.uncertainty.coverage` or :func:`ravine.uncertainty.reliability` return, by
        name.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.

    Raises
    ------
    ValueError : there is no report, or coverage and reliability together.
    """
    kinds = {report.kind for report in reports.values()}
    if len(kinds) != 1:
        raise ValueError(f"reports must be one or more of one kind, got {sorted(kinds)}")
    with style():
        figure = new_figure(title=title)
        draw_calibration(figure.subplots(), reports)
    return figure


def draw_calibration(axes: Axes, reports: Mapping[str, Calibration]) -> None:
    """The same on axes that are there, in percent."""
    axes.plot([0, 100], [0, 100], color=COLORS[6], linewidth=0.9, linestyle=":")
    kind = ""
    for number, (name, report) in enumerate(reports.items()):
        kind = report.kind
        drawn = look(number)
        axes.errorbar(
            100 * report.claimed,
            100 * report.observed,
            200 * report.standard_errors,
            marker="os^Dv"[number % 5],
            markersize=4,
            elinewidth=0.9,
            capsize=2,
            label=f"{name}: off by {100 * report.error:.1f} %",
            **drawn,
        )
    low = min(0.0, *(100 * float(np.min(report.observed)) for report in reports.values()))
    axes.set_xlim(0, 101)
    axes.set_ylim(low, 103)
    what = {"coverage": ("interval, %", "targets inside, %"), "reliability": ("probability, %", "right, %")}
    axes.set_xlabel(f"claimed {what[kind][0]}")
    axes.set_title(what[kind][1])
    axes.legend(loc="upper left" if kind == "coverage" else "lower right")
