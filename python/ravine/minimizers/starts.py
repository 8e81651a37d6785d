"""Many starts of one minimisation, at once inside the core, and the best of them."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine.history import StopReason
from ravine.memory import require_memory
from ravine.minimizers.auto import first_stage, run_auto
from ravine.minimizers.options import merge_options
from ravine.minimizers.result import REASONS, MinimizeResult
from ravine.minimizers.run import Problem, Watch
from ravine.tables import format_number, format_table

__all__ = ["MinimizeStarts", "minimize_starts"]


@dataclass(frozen=True)
class MinimizeStarts:
    """What came of several starts, an entry each.

    Attributes
    ----------
    seeds : ``net.initialize(seed)`` and a run alone repeat the start to the bit.
    x : (starts, P) where each ended.
    fun, gradient_norm : (starts,) J and ‖∇J‖₂ there (of the free parameters).
    nit, nfev : (starts,) iterations, and evaluations of J.
    seconds : (starts,) what each took.
    reasons : the :class:`ravine.StopReason` of each.
    best : index of the lowest; where several are, of the first.
    time : seconds that all took together, the draws included.

    >>> import numpy as np, ravine as rv
    >>> x = np.linspace(-1, 1, 20)[:, None]
    >>> risk = rv.EmpiricalRisk(rv.MLP([1, 5, 1], activation="tanh"), x, np.sin(np.pi * x[:, 0]))
    >>> starts = rv.minimize(risk, method="levenberg-marquardt", goal=1e-3, starts=100).starts
    >>> starts.x.shape, sum(reason is rv.StopReason.GOAL for reason in starts.reasons)
    ((100, 16), 100)
    """

    seeds: tuple[int, ...]
    x: NDArray[np.float64]
    fun: NDArray[np.float64]
    gradient_norm: NDArray[np.float64]
    nit: NDArray[np.int64]
    nfev: NDArray[np.int64]
    seconds: NDArray[np.float64]
    reasons: tuple[StopReason, ...]
    best: int
    time: float

    def __len__(self) -> int:
        return len(self.seeds)

    def __str__(self) -> str:
        """One row for each reason to stop, and one for all."""
        names = np.array([reason.name for reason in self.reasons])
        groups = [(name, names == name) for name in dict.fromkeys(names)]
        if len(groups) > 1:
            groups.append(("all", np.ones(len(self), bool)))
        rows = []
        for name, chosen in groups:
            figures = (*_spread(self.fun[chosen]), float(np.median(self.nit[chosen])))
            rows.append([name, str(int(chosen.sum())), *map(format_number, figures)])
        header = ["stop reason", "starts", "lowest", "median", "highest", "iterations"]
        best = f"best: start {self.best + 1} of {len(self)}, seed {self.seeds[self.best]}"
        return f"{format_table(header, rows)}\n{best}; {format_number(self.time)} s together"


def minimize_starts(
    problem: Problem,
    method: str,
    call: tuple[Mapping[str, Any] | None, Mapping[str, Any], float | None],
    certificate: bool | None,
    seeds: tuple[int, ...],
) -> MinimizeResult:
    """Minimise from what the network draws with each seed; `call` holds options, keywords and tol."""
    assert problem.risk is not None
    began = time.perf_counter()
    net, settings = problem.risk.net, merge_options(method, *call)
    points = _draws(problem, seeds)
    first, own = first_stage(problem, settings) if method == "auto" else (method, settings)
    answer = problem.run_starts(first, own, points)
    took = time.perf_counter() - began
    net.theta = answer["x"]
    ends = answer.pop("starts")
    starts = MinimizeStarts(
        seeds=seeds,
        x=points,
        fun=ends["fun"],
        gradient_norm=ends["gradient_norm"],
        nit=ends["nit"],
        nfev=ends["nfev"],
        seconds=ends["seconds"],
        reasons=tuple(REASONS[name][0] for name in ends["reasons"]),
        best=ends["best"],
        time=took,
    )
    if method == "auto":
        rest = problem.started_at(answer["x"])
        result = run_auto(rest, *call, Watch(None), certificate, begun=answer)
    else:
        result = problem.finish(method, answer, certificate)
    return replace(result, starts=starts)


def _draws(problem: Problem, seeds: tuple[int, ...]) -> NDArray[np.float64]:
    """The start of each seed (starts, P), drawn by the network's own initialisers; what is held stays."""
    assert problem.risk is not None
    twin = copy.deepcopy(problem.risk.net)
    require_memory(8 * len(seeds) * problem.start.size, f"{len(seeds)} starts", "use fewer")
    points = np.empty((len(seeds), problem.start.size))
    for point, seed in zip(points, seeds, strict=True):
        twin.initialize(seed)
        point[...] = twin.theta
    if problem.free:
        held = np.setdiff1d(np.arange(problem.start.size), problem.free)
        points[:, held] = problem.start[held]
    return points


def _spread(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Lowest, median and highest of what is a number."""
    numbers = values[~np.isnan(values)]
    if not numbers.size:
        return np.nan, np.nan, np.nan
    return float(numbers.min()), float(np.median(numbers)), float(numbers.max())
