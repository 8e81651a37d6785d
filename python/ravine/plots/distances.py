"""The picture of how far apart several runs end: a map with the numbers in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ravine.plots.style import HEIGHTS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["distances"]

_WRITTEN = 12
"""Runs up to which each distance is written into its square."""


def distances(matrix: ArrayLike, *, names: Sequence[str] | None = None, title: str | None = None) -> Figure:
    """Draw the distances between runs, ‖θ_i - θ_j‖₂, as a square map.

    Parameters
    ----------
    matrix : (S, S), what :func:`ravine.diagnostics.distances` returns.
    names : of the S runs, at the axes; their numbers from 0 if left out.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.

    Raises
    ------
    ValueError : the matrix is not square, or there are not S names.
    """
    values = np.asarray(matrix, dtype=np.float64)
    if values.ndim != 2 or values.shape[0] != values.shape[1] or values.size == 0:
        raise ValueError(f"matrix must have shape (S, S), S at least 1, got {values.shape}")
    shown = [str(run) for run in range(len(values))] if names is None else [str(name) for name in names]
    if len(shown) != len(values):
        raise ValueError(f"names must name {len(values)} runs, got {len(shown)}")
    with style():
        figure = new_figure(title=title)
        axes = figure.subplots()
        image = axes.imshow(values, cmap=HEIGHTS, vmin=0)
        if len(values) <= _WRITTEN:
            bright = values > 0.55 * max(float(values.max()), 1e-300)
            for (i, j), value in np.ndenumerate(values):
                color = "black" if bright[i, j] else "white"
                axes.text(j, i, f"{value:.3g}", ha="center", va="center", fontsize=8, color=color)
            axes.set_xticks(range(len(shown)), shown)
            axes.set_yticks(range(len(shown)), shown)
        figure.colorbar(image, ax=axes)
        axes.grid(visible=False)
        axes.set_xlabel("run")
        axes.set_ylabel("run")
        axes.set_title("distance between the ends of runs")
    return figure
