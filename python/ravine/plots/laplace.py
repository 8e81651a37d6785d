"""The picture of a posterior: how far the data have determined each parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import look, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.uncertainty.posterior import LaplacePosterior

__all__ = ["laplace"]


def laplace(posterior: LaplacePosterior, *, title: str | None = None) -> Figure:
    """Draw 1 - α C of each parameter, in descending order in its layer; the area below is γ.

    A parameter at 1 is known from the data, one at 0 is where its prior was.

    Parameters
    ----------
    posterior : what :func:`ravine.laplace` returns.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    from ravine.diagnostics.sweep import layer_slices

    determined = posterior.determined
    with style():
        figure = new_figure(title=title)
        axes = figure.subplots()
        for number, place in enumerate(layer_slices(posterior.net)):
            shares = np.sort(determined[place])[::-1]
            effective = posterior.effective_by_layer[number]
            axes.stairs(
                shares,
                np.arange(shares.size + 1),
                baseline=None,
                label=f"layer {number}: {effective:.3g} of {shares.size}",
                **look(number),
            )
        axes.set_ylim(min(0.0, float(determined.min())) - 0.02, 1.03)
        axes.set_xlabel("parameters of a layer, best determined first")
        axes.set_title("share determined by the data")
        axes.legend()
    return figure
