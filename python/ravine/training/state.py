"""All that changes while a run runs, but for the parameters and the optimiser's state."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine.history import EpochRecord
from ravine.schedules import OnPlateau, PlateauState

__all__ = ["RunState"]


def _nothing() -> NDArray[np.float64]:
    return np.empty(0)


@dataclass
class RunState:
    """Where a run stands.

    `start_theta`, `epoch_theta` and `best_theta` are the parameters at the start of the run, at the start of
    the epoch, and the best so far. `done` updates of the current epoch have been made, with the batches'
    `losses` and gradient `norms`; `updates` counts those of all epochs.
    """

    start_theta: NDArray[Any]
    epoch_theta: NDArray[Any]
    best_theta: NDArray[Any]
    plateau: PlateauState | None = None
    records: list[EpochRecord] = field(default_factory=list)
    updates: int = 0
    done: int = 0
    losses: NDArray[np.float64] = field(default_factory=_nothing)
    norms: NDArray[np.float64] = field(default_factory=_nothing)
    best: float = math.inf
    best_epoch: int = 0
    milestone: float = math.inf
    waited: int = 0
    seconds: float = 0.0

    @staticmethod
    def at(theta: NDArray[Any], schedule: Any) -> RunState:
        """The state of a run that begins at `theta`."""
        plateau = schedule.begin() if isinstance(schedule, OnPlateau) else None
        return RunState(theta.copy(), theta.copy(), theta.copy(), plateau)

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""
        return len(self.records)

    def begin_epoch(self, theta: NDArray[Any], batches: int) -> None:
        """Remember where the epoch starts and make room for its figures."""
        self.epoch_theta[...] = theta
        self.done = 0
        self.losses = np.empty(batches)
        self.norms = np.empty(batches)

    def judge(self, value: float, theta: NDArray[Any], epoch: int) -> None:
        """Keep theta, reached at the end of `epoch`, if its value is the lowest so far."""
        if value < self.best:
            self.best = value
            self.best_epoch = epoch
            self.best_theta[...] = theta

    def wait(self, value: float, min_delta: float) -> int:
        """Count the epochs since a value was lower than the best by more than `min_delta`."""
        if value < self.milestone - min_delta:
            self.milestone = value
            self.waited = 0
        else:
            self.waited += 1
        return self.waited
