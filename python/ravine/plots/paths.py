"""The picture of a comparison on a surface: contour lines, and the path of each rule over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ravine.plots.style import COLORS, GREYS, look, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ravine.comparison import Comparison
    from ravine.problems.problem import FloatArray
    from ravine.surfaces import Surface

__all__ = ["draw_contours", "paths", "shown", "surface_of"]

_GRID = 160


def paths(comparison: Comparison, *, title: str | None = None) -> Figure:
    """Contour lines of the surface with the path of each rule from the common start.

    Shown are the first and the last coordinate, in the surface's window; along the other coordinates the
    contours are those through the first minimum. Levels lie closer near the minimum, as cubes do. A path ends
    in a dot, or leaves the picture.

    Parameters
    ----------
    comparison : what :func:`ravine.compare` returns on a surface.
    title : a line above the picture; None: the surface.

    Returns
    -------
    matplotlib.figure.Figure : free of pyplot; ``figure.savefig(path)``.

    Raises
    ------
    ImportError : matplotlib is missing; the text says how to get it.
    ValueError : the comparison is one on data, which has no contours.
    """
    surface = surface_of(comparison)
    with style():
        figure = new_figure()
        figure.set_size_inches(6.4, 4.6)
        axes = figure.subplots()
        draw_contours(axes, surface)
        for number, run in enumerate(comparison.runs):
            assert run.path is not None
            drawn = shown(run.path)
            axes.plot(*drawn.T, label=f"{run.name}, {_arrival(run)}", **look(number))
            axes.plot(*drawn[-1], marker="o", markersize=6, color=look(number)["color"])
        _mark_start(axes, comparison.start)
        axes.set_title(repr(surface) if title is None else title)
        figure.legend(loc="outside lower center", ncols=2)
    return figure


def surface_of(comparison: Comparison) -> Surface:
    """The surface of a comparison; ValueError on data."""
    from ravine.surfaces import Surface

    if not isinstance(comparison.problem, Surface):
        raise ValueError(f"{comparison.problem!r} has no contours: plots.race shows a comparison on data")
    return comparison.problem


def shown(path: FloatArray) -> FloatArray:
    """The two coordinates of a path that a picture shows; far out matplotlib would lose its footing."""
    return np.clip(path[:, [0, -1]], -1e6, 1e6)


def draw_contours(axes: Axes, surface: Surface) -> None:
    """Contour lines on grey, the minima as stars; the window of the surface."""
    (left, right), (bottom, top) = surface.window
    x, y = np.meshgrid(np.linspace(left, right, _GRID), np.linspace(bottom, top, _GRID))
    points = np.broadcast_to(surface.minima[0], (*x.shape, surface.dimension)).copy()
    points[..., 0], points[..., -1] = x, y
    height = surface.values(points) - surface.value(surface.minima[0])
    # A wall that is much higher than most of the ground would take all levels for itself.
    levels = min(height.max(), 20 * np.median(height)) * np.linspace(0, 1, 12) ** 3
    axes.contourf(x, y, height, levels=levels, extend="max", cmap="Greys", alpha=0.35)
    axes.contour(x, y, height, levels=levels[1:], colors=GREYS[1], linewidths=0.6)
    axes.plot(
        surface.minima[:, 0],
        surface.minima[:, -1],
        linestyle="",
        marker="*",
        markersize=13,
        color=COLORS[6],
        markeredgecolor="white",
        zorder=5,
    )
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.grid(visible=False)
    axes.set_xlabel("θ₁")
    axes.set_ylabel(f"θ{chr(0x2080 + surface.dimension)}" if surface.dimension < 10 else "θₙ")


def _mark_start(axes: Axes, start: Any) -> None:
    axes.plot(
        start[0], start[-1], marker="s", markersize=7, color=COLORS[6], markeredgecolor="white", zorder=5
    )


def _arrival(run: Any) -> str:
    return str(run.verdict) if run.updates_to_goal is None else f"{run.updates_to_goal:,} updates"
