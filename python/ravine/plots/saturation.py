"""The picture of saturation, unit by unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import HEIGHTS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.diagnostics.layer_signals import LayerSignals

__all__ = ["saturation"]


def saturation(signals: LayerSignals, *, title: str | None = None) -> Figure:
    """Draw in how many rows each unit is saturated: a band a layer, its units sorted, dead ones brightest.

    Parameters
    ----------
    signals : what :func:`ravine.diagnostics.signals` returns.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    numbers = signals["layer"].astype(int)
    with style():
        figure = new_figure(title=title)
        axes = figure.subplots()
        for number, units in zip(numbers, signals.units, strict=True):
            shares = 100 * np.sort(units.saturated)
            edges = np.linspace(0, 100, shares.size + 1)
            band = [number - 0.45, number + 0.45]
            image = axes.pcolormesh(edges, band, shares[None, :], cmap=HEIGHTS, vmin=0, vmax=100)
        figure.colorbar(image, ax=axes, label="% of the rows")
        axes.set_yticks(numbers, [str(n) for n in numbers] if numbers.size <= 20 else None)
        axes.set_ylabel("layer")
        axes.set_xlabel("units of the layer, sorted, %")
        axes.set_title("rows in which a unit is saturated")
        axes.grid(visible=False)
    return figure
