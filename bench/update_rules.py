"""Every update rule beside the bounds of the machine and beside PyTorch: ``python -m bench --parts updates``.

At 10,000,000 parameters a rule is held against the slower of two bounds over as many arrays: streaming them,
and one square root and one division an element on the way. At 1,000 parameters a step is timed in a loop of
the core and called from Python. A process of its own for each side and dtype, in which rule and bounds take
turns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from bench.machine import environment

ROOT = Path(__file__).resolve().parent.parent
SMALL, LARGE = 1_000, 10_000_000
DTYPES = ("float32", "float64")

LEAST = 0.9
"""Of the slower bound, at LARGE."""

IN_CORE = {"float32": 1.0e-6, "float64": 2.3e-6}
FROM_PYTHON = {"float32": 2.4e-6}
"""Seconds of a step at SMALL, at most."""


@dataclass(frozen=True)
class Form:
    """A rule of ravine.optim with options that torch.optim has, too, and how many state vectors it keeps."""

    title: str
    rule: str
    options: dict[str, Any]
    states: int
    divides: bool = True
    in_torch: bool = True


FORMS = (
    Form("SGD", "SGD", {}, 0, divides=False),
    Form("SGD, momentum", "SGD", {"momentum": 0.9}, 1, divides=False),
    Form("SGD, Nesterov", "SGD", {"momentum": 0.9, "nesterov": True}, 1, divides=False),
    Form("Adagrad", "Adagrad", {}, 1),
    Form("RMSprop", "RMSprop", {}, 1),
    Form("RMSprop, centered, momentum", "RMSprop", {"centered": True, "momentum": 0.9}, 3),
    Form("Adadelta", "Adadelta", {}, 2),
    Form("Adam", "Adam", {}, 2),
    Form("Adam, amsgrad", "Adam", {"amsgrad": True}, 3),
    Form("AdamW", "AdamW", {}, 2),
    Form("NAdam", "NAdam", {}, 2),
    Form("RAdam", "RAdam", {}, 2),
    Form("Adamax", "Adamax", {}, 2),
    Form("Rprop", "Rprop", {}, 2, divides=False),
    Form("Lion", "Lion", {}, 1, divides=False, in_torch=False),
)


@dataclass(frozen=True)
class Figure:
    """Seconds of a step. Lists have one entry a round, and the entries of a round are neighbours in time."""

    form: Form
    dtype: str
    in_core: float
    from_python: float
    large: list[float]
    streaming: list[float]
    division: list[float]
    torch_small: float | None
    torch_large: float | None

    @property
    def bound(self) -> float:
        """Seconds of the slower bound; rules without division have one bound alone."""
        return max(median(self.streaming), median(self.division) if self.form.divides else 0.0)

    @property
    def share(self) -> float:
        """What is reached of the slower bound: the median over the rounds."""
        slower = (
            self.division if self.form.divides and self.bound > median(self.streaming) else self.streaming
        )
        return median(bound / ours for bound, ours in zip(slower, self.large, strict=True))

    @property
    def meets(self) -> bool:
        """Whether every bar is reached."""
        small = self.from_python <= FROM_PYTHON.get(self.dtype, float("inf"))
        return small and self.in_core <= IN_CORE[self.dtype] and self.share >= LEAST


def measure_updates(
    threads: int, cores: Sequence[int], rounds: int, processes: int, say: Callable[[str], None]
) -> list[Figure]:
    """All forms in both dtypes."""
    figures = []
    for dtype in DTYPES:
        say(f"update rules, {dtype}")
        ours = [_ask("ravine", dtype, threads, cores, rounds) for _ in range(processes)]
        with_torch = find_spec("torch") is not None
        theirs = _ask("torch", dtype, threads, cores, rounds) if with_torch else {}
        for form in FORMS:
            runs = [answer[form.title] for answer in ours]
            other = theirs.get(form.title, {"small": None, "large": None})
            figures.append(
                Figure(
                    form,
                    dtype,
                    median(run["core"] for run in runs),
                    median(run["small"] for run in runs),
                    *([s for run in runs for s in run[key]] for key in ("large", "streaming", "division")),
                    other["small"],
                    other["large"],
                )
            )
    return figures


def _ask(side: str, dtype: str, threads: int, cores: Sequence[int], rounds: int) -> dict[str, Any]:
    where = ",".join(map(str, cores))
    command = [sys.executable, "-m", "bench.update_worker", side, dtype, str(threads), where, str(rounds)]
    variables = os.environ | environment(side, threads)
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=variables)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[1:])}: exit status {done.returncode}\n{done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
