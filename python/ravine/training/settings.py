"""What a run was asked to do; it does not change while it runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ravine.arrays import finite_number, non_negative, require_count
from ravine.history import EpochRecord, StepRecord
from ravine.optim import Optimizer
from ravine.schedules import OnPlateau, Schedule, ScheduleLike, require_schedule
from ravine.training.batches import Shuffle, require_shuffle
from ravine.training.early_stopping import EarlyStopping

__all__ = ["Callback", "Settings", "StepCallback"]

Callback = Callable[[EpochRecord], Any]
"""Called after each epoch; True, or StopIteration, ends the run, any other exception reaches the caller."""

StepCallback = Callable[[StepRecord], Any]
"""Called after each update; otherwise as a :data:`Callback`."""


@dataclass(frozen=True)
class Settings:
    """The options of :func:`ravine.fit` that the loop obeys, checked as they are made."""

    epochs: int
    batch_size: int | None
    shuffle: Shuffle
    key: int
    schedule: ScheduleLike | OnPlateau | None = None
    early_stopping: EarlyStopping | None = None
    goal: float | None = None
    max_time: float | None = None
    max_updates: int | None = None
    callbacks: tuple[Callback, ...] = ()
    step_callbacks: tuple[StepCallback, ...] = ()

    def __post_init__(self) -> None:
        require_count(self.epochs, "epochs")
        if self.batch_size is not None:
            require_count(self.batch_size, "batch_size")
        require_shuffle(self.shuffle)
        if self.schedule is not None:
            require_schedule(self.schedule, "schedule")
        if self.early_stopping is not None and not isinstance(self.early_stopping, EarlyStopping):
            raise TypeError(
                f"early_stopping must be a ravine.EarlyStopping, got {type(self.early_stopping).__name__}"
            )
        if self.goal is not None:
            finite_number(self.goal, "goal")
        if self.max_time is not None and non_negative(self.max_time, "max_time") == 0:
            raise ValueError("max_time must be more than 0 seconds, got 0")
        if self.max_updates is not None:
            require_count(self.max_updates, "max_updates")
        for name in ("callbacks", "step_callbacks"):
            for callback in getattr(self, name):
                if not callable(callback):
                    raise TypeError(f"{name} must be callable, got {callback!r}")

    def for_rows(self, rows: int) -> Settings:
        """Return the settings with schedules as long as the run will be if nothing ends it early."""
        size = rows if self.batch_size is None else min(self.batch_size, rows)
        updates = self.epochs * math.ceil(rows / size)
        if self.max_updates is not None:
            updates = min(updates, self.max_updates)
        return replace(self, batch_size=size, schedule=_over(self.schedule, updates))


def require_rule(optimizer: Any) -> Optimizer:
    """Return the optimiser if it is one."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be a rule of ravine.optim, got {type(optimizer).__name__}")
    return optimizer


def _over(schedule: Any, updates: int) -> Any:
    return schedule.over(updates) if isinstance(schedule, Schedule) else schedule
