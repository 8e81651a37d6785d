"""The picture of the layers' signals during training: one row a layer, one column an epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ravine.plots.style import HEIGHTS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.figure import Figure

    from ravine.diagnostics.monitor import Monitor

__all__ = ["signal_history"]


def signal_history(monitor: Monitor, *, title: str | None = None) -> Figure:
    """Draw the variance of Z, the saturated share and the mean square of δ as maps of layer and epoch.

    Parameters
    ----------
    monitor : a :class:`ravine.diagnostics.Monitor` of a risk, after a run.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.

    Raises
    ------
    KeyError : the monitor was made with a network alone.
    """
    maps = (
        ("variance of Z, log₁₀", _log10(monitor["before_variance"]), None),
        ("saturated values, %", 100 * monitor["saturated"], 100.0),
        ("mean square of δ, log₁₀", _log10(monitor["delta_square"]), None),
    )
    with style():
        figure = new_figure(3, title=title)
        for axes, (name, values, most) in zip(figure.subplots(1, 3), maps, strict=True):
            image = _draw(axes, monitor["epoch"], values.T)
            if most is not None:
                image.set_clim(0, most)
            figure.colorbar(image, ax=axes)
            axes.set_title(name)
    return figure


def _draw(axes: Axes, epochs: NDArray[Any], values: NDArray[Any]) -> QuadMesh:
    layers = np.arange(1, len(values) + 1)
    edges = np.concatenate([[epochs[0] - 0.5], (epochs[1:] + epochs[:-1]) / 2, [epochs[-1] + 0.5]])
    image = axes.pcolormesh(edges, np.arange(len(layers) + 1) + 0.5, values, cmap=HEIGHTS)
    axes.set_yticks(layers, [str(n) for n in layers] if layers.size <= 20 else None)
    axes.set_ylabel("layer")
    axes.set_xlabel("epoch")
    axes.grid(visible=False)
    return image


def _log10(values: NDArray[Any]) -> NDArray[Any]:
    """NaN, drawn as a gap, where there is nothing to take the logarithm of."""
    return np.log10(np.where(values > 0, values, np.nan))
