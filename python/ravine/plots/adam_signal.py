"""The picture of Adam's signal-to-noise ratio: a histogram for each layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import COLORS, GREYS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.diagnostics.adam_signal import AdamSignal

__all__ = ["adam_signal"]


def adam_signal(signal: AdamSignal, *, title: str | None = None) -> Figure:
    """Draw the distribution of ŝ/√r̂ in each layer; the grey band is where twice the noise level reaches.

    Parameters
    ----------
    signal : what :func:`ravine.diagnostics.adam_signal_to_noise` returns.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    with style():
        figure = new_figure(title=title)
        axes = figure.subplots()
        reach = max(1.0, float(np.abs(signal.ratio).max()))
        edges = np.linspace(-reach, reach, 61)
        axes.axvspan(-2 * signal.noise_level, 2 * signal.noise_level, color=GREYS[2], zorder=0, label="noise")
        for index, (name, place) in enumerate(signal.parts):
            counts, _ = np.histogram(signal.ratio[place], edges)
            share = 100 * counts / max(1, counts.sum())
            dashes = "-" if index < len(COLORS) else (0, (3, 2))
            axes.stairs(share, edges, color=COLORS[index % len(COLORS)], linestyle=dashes, label=name)
        axes.set_xlabel("ŝ/√r̂")
        axes.set_title("Adam's signal-to-noise ratio, % of the parameters")
        axes.legend(ncols=1 + len(signal.parts) // 8)
    return figure
