"""Rules on the same data: the same theta, the same batches."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from ravine.comparison.problem import TrainingProblem
from ravine.comparison.record import Comparison, Run, Verdict
from ravine.history import History, StopReason
from ravine.objective import EmpiricalRisk
from ravine.optim import Optimizer
from ravine.seeds import stream_key
from ravine.training.fit import fit

__all__ = ["train"]

_SHARE_OF_START = 0.1


def train(
    problem: TrainingProblem, makers: Mapping[str, tuple[str, Callable[[], Optimizer]]], goal: float | None
) -> Comparison:
    """Train once with each rule, and put the network's theta back."""
    net = problem.net
    start = net.theta.copy()
    # An int gives the same batches in every run; a generator would go on from one run to the next.
    seed = problem.seed if isinstance(problem.seed, int) else stream_key(problem.seed)
    first = _loss_at_start(problem)
    target = _SHARE_OF_START * first if goal is None else float(goal)
    runs = []
    try:
        for name, (text, make) in makers.items():
            net.theta[...] = start
            history = fit(
                net,
                problem.X,
                problem.y,
                loss=problem.loss,
                optimizer=make(),
                epochs=problem.epochs,
                batch_size=problem.batch_size,
                validation_data=problem.validation_data,
                seed=seed,
                **problem.options,
            )
            runs.append(_run(name, text, history, first, target))
    finally:
        net.theta[...] = start
    origin = start.astype(np.float64)
    origin.flags.writeable = False
    return Comparison(problem, origin, target, tuple(runs))


def _loss_at_start(problem: TrainingProblem) -> float:
    """J at the network's theta, with those options of the fit that belong to the risk."""
    known = inspect.signature(EmpiricalRisk).parameters
    options = {name: value for name, value in problem.options.items() if name in known}
    return EmpiricalRisk(problem.net, problem.X, problem.y, problem.loss, **options).value()


def _run(name: str, text: str, history: History, first: float, goal: float) -> Run:
    def column(of: str, at_start: float) -> NDArray[np.float64]:
        return np.concatenate([[at_start], history[of]])

    values = column("loss", first)
    updates = column("updates", 0).astype(np.int64)
    seconds = column("seconds", 0.0)
    below = np.flatnonzero(values <= goal)
    arrival = int(below[0]) if below.size else None
    if arrival is not None:
        verdict = Verdict.REACHED
    else:
        verdict = Verdict.DIVERGED if history.stop_reason is StopReason.NOT_FINITE else Verdict.SLOW
    return Run(
        name=name,
        rule=text,
        updates=updates,
        seconds=seconds,
        values=values,
        path=None,
        history=history,
        updates_to_goal=None if arrival is None else int(updates[arrival]),
        seconds_to_goal=None if arrival is None else float(seconds[arrival]),
        verdict=verdict,
    )
