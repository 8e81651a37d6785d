"""The picture of a function of one input, with what the data leave open about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ravine.arrays import non_negative
from ravine.plots.style import BANDS, COLORS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.uncertainty.posterior import LaplacePosterior

__all__ = ["fitted_curve"]

_POINTS = 300


def fitted_curve(
    posterior: LaplacePosterior,
    X: ArrayLike,
    y: ArrayLike | None = None,
    *,
    extend: float = 0.25,
    title: str | None = None,
) -> Figure:
    """Draw the fitted function with bands of two standard deviations, of itself and of observations.

    Parameters
    ----------
    posterior : of a model with one input, under squared error.
    X : (N, 1) or (N,), where there are data, in the units of the model.
    y : (N,) or (N, c), drawn as dots.
    extend : how much wider than the data the picture is, in widths of theirs, on either side.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.

    Raises
    ------
    ValueError : the model has several inputs, or the shapes do not fit.
    """
    if posterior.net.widths[0] != 1:
        raise ValueError(f"fitted_curve needs a model of one input, this one has {posterior.net.widths[0]}")
    x = np.asarray(X, np.float64).reshape(-1)
    if x.size == 0:
        raise ValueError("X must have at least one row")
    outputs = posterior.net.widths[-1]
    seen = None if y is None else np.asarray(y, np.float64).reshape(len(np.asarray(y)), -1)
    if seen is not None and seen.shape != (x.size, outputs):
        raise ValueError(f"y must have shape ({x.size}, {outputs}), got {seen.shape}")
    room = non_negative(extend, "extend") * (np.ptp(x) or 1.0)
    grid = np.linspace(x.min() - room, x.max() + room, _POINTS)
    mean, std = posterior.predict(grid[:, None])
    wide = posterior.predict(grid[:, None], noise=True)[1]
    with style():
        figure = new_figure(outputs, title=title)
        for k, axes in enumerate(figure.subplots(1, outputs, squeeze=False)[0]):
            for spread, color, label in (
                (wide[:, k], BANDS[1], "observations"),
                (std[:, k], BANDS[0], "function"),
            ):
                axes.fill_between(
                    grid,
                    mean[:, k] - 2 * spread,
                    mean[:, k] + 2 * spread,
                    color=color,
                    label=label,
                    linewidth=0,
                )
            axes.plot(grid, mean[:, k], color=COLORS[0], linewidth=1.8)
            if seen is not None:
                axes.plot(x, seen[:, k], "o", color=COLORS[6], markersize=3)
                low, high = float(seen[:, k].min()), float(seen[:, k].max())
                reach = 0.75 * ((high - low) or 1.0)
                axes.set_ylim(low - reach, high + reach)  # far out the band is as wide as the prior
            axes.set_xlim(grid[0], grid[-1])
            axes.set_xlabel("x")
            axes.set_title("fit, and two standard deviations")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
