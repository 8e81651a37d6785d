"""What a comparison leaves behind: one run a rule, and how each ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from ravine.comparison.problem import TrainingProblem
from ravine.history import History
from ravine.surfaces import Surface
from ravine.tables import format_number, format_percent, format_table

__all__ = ["Comparison", "Run", "Verdict"]


class Verdict(str, Enum):
    """How a rule did; the value is what the table says."""

    REACHED = "reached"
    DIVERGED = "diverged"
    SADDLE = "stays at saddle"
    SLOW = "slow"

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, eq=False)
class Run:
    """One rule on the problem; the arrays are read-only and have one entry for each recorded point.

    Attributes
    ----------
    name : the rule's name in the comparison.
    rule : the rule with its options, as text.
    updates, seconds : (m,) since the start, where both are 0.
    values : (m,) J there; on data the loss before training, then the mean loss of each epoch.
    path : (m, n) the points themselves on a surface; None on data.
    history : what :func:`ravine.fit` returned on data; None on a surface.
    updates_to_goal, seconds_to_goal : at the first recorded point with a value of at most the goal, or None.
    verdict : a :class:`Verdict`.
    """

    name: str
    rule: str
    updates: NDArray[np.int64]
    seconds: NDArray[np.float64]
    values: NDArray[np.float64]
    path: NDArray[np.float64] | None
    history: History | None
    updates_to_goal: int | None
    seconds_to_goal: float | None
    verdict: Verdict

    def __post_init__(self) -> None:
        for array in (self.updates, self.seconds, self.values, self.path):
            if array is not None:
                array.flags.writeable = False

    @property
    def lowest(self) -> float:
        """The lowest recorded value."""
        return float(np.nanmin(self.values))


@dataclass(frozen=True, eq=False)
class Comparison(Mapping[str, Run]):
    """Runs by name, in the order in which the rules were given; ``print`` shows them as a table.

    Attributes
    ----------
    problem : the surface, or the training problem.
    start : (n,) the point from which each rule began.
    goal : the value to reach.
    runs : one :class:`Run` for each rule.

    >>> import ravine as rv
    >>> comparison = rv.compare(rv.surfaces.Ravine(condition=10), {"descent": rv.optim.SGD(lr=0.1)})
    >>> comparison["descent"].verdict.name, comparison.fastest
    ('REACHED', 'descent')
    """

    problem: Surface | TrainingProblem
    start: NDArray[np.float64]
    goal: float
    runs: tuple[Run, ...]
    _by_name: dict[str, Run] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {run.name: run for run in self.runs})

    def __getitem__(self, name: str) -> Run:
        if name not in self._by_name:
            raise KeyError(f"no rule {name!r}; there are {', '.join(self._by_name)}")
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self.runs)

    @property
    def fastest(self) -> str | None:
        """The name of the rule with the fewest updates to the goal; None if none reached it."""
        arrived = [
            (run.updates_to_goal, k) for k, run in enumerate(self.runs) if run.updates_to_goal is not None
        ]
        return self.runs[min(arrived)[1]].name if arrived else None

    def __str__(self) -> str:
        header = ["rule", "updates to goal", "seconds to goal", "lowest value", "verdict"]
        metrics = [_metric(run) for run in self.runs]
        measured = any(metrics)
        rows = []
        for run, metric in zip(self.runs, metrics, strict=True):
            updates = "" if run.updates_to_goal is None else f"{run.updates_to_goal:,}"
            seconds = "" if run.seconds_to_goal is None else f"{run.seconds_to_goal:.3g}"
            last = [metric, str(run.verdict)] if measured else [str(run.verdict)]
            rows.append([run.name, updates, seconds, format_number(run.lowest), *last])
        if measured:
            header.insert(-1, "validation")
        return format_table(header, rows)


def _metric(run: Run) -> str:
    """The last validation metric of a training run as text; empty without one."""
    if run.history is None or not len(run.history["epoch"]):
        return ""
    value = float(run.history["validation_metric"][-1])
    if not np.isfinite(value):
        return ""
    texts = {"error": f"{format_percent(value)} wrong", "r2": f"R² {value:.3f}"}
    return texts.get(run.history.metric_name, f"loss {value:.3g}")
