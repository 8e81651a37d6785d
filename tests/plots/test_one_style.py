"""All pictures draw with the colours of one style, which people of any common colour vision tell apart."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from ravine import plots
from ravine.plots.style import COLORS

SOURCES = sorted(Path(plots.__file__).parent.glob("*.py"))
COLOUR = re.compile(r"""["']#[0-9A-Fa-f]{3,8}["']|color(?:s)?=["'](\w+)["']|cmap=["'](\w+)["']""")
ALLOWED = {"white", "black", "Greys"}

# Machado, Oliveira and Fernandes (2009), table 1: what is seen without one kind of cone, in linear RGB.
VISION = {
    "any": np.eye(3),
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_colours_are_named_in_one_place(source: Path) -> None:
    found = {
        match[1] or match[2] or match[0] for match in COLOUR.finditer(source.read_text(encoding="utf-8"))
    }
    assert source.stem == "style" or found <= ALLOWED


def lab(color: str, vision: str) -> np.ndarray:
    """CIE L*a*b* of a colour as it is seen."""
    srgb = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(VISION[vision]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    f = xyz / [0.9505, 1, 1.089]
    f = np.where(f > 216 / 24389, np.cbrt(f), (24389 / 27 * f + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", list(VISION))
def test_lines_can_be_told_apart(vision: str) -> None:
    """A distance of 2.3 is just noticed; the first four curves of a picture are far beyond it."""
    distances = {
        pair: float(np.linalg.norm(lab(pair[0], vision) - lab(pair[1], vision)))
        for pair in itertools.combinations(COLORS[:7], 2)
    }
    assert min(distances.values()) > 7
    assert min(d for pair, d in distances.items() if set(pair) <= set(COLORS[:4])) > 14
