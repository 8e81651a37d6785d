"""All that changes while a run runs, but for the parameters and the optimiser's state."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine.history import EpochRecord, StopReason
from ravine.schedules import OnPlateau, PlateauState

__all__ = ["RunState"]


def _nothing() -> NDArray[np.float64]:
    return np.empty(0)


@dataclass
class RunState:
    """Where a run stands.

    Attributes
    ----------
    start_theta, epoch_theta, best_theta : parameters at the start of the run, at the start of the epoch, and
        the best so far.
    records : of the finished epochs.
    updates : made since the start of the run.
    done, losses, norms : updates made in the epoch under way; the loss and the gradient's norm of each batch.
    best, best_epoch : the lowest value of what is monitored, and its epoch (0: the start).
    milestone, waited : the value that the next must beat, and epochs since one did.
    perturbed_at : `updates` at the last perturbation; long ago for never.
    seconds : of earlier parts of a resumed run.
    reason : why the run ended; None while it goes on.
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
    perturbed_at: int = -(2**62)
    seconds: float = 0.0
    reason: StopReason | None = None

    @staticmethod
    def at(theta: NDArray[Any], schedule: Any) -> RunState:
        """The state of a run that begins at `theta`."""
        plateau = schedule.begin() if isinstance(schedule, OnPlateau) else None
        return RunState(theta.copy(), theta.copy(), theta.copy(), plateau)

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""
        return len(self.records)

    @property
    def under_way(self) -> bool:
        """Whether an epoch has begun and not ended."""
        return self.losses.size > 0

    def begin_epoch(self, theta: NDArray[Any], batches: int) -> None:
        """Remember where the epoch starts and make room for its figures."""
        self.epoch_theta[...] = theta
        self.done = 0
        self.losses = np.zeros(batches)
        self.norms = np.zeros(batches)

    def end_epoch(self, record: EpochRecord) -> None:
        """Put the epoch among the finished ones."""
        self.records.append(record)
        self.done = 0
        self.losses = self.norms = _nothing()

    def count(self, updates: int) -> None:
        """Count updates that were made."""
        self.done += updates
        self.updates += updates

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
