"""Tables and picture of what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np

from bench.accuracy.problems import PROBLEMS
from bench.accuracy.sides import SIDES
from bench.accuracy.trace import seconds_to
from bench.report import table
from ravine.benchmarks.timing import duration
from ravine.plots.style import look, new_figure, save_figure, style

BEGIN = "<!-- measured: written by `python -m bench.accuracy --out docs/time_to_accuracy.md`, not by hand -->"
END = "<!-- end of measured -->"
SHARES = (1e-2, 1e-4, 1e-6, 1e-8)
"""What is left of the way from the start's loss to the lowest that any side reached."""

Points = list[tuple[float, float]]
Runs = dict[tuple[str, str], list[Points]]
"""Of a problem and a side: one run for each start."""


def tables(facts: dict[str, str], problems: Sequence[str], sides: Sequence[str], runs: Runs) -> str:
    """Everything measured, as Markdown."""
    parts = [table(("", ""), [list(each) for each in facts.items()])]
    for name in problems:
        problem = PROBLEMS[name]
        widths = "-".join(map(str, problem.widths))
        parts.append(f"## {problem.title}")
        parts.append(
            f"{widths} tanh, P = {problem.parameters:,}, {problem.loss}, l2 = {problem.l2:g}."
            " Seconds until so much is left of the way from the start's loss to the lowest of all sides:"
        )
        parts.append(table(("side", *(f"{s:g}" for s in SHARES), "last loss"), _rows(name, sides, runs)))
    return "\n\n".join(parts)


def _rows(name: str, sides: Sequence[str], runs: Runs) -> list[list[str]]:
    lowest = _lowest(name, sides, runs)
    rows = []
    for side in sides:
        traces = runs[name, side]
        cells = []
        for share in SHARES:
            goals = [low + share * (points[0][1] - low) for low, points in zip(lowest, traces, strict=True)]
            times = [seconds_to(points, goal) for points, goal in zip(traces, goals, strict=True)]
            middle = median(times)
            cells.append(duration(middle) if np.isfinite(middle) else "—")
        rows.append([SIDES[side][0], *cells, f"{median(points[-1][1] for points in traces):.10g}"])
    return rows


def _lowest(name: str, sides: Sequence[str], runs: Runs) -> list[float]:
    """The lowest loss of each start, whoever reached it."""
    losses = [[points[-1][1] for points in runs[name, side]] for side in sides]
    return [min(column) for column in zip(*losses, strict=True)]


def picture(path: Path, problems: Sequence[str], sides: Sequence[str], runs: Runs) -> None:
    """What is left to gain against the seconds, of the first start."""
    with style():
        figure = new_figure(panels=min(3, len(problems)), rows=-(-len(problems) // 3))
        for number, name in enumerate(problems):
            axes = figure.add_subplot(-(-len(problems) // 3), min(3, len(problems)), number + 1)
            low = _lowest(name, sides, runs)[0]
            for index, side in enumerate(sides):
                points = np.array(runs[name, side][0])
                left = (points[:, 1] - low) / (points[0, 1] - low)
                shown = left > 1e-12
                at = np.maximum(points[shown, 0], 1e-3)
                axes.step(at, left[shown], where="post", label=SIDES[side][0], **look(index))
            axes.set(xscale="log", yscale="log", title=PROBLEMS[name].title.split(",")[0], xlabel="seconds")
            axes.set_ylim(1e-12, 2)
            if number % 3 == 0:
                axes.set_ylabel("share of the loss still to gain")
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
        with path.open("wb") as file:
            save_figure(figure, file)
