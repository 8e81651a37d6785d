"""A comparison in motion: each rule a dot with its trail, on the contours of the surface."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from ravine.atomic_file import atomic_output
from ravine.plots.paths import draw_contours, shown, surface_of
from ravine.plots.style import look, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ravine.comparison import Comparison, Run

__all__ = ["animate"]

_COLOURS = 64
_LAST_FRAME = 2000  # milliseconds for which the end is shown


def animate(
    comparison: Comparison, file: str | os.PathLike[str] | BinaryIO, *, frames: int = 50, seconds: float = 6.0
) -> None:
    """Write a comparison on a surface as an animated GIF that runs for ever.

    Time goes faster toward the end: frame k of K shows update (k/K)² of the last, so that the first steps,
    where the rules part, can be followed. A rule that has ended rests on its last point.

    Parameters
    ----------
    comparison : what :func:`ravine.compare` returns on a surface.
    file : a path, replaced in one step, or an open binary file.
    frames : pictures, at least 2; about 2 kB each.
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
    """The frames, each with a palette of its own."""
    with style():
        figure = new_figure()
        # Both come with matplotlib, which new_figure has asked for.
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from PIL import Image

        figure.set_size_inches(6.0, 4.4)
        figure.set_dpi(80)
        canvas = FigureCanvasAgg(figure)
        axes = figure.subplots()
        draw_contours(axes, surface_of(comparison))
        movers = [_mover(axes, run, number) for number, run in enumerate(comparison.runs)]
        figure.legend(loc="outside lower center", ncols=min(len(movers), 4))
        clock = axes.set_title("update 0", animated=True)
        canvas.draw()
        # What moves is drawn over a copy of what does not, which takes most of the time.
        still = canvas.copy_from_bbox(figure.bbox)
        last = max(len(path) for path, _, _ in movers) - 1
        drawn = []
        for frame in range(frames):
            update = round(last * (frame / (frames - 1)) ** 2)
            clock.set_text(f"update {update:,}")
            canvas.restore_region(still)
            for path, trail, dot in movers:
                trail.set_data(*path[: update + 1].T)
                dot.set_data(*path[min(update, len(path) - 1)][:, None])
                axes.draw_artist(trail)
                axes.draw_artist(dot)
            axes.draw_artist(clock)
            drawn.append(Image.fromarray(np.array(canvas.buffer_rgba())[..., :3]))
    # Octrees keep the colour of a thin line, which medians would merge with others.
    return [image.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE) for image in drawn]


def _mover(axes: Axes, run: Run, number: int) -> tuple[Any, Any, Any]:
    """The path of a run as shown, its trail and its dot."""
    assert run.path is not None
    color = look(number)["color"]
    (trail,) = axes.plot([], [], label=run.name, animated=True, color=color, linewidth=1.8)
    (dot,) = axes.plot([], [], marker="o", markersize=8, color=color, markeredgecolor="white", animated=True)
    return shown(run.path), trail, dot
