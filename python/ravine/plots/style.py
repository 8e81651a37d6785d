"""The style that all pictures share. matplotlib is imported when a picture is asked for, and not before.

Okabe and Ito's colours, which people with any common colour vision tell apart, and a second cue beside colour
(solid for training, dashed for validation), so that a grey print reads as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "BANDS",
    "COLORS",
    "GREYS",
    "HEIGHTS",
    "TRAINING",
    "VALIDATION",
    "look",
    "matplotlib_available",
    "new_figure",
    "save_figure",
    "style",
]

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
"""Okabe and Ito's palette, the strongest contrasts on white first."""

GREYS = ("#595959", "#8C8C8C", "#E6E6E6")
"""What stands behind, from dark to light."""

BANDS = ("#9CC3DC", "#DCE9F2")
"""Tints of the first colour, for what lies around its curve."""

HEIGHTS = "cividis"
"""Maps of numbers: even steps of lightness, the same to all eyes."""

TRAINING: dict[str, Any] = {"color": COLORS[0], "linestyle": "-", "linewidth": 1.8}
VALIDATION: dict[str, Any] = {
    "color": COLORS[1],
    "linestyle": (0, (5, 2)),
    "linewidth": 1.8,
}
_STYLE: dict[str, Any] = {
    "font.size": 10.0,
    "axes.titlesize": 11.0,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREYS[0],
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#D9D9D9",
    "grid.linewidth": 0.6,
    "xtick.color": GREYS[0],
    "ytick.color": GREYS[0],
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
_DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.2, 1.5)), (0, (6, 1.5, 1.2, 1.5)))


def look(number: int) -> dict[str, Any]:
    """Colour and dashes of the curve with that number: 28 that differ, neighbours in both."""
    dark = COLORS[:7]  # the eighth, yellow, is lost as a line on white
    return {
        "color": dark[number % len(dark)],
        "linestyle": _DASHES[number % len(_DASHES)],
        "linewidth": 1.8,
    }


def matplotlib_available() -> bool:
    """Whether pictures can be drawn here."""
    try:
        _matplotlib()
    except ImportError:
        return False
    return True


def new_figure(panels: int = 1, rows: int = 1, *, title: str | None = None) -> Figure:
    """An empty figure of `rows` times `panels` axes' size, free of pyplot, so nothing stays open."""
    _matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8 * panels, 3.6 * rows), dpi=120, layout="constrained")
    if title is not None:
        figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    return figure


def save_figure(figure: Figure, file: BinaryIO) -> None:
    """Write a figure as PNG to an open binary file."""
    with style():
        figure.savefig(file, format="png", dpi=150)


def _matplotlib() -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise ImportError("pictures need matplotlib: pip install 'ravine[cli]'") from error
    return matplotlib


@contextmanager
def style() -> Iterator[None]:
    """Draw what is inside in the shared style."""
    with _matplotlib().rc_context(_STYLE):
        yield
