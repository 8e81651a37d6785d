"""The picture of how the eigenvalues of a large matrix are spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import COLORS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ravine.linalg.spectral_density import SpectralDensity

__all__ = ["draw_density", "spectral_density"]

_WIDTH = 0.01
"""Standard deviation of the Gaussians, over the width of the spectrum."""


def spectral_density(density: SpectralDensity, *, title: str | None = None) -> Figure:
    """Draw the density of the eigenvalues, widened to Gaussians, and the share below each value.

    Parameters
    ----------
    density : what :func:`ravine.linalg.spectral_density` returns.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    with style():
        figure = new_figure(2, title=title)
        left, right = figure.subplots(1, 2)
        draw_density(left, density)
        order = np.argsort(density.nodes, axis=None)
        below = np.cumsum(density.weights.ravel()[order]) / len(density.nodes)
        right.step(density.nodes.ravel()[order], below, where="post", color=COLORS[0])
        right.set_ylim(0, 1.02)
        right.set_title("share of the eigenvalues below")
        right.set_xlabel("eigenvalue")
    return figure


def draw_density(axes: Axes, density: SpectralDensity) -> None:
    """The density alone, on axes of another picture."""
    counted = density.nodes[density.weights > 0]
    low, high = float(counted.min()), float(counted.max())
    wide = max(high - low, 1e-12 * max(abs(low), abs(high)), 1e-300)
    points = np.linspace(low - 0.05 * wide, high + 0.05 * wide, 600)
    values = density.density(points, _WIDTH * wide)
    axes.fill_between(points, values, color=COLORS[0], alpha=0.25, linewidth=0)
    axes.plot(points, values, color=COLORS[0], linewidth=1.4)
    axes.set_yscale("log")
    top = float(values.max())
    axes.set_ylim(max(top * 1e-6, 0.1 / (density.n * wide)), 2 * top)
    axes.set_title("density of the eigenvalues")
    axes.set_xlabel("eigenvalue")
