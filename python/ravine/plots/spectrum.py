"""The picture of a Hessian's eigenvalues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.spectral_density import draw_density
from ravine.plots.style import COLORS, GREYS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ravine.diagnostics.spectrum import Spectrum

__all__ = ["spectrum"]


def spectrum(report: Spectrum, *, title: str | None = None) -> Figure:
    """Draw the magnitudes of the eigenvalues in order, by sign; without all of them their density and ends.

    Parameters
    ----------
    report : what :func:`ravine.diagnostics.spectrum` returns.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    with style():
        figure = new_figure(title=title)
        axes = figure.subplots()
        if report.density is None:
            _draw_magnitudes(axes, report)
        else:
            draw_density(axes, report.density)
            bottom = axes.get_ylim()[0]
            axes.plot(
                report.eigenvalues,
                np.full(report.eigenvalues.size, bottom),
                "^",
                color=COLORS[1],
                markersize=7,
                clip_on=False,
                label="ends by Lanczos",
            )
            axes.legend()
    return figure


def _draw_magnitudes(axes: Axes, report: Spectrum) -> None:
    place = np.arange(1, report.eigenvalues.size + 1)
    groups = (
        (report.eigenvalues > report.tolerance, COLORS[0], "o", "positive"),
        (report.eigenvalues < -report.tolerance, COLORS[1], "v", "negative"),
        (np.abs(report.eigenvalues) <= report.tolerance, GREYS[1], ".", "zero to rounding"),
    )
    for chosen, color, marker, name in groups:
        if chosen.any():
            label = f"{int(chosen.sum())} {name}"
            shown = np.abs(report.eigenvalues[chosen])
            axes.plot(place[chosen], shown, marker, color=color, markersize=4, label=label)
    if report.norm > 0:
        axes.axhline(report.tolerance, color=COLORS[6], linewidth=0.9, linestyle=":")
        axes.set_yscale("log")
        axes.set_ylim(bottom=report.tolerance / 100)  # below, there is nothing but rounding
    axes.set_title("magnitude of the eigenvalues of H")
    axes.set_xlabel("eigenvalues in ascending order")
    axes.legend()
