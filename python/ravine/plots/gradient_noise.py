"""The picture of gradient noise: standard error against batch size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import COLORS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.diagnostics.noise import GradientNoise

__all__ = ["gradient_noise"]


def gradient_noise(noise: GradientNoise, *, title: str | None = None) -> Figure:
    """Draw the standard error of a batch's gradient against its size, with the gradient's own norm.

    Where the curve crosses the norm, noise equals signal: batches beyond that buy little.

    Parameters
    ----------
    noise : what :func:`ravine.diagnostics.gradient_noise` returns.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    sizes = np.unique(np.geomspace(1, noise.rows, 60).round().astype(int))
    with style():
        figure = new_figure(title=title)
        axes = figure.subplots()
        independent = [noise.standard_error(int(n), replacement=True) for n in sizes]
        apart = np.array([noise.standard_error(int(n)) for n in sizes])
        axes.plot(sizes, independent, color=COLORS[0], linestyle=(0, (5, 2)), label="drawn with replacement")
        axes.plot(sizes, np.where(apart > 0, apart, np.nan), color=COLORS[0], label="without")
        axes.axhline(noise.gradient_norm, color=COLORS[1], label="norm of the gradient")
        if noise.noise_scale <= noise.rows:
            axes.plot(max(noise.noise_scale, 1), noise.gradient_norm, "o", color=COLORS[6], markersize=6)
            axes.annotate(
                f"{noise.useful_batch_size} rows",
                (max(noise.noise_scale, 1), noise.gradient_norm),
                textcoords="offset points",
                xytext=(8, 8),
            )
        axes.set_xscale("log")
        if noise.gradient_norm > 0 and noise.variance > 0:
            axes.set_yscale("log")
        axes.set_xlabel("batch size")
        axes.set_title("standard error of a batch's gradient")
        axes.legend(loc="lower left")
    return figure
