"""One case: contenders in processes of their own, timed in turn, their results compared.

Every round asks ravine, a rival, ravine, the next rival, …, and a ratio is made of two neighbours in time.
Rounds are repeated, and so are the processes, because where a process happens to lie in memory changes its
speed for all its life.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.cases import Bar, Case
from bench.problems import Array, make
from bench.workers import Contender, Worker, start


@dataclass(frozen=True)
class Effort:
    """How much to measure: processes one after another, rounds in each, seconds a time."""

    processes: int = 3
    rounds: int = 5
    seconds: float = 0.3


@dataclass(frozen=True)
class Setting:
    """What stays from case to case: the cores of every process, the effort, and where progress goes."""

    cores: Sequence[int]
    effort: Effort
    say: Callable[[str], None]


@dataclass(frozen=True)
class Comparison:
    """Times of ravine and of its rivals, and the ratios of neighbours."""

    case: Case
    subject: Contender
    subject_seconds: list[float]
    rival_seconds: dict[Contender, list[float]]
    ratios: dict[Contender, list[float]]
    versions: dict[str, str]

    def best(self, sides: Sequence[str]) -> Contender:
        """The fastest contender of these sides, whatever its number of threads."""
        return min((rival for rival in self.ratios if rival.side in sides), key=self.ratio)

    def ratio(self, rival: Contender) -> float:
        """The median of the ratios: how many times faster than this rival."""
        return float(np.median(self.ratios[rival]))

    def spread(self, rival: Contender) -> tuple[float, float]:
        """The quartiles of the ratios."""
        lower, upper = np.quantile(self.ratios[rival], (0.25, 0.75))
        return float(lower), float(upper)

    def meets(self, bar: Bar) -> bool:
        """Whether the median ratio reaches the bar."""
        return self.ratio(self.best(bar.rivals)) >= bar.least


@dataclass
class _Record:
    subject: list[float] = field(default_factory=list)
    rivals: dict[Contender, list[float]] = field(default_factory=dict)
    ratios: dict[Contender, list[float]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


def compare(case: Case, subject: Contender, rivals: Sequence[Contender], setting: Setting) -> Comparison:
    """Time the subject beside each rival; raise where their results differ by more than rounding."""
    record = _Record()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "problem.npz"
        make(case).save(data)
        effort = setting.effort
        for process in range(effort.processes):
            setting.say(f"{case.title}: process {process + 1} of {effort.processes}")
            with ExitStack() as stack:
                workers = [start(one, case, data, setting.cores) for one in (subject, *rivals)]
                first, *others = [stack.enter_context(worker) for worker in workers]
                if process == 0:
                    _check_agreement(case, first, others, Path(folder) / "results.npz")
                for _ in range(effort.rounds):
                    _round(first, others, effort.seconds, record)
    result = Comparison(case, subject, record.subject, record.rivals, record.ratios, record.versions)
    setting.say("; ".join(f"{result.ratio(rival):.2f} × {rival.title}" for rival in rivals))
    return result


def _round(first: Worker, others: Sequence[Worker], seconds: float, record: _Record) -> None:
    for other in others:
        ours, theirs = first.measure(seconds), other.measure(seconds)
        record.subject.append(ours)
        record.rivals.setdefault(other.contender, []).append(theirs)
        record.ratios.setdefault(other.contender, []).append(theirs / ours)
    for worker in (first, *others):
        record.versions[worker.contender.side] = worker.versions


def tolerance(case: Case, side: str) -> float:
    """How far results may lie apart, relative to their norm, when both are right to rounding."""
    if case.kind != "epoch":
        # Errors of a sum grow with the root of its length; none here has more than 20,000 terms.
        return 100 * float(np.finfo(case.dtype).eps)
    # Adam divides each gradient by its own size, which blows the rounding of a nearly vanishing one up to a
    # full step. Few parameters have such a gradient, but scikit-learn moves all of them a little
    # differently, because it adds eps before the bias correction and not after it.
    return 0.1 if side == "sklearn" else 0.01


def _check_agreement(case: Case, first: Worker, others: Sequence[Worker], path: Path) -> None:
    expected = first.results(path)
    for other in others:
        results = other.results(path)
        for name, value in results.items():
            distance = difference(value, expected[name], make(case).theta if case.kind == "epoch" else None)
            allowed = tolerance(case, other.contender.side)
            if not distance <= allowed:
                raise ArithmeticError(
                    f"{case.title}: {name} of {other.contender.title} differs from {first.contender.title} "
                    f"by {distance:.2g} of its norm, more than {allowed:.2g}"
                )


def difference(value: Array, expected: Array, start: Array | None) -> float:
    """‖value − expected‖ / ‖expected − start‖; with a start, how far training went is the measure."""
    a, b = value.astype(np.float64), expected.astype(np.float64)
    scale = b if start is None else b - start
    return float(np.linalg.norm(a - b) / np.linalg.norm(scale))
