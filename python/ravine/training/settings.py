"""What a run was asked to do; it does not change while it runs."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ravine.arrays import finite_number, require_count
from ravine.history import EpochRecord, StepRecord
from ravine.optim import Optimizer
from ravine.schedules import OnPlateau, Schedule, ScheduleLike, require_schedule
from ravine.training.checkpoint import Checkpoint
from ravine.training.clipping import require_positive
from ravine.training.early_stopping import EarlyStopping
from ravine.training.perturbation import Perturbation

__all__ = ["Callback", "Settings", "StepCallback", "describe", "listeners", "require_rule"]

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
    key: int = 0
    schedule: ScheduleLike | OnPlateau | None = None
    momentum_schedule: ScheduleLike | None = None
    clip_norm: float | None = None
    clip_value: float | None = None
    perturbation: Perturbation | None = None
    early_stopping: EarlyStopping | None = None
    goal: float | None = None
    max_time: float | None = None
    max_updates: int | None = None
    callbacks: tuple[Callback, ...] = ()
    step_callbacks: tuple[StepCallback, ...] = ()
    checkpoint: Checkpoint | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("schedule", "momentum_schedule"):
            self._check(name, require_schedule)
        if isinstance(self.momentum_schedule, OnPlateau):
            raise TypeError("momentum_schedule must be a function of the update's number, got OnPlateau")
        for name in ("epochs", "max_updates"):
            self._check(name, require_count)
        for name in ("clip_norm", "clip_value", "max_time"):
            self._check(name, require_positive)
        self._check("goal", finite_number)
        for name, kind in (("perturbation", Perturbation), ("early_stopping", EarlyStopping)):
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                raise TypeError(f"{name} must be a ravine.{kind.__name__}, got {type(value).__name__}")
        for name in ("callbacks", "step_callbacks"):
            for callback in getattr(self, name):
                if not callable(callback):
                    raise TypeError(f"{name} must be callable, got {callback!r}")

    def _check(self, name: str, rule: Callable[[Any, str], Any]) -> None:
        if getattr(self, name) is not None:
            rule(getattr(self, name), name)

    def over(self, updates: int) -> Settings:
        """Return the settings with schedules as long as the run will be if nothing ends it early."""
        return replace(
            self,
            schedule=_over(self.schedule, updates),
            momentum_schedule=_over(self.momentum_schedule, updates),
        )


def listeners(callbacks: Iterable[Any], name: str) -> tuple[Any, ...]:
    """Return the callbacks that were given; one that is not in a list is the usual slip."""
    try:
        return tuple(callbacks)
    except TypeError:
        raise TypeError(f"{name} must be a list of functions, got {callbacks!r}") from None


def _over(schedule: Any, updates: int) -> Any:
    return schedule.over(updates) if isinstance(schedule, Schedule) else schedule


def require_rule(optimizer: Any, momentum_schedule: Any = None) -> Optimizer:
    """Return the optimiser if it is one, and has a momentum where a schedule wants to set it."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be a rule of ravine.optim, got {type(optimizer).__name__}")
    if momentum_schedule is not None and not hasattr(optimizer, "momentum"):
        raise ValueError(f"momentum_schedule needs a rule with momentum, got {type(optimizer).__name__}")
    return optimizer


def describe(value: Any) -> str:
    """Text that is the same for options that mean the same: arrays by checksum, functions by name."""
    if isinstance(value, np.ndarray):
        checksum = 0
        for first in range(0, len(value), 4096):  # never a whole memory-mapped array at once
            checksum = zlib.crc32(value[first : first + 4096].tobytes(), checksum)
        return f"an array {value.shape} of {value.dtype}, checksum {checksum:08x}"
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
