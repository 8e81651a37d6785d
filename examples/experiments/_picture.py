"""What the experiments share: one style, and a small PNG in the folder named on the command line."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import ravine as rv
from ravine.plots.style import COLORS, look, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLORS", "folder", "look", "new_figure", "save"]


def folder() -> Path:
    """Where pictures go: the first argument, or the current folder."""
    return Path(sys.argv[1] if len(sys.argv) > 1 else ".")


def save(name: str, draw: Callable[[], Figure]) -> None:
    """Draw, and write the picture with a small palette; without matplotlib say that there is none."""
    if not rv.plots.matplotlib_available():
        print("no picture: matplotlib is not installed")
        return
    from PIL import Image  # comes with matplotlib

    with style():
        figure = draw()
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=100)
    image = Image.open(buffer).convert("RGB").quantize(128, method=Image.Quantize.FASTOCTREE)
    image.save(folder() / f"{name}.png", optimize=True)
    print(f"picture: {name}.png")
