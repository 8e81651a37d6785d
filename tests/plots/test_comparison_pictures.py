"""Pictures of comparisons hold the numbers of their runs; the animation is a GIF that moves."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import ravine as rv
from ravine import plots
from ravine.comparison import Comparison

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def descent() -> Comparison:
    rules = {"slow": rv.optim.SGD(lr=0.005), "wild": rv.optim.SGD(lr=0.03), "Adam": rv.optim.Adam(lr=0.2)}
    return rv.compare(rv.surfaces.Ravine(), rules, updates=60)


@pytest.fixture(scope="module")
def training() -> Comparison:
    x = np.linspace(-1, 1, 40)[:, None]
    return rv.compare(rv.TrainingProblem(rv.MLP([1, 6, 1], seed=0), x, x[:, 0] ** 2, epochs=4))


def test_paths_are_those_of_the_runs(descent: Comparison) -> None:
    figure = plots.paths(descent)
    axes = figure.axes[0]
    lines = {line.get_label().split(",")[0]: line for line in axes.lines}
    for name in ("slow", "Adam"):
        np.testing.assert_array_equal(np.transpose(lines[name].get_data()), descent[name].path)
    (left, right), (bottom, top) = rv.surfaces.Ravine.window
    assert (*axes.get_xlim(), *axes.get_ylim()) == (left, right, bottom, top)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend[1] == "wild, diverged"
    assert len({(line.get_color(), line.get_linestyle()) for line in axes.lines[::2][:3]}) == 3


def test_more_dimensions_show_the_first_and_the_last() -> None:
    comparison = rv.compare(rv.surfaces.Ravine(dimension=4, angle=0.2), [rv.optim.SGD(lr=0.01)], updates=3)
    axes = plots.paths(comparison, title="four").axes[0]
    np.testing.assert_array_equal(np.transpose(axes.lines[1].get_data()), comparison["SGD"].path[:, [0, 3]])
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title(loc="left")) == ("θ₁", "θ₄", "four")


def test_races_hold_the_values(descent: Comparison, training: Comparison) -> None:
    for comparison in (descent, training):
        by_updates, by_seconds = plots.race(comparison, title="a title").axes
        for line, timed, run in zip(by_updates.lines, by_seconds.lines, comparison.runs, strict=False):
            np.testing.assert_array_equal(line.get_data(), [run.updates, run.values])
            np.testing.assert_array_equal(timed.get_ydata(), run.values)
        assert by_updates.get_yscale() == "log"
    assert plots.race(descent).axes[0].get_ylim()[1] < 1e4  # what diverges does not press the rest flat


def test_heights_are_above_the_minimum() -> None:
    comparison = rv.compare(rv.surfaces.Saddle(), [rv.optim.SGD(lr=0.1)], updates=5)
    line = plots.race(comparison).axes[0].lines[0]
    np.testing.assert_allclose(line.get_ydata(), comparison["SGD"].values + 0.25)


def test_the_animation_moves_and_rests_at_the_end(descent: Comparison, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    buffer = io.BytesIO()
    plots.animate(descent, buffer, frames=3, seconds=0.3)
    plots.animate(descent, tmp_path / "ravine.gif", frames=3, seconds=0.3)
    assert (tmp_path / "ravine.gif").read_bytes() == buffer.getvalue()
    picture = image.open(buffer)
    assert (picture.format, picture.n_frames, picture.info["loop"]) == ("GIF", 3, 0)
    frames, durations = [], []
    for k in range(3):
        picture.seek(k)
        frames.append(np.asarray(picture.convert("RGB")).astype(int))
        durations.append(picture.info["duration"])
    assert durations == [100, 100, 2000]
    assert all(np.abs(a - b).max() > 50 for a, b in pairwise(frames))
    assert len(buffer.getvalue()) < 60_000


def test_what_cannot_be_drawn_is_told(descent: Comparison, training: Comparison) -> None:
    for draw in (plots.paths, lambda comparison: plots.animate(comparison, io.BytesIO())):
        with pytest.raises(ValueError, match=r"has no contours: plots.race shows a comparison on data"):
            draw(training)
    with pytest.raises(ValueError, match="frames must be at least 2, got 1"):
        plots.animate(descent, io.BytesIO(), frames=1)
    with pytest.raises(ValueError, match="seconds must be positive, got 0"):
        plots.animate(descent, io.BytesIO(), seconds=0)
