"""The picture of J over a plane of parameter space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import COLORS, HEIGHTS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.diagnostics.loss_surface import LossSurface

__all__ = ["loss_surface"]


def loss_surface(report: LossSurface, *, title: str | None = None) -> Figure:
    """Draw contour lines of J over the plane, θ as a star, and J along each of the two directions.

    Levels lie closer near the lowest value, as cubes do.

    Parameters
    ----------
    report : what :func:`ravine.diagnostics.loss_surface` returns.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    x, y = report.coordinates
    finite = report.values[np.isfinite(report.values)]
    low, high = float(finite.min()), float(finite.max())
    top = min(high, low + 20 * float(np.median(finite) - low))
    height = np.ma.masked_invalid(report.values)
    levels = low + max(top - low, 1e-12 * max(abs(low), 1e-300)) * np.linspace(0, 1, 14) ** 3
    with style():
        figure = new_figure(2, title=title)
        plane, lines = figure.subplots(1, 2)
        filled = plane.contourf(x, y, height, levels=levels, extend="max", cmap=HEIGHTS)
        plane.contour(x, y, height, levels=levels[1:], colors="white", linewidths=0.5)
        plane.plot(0, 0, "*", color=COLORS[6], markersize=13, markeredgecolor="white")
        plane.grid(visible=False)
        plane.set_xlabel(f"along {report.names[0]}")
        plane.set_ylabel(f"along {report.names[1]}")
        plane.set_title("J(θ + x u + y v)")
        figure.colorbar(filled, ax=plane, format="%.3g")
        cuts = ((x, report.values[len(y) // 2]), (y, report.values[:, len(x) // 2]))
        for number, (where, values) in enumerate(cuts):
            lines.plot(
                where / np.abs(where).max(),
                np.where(np.isfinite(values), values, np.nan),
                color=COLORS[number],
                linestyle="-" if number == 0 else (0, (5, 2)),
                linewidth=1.8,
                label=report.names[number],
            )
        lines.plot(0, report.value, "*", color=COLORS[6], markersize=11)
        lines.set_xticks([-1, -0.5, 0, 0.5, 1])
        lines.set_xlabel("distance, 1 is the edge of the plane")
        lines.set_title("J along each of them")
        lines.legend()
    return figure
