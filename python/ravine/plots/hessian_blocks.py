"""The picture of a Hessian by layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import COLORS, HEIGHTS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.diagnostics.hessian_blocks import HessianBlocks

__all__ = ["hessian_blocks"]

_WRITTEN = 10
"""Layers up to which each norm is written into its square."""


def hessian_blocks(report: HessianBlocks, *, title: str | None = None) -> Figure:
    """Draw the norms of all blocks as a map, and the eigenvalues' range of those on the diagonal.

    Parameters
    ----------
    report : what :func:`ravine.diagnostics.hessian_blocks` returns.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    count = len(report.sizes)
    numbers = np.arange(1, count + 1)
    with style():
        figure = new_figure(2, title=title)
        left, right = figure.subplots(1, 2)
        shown = np.log10(np.where(report.norms > 0, report.norms, np.nan))
        image = left.imshow(shown, cmap=HEIGHTS, extent=(0.5, count + 0.5, count + 0.5, 0.5))
        if count <= _WRITTEN:
            low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
            for (i, j), value in np.ndenumerate(report.norms):
                bright = shown[i, j] > low + 0.55 * max(high - low, 1e-300)
                text_color = "black" if bright else "white"
                left.text(
                    j + 1, i + 1, f"{value:.3g}", ha="center", va="center", fontsize=8, color=text_color
                )
        figure.colorbar(image, ax=left)
        left.grid(visible=False)
        left.set_title("norms of the blocks, log₁₀")
        right.vlines(numbers, report.eigmin, report.eigmax, color=COLORS[0], linewidth=3)
        right.plot(numbers, report.eigmax, "^", color=COLORS[0], label="highest eigenvalue")
        right.plot(numbers, report.eigmin, "v", color=COLORS[1], label="lowest eigenvalue")
        size = float(max(np.abs(report.eigmin).max(), np.abs(report.eigmax).max()))
        right.set_yscale("symlog", linthresh=max(1e-3 * size, 1e-300))
        right.axhline(0, color=COLORS[6], linewidth=0.9)
        right.set_title("eigenvalues of the blocks on the diagonal")
        right.legend()
        for axes in (left, right):
            axes.set_xlabel("layer")
        left.set_ylabel("layer")
        if count <= 20:
            left.set_xticks(numbers)
            left.set_yticks(numbers)
            right.set_xticks(numbers)
    return figure
