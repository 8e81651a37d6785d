"""What a run was asked to do; it does not change while it runs."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ravine.arrays import finite_number, non_negative, require_count
from ravine.history import EpochRecord, StepRecord
from ravine.optim import Optimizer
from ravine.schedules import OnPlateau, Schedule, ScheduleLike, require_schedule
from ravine.training.checkpoint import Checkpoint
from ravine.training.early_stopping import EarlyStopping

__all__ = ["Callback", "Settings", "StepCallback", "describe", "require_rule", "schedule_over"]

Callback = Callable[[EpochRecord], Any]
"""Called after each epoch; True, or StopIteration, ends the run, any other exception reaches the caller."""

StepCallback = Callable[[StepRecord], Any]
"""Called after each update; otherwise as a :data:`Callback`."""


@dataclass(frozen=True)
class Settings:
    """The options of :func:`ravine.fit` that the loop obeys, checked as they are made.

    `facts` describe what decides the bits of the run, by name: by them a checkpoint of another run is told.
    """

    epochs: int | None
    schedule: ScheduleLike | OnPlateau | None = None
    early_stopping: EarlyStopping | None = None
    goal: float | None = None
    max_time: float | None = None
    max_updates: int | None = None
    callbacks: tuple[Callback, ...] = ()
    step_callbacks: tuple[StepCallback, ...] = ()
    checkpoint: Checkpoint | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.epochs is not None:
            require_count(self.epochs, "epochs")
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


def schedule_over(schedule: Any, batches: int, epochs: int, max_updates: int | None) -> Any:
    """Return the schedule, as long as the run will be if nothing ends it early."""
    updates = epochs * batches if max_updates is None else min(epochs * batches, max_updates)
    return schedule.over(updates) if isinstance(schedule, Schedule) else schedule


def require_rule(optimizer: Any) -> Optimizer:
    """Return the optimiser if it is one."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be a rule of ravine.optim, got {type(optimizer).__name__}")
    return optimizer


def describe(value: Any) -> str:
    """Text that is the same for options that mean the same: arrays by checksum, functions by name."""
    if isinstance(value, np.ndarray):
        checksum = 0
        for first in range(0, len(value), 4096):  # never a whole memory-mapped array at once
            checksum = zlib.crc32(value[first : first + 4096].tobytes(), checksum)
        return f"an array {value.shape} of {value.dtype}, checksum {checksum:08x}"
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
