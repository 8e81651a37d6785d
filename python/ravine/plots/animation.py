"""A comparison in motion: each rule a dot with its trail, on the contours of the surface."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from ravine.atomic_file import atomic_output
from ravine.plots.paths import draw_contours, surface_of
from ravine.plots.style import look, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.comparison import Comparison

__all__ = ["animate"]

_COLOURS = 48
_LAST_FRAME = 2000  # milliseconds for which the end is shown


def animate(
    comparison: Comparison, file: str | os.PathLike[str] | BinaryIO, *, frames: int = 60, seconds: float = 6.0
) -> None:
    """Write a comparison on a surface as an animated GIF that runs for ever.

    Time goes faster toward the end: frame k of K shows update (k/K)² of the last, so that the first steps,
    where the rules part, can be followed. A rule that has ended rests on its last point.

    Parameters
    ----------
    comparison : what :func:`ravine.compare` returns on a surface.
    file : a path, replaced in one step, or an open binary file.
    frames : pictures, at least 2; about 1 kB each.
    seconds : how long the run takes, without the rest at its end.

    Raises
    ------
    ImportError : matplotlib is missing; the text says how to get it.
    ValueError : frames < 2, seconds not positive, or a comparison on data, which has no contours.
    OSError : the file cannot be written.
    """
    surface_of(comparison)
    if frames < 2:
        raise ValueError(f"frames must be at least 2, got {frames}")
    if not seconds > 0:
        raise ValueError(f"seconds must be positive, got {seconds}")
    images = _images(comparison, frames)
    pace = [round(1000 * seconds / frames)] * (frames - 1) + [_LAST_FRAME]
    options = {"format": "GIF", "save_all": True, "append_images": images[1:], "duration": pace, "loop": 0}
    if isinstance(file, (str, os.PathLike)):
        with atomic_output(file) as opened:
            images[0].save(opened, **options)
    else:
        images[0].save(file, **options)


def _images(comparison: Comparison, frames: int) -> list[Any]:
    """The frames, in the palette of the last one, which holds every colour."""
    with style():
        figure = new_figure()
        from PIL import Image  # comes with matplotlib, which new_figure has asked for

        figure.set_size_inches(6.0, 4.4)
        figure.set_dpi(80)
        axes = figure.subplots()
        draw_contours(axes, surface_of(comparison))
        movers = []
        for number, run in enumerate(comparison.runs):
            (trail,) = axes.plot([], [], label=run.name, **{**look(number), "linestyle": "-"})
            (dot,) = axes.plot(
                [], [], marker="o", markersize=8, color=look(number)["color"], markeredgecolor="white"
            )
            assert run.path is not None
            movers.append((np.clip(run.path[:, [0, -1]], -1e6, 1e6), trail, dot))
        figure.legend(loc="outside lower center", ncols=min(len(movers), 5))
        last = max(len(path) for path, _, _ in movers) - 1
        drawn = []
        for frame in range(frames):
            update = round(last * (frame / (frames - 1)) ** 2)
            for path, trail, dot in movers:
                trail.set_data(*path[: update + 1].T)
                dot.set_data(*path[min(update, len(path) - 1)][:, None])
            axes.set_title(f"update {update:,}")
            drawn.append(Image.fromarray(_pixels(figure)))
            figure.set_layout_engine("none")  # the first frame has laid it out
    palette = drawn[-1].quantize(_COLOURS)
    return [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in drawn]


def _pixels(figure: Figure) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]
