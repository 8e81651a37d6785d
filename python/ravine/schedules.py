"""Rates (and momenta) that follow the number of the update: pure functions, counted from 0.

Any of them, or any callable of the update's number, is taken by ``ravine.fit(schedule=...)``; in a loop of
your own, ``optimizer.lr = schedule(k)`` before step k does the same, bit for bit. Where `updates` (the
length) is left out, the schedule spans the whole run.

>>> import ravine as rv
>>> schedule = rv.schedules.Linear(0.1, 0.01, updates=9)
>>> [round(schedule(k), 3) for k in (0, 3, 9, 100)]
[0.1, 0.07, 0.01, 0.01]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ravine.arrays import non_negative, require_count

__all__ = [
    "Constant",
    "Cosine",
    "Exponential",
    "Inverse",
    "Linear",
    "OnPlateau",
    "OneCycle",
    "PlateauState",
    "Schedule",
    "ScheduleLike",
    "Step",
    "Warmup",
]

Values: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Schedule:
    """What every schedule is: ``schedule(k)`` is the value for update k = 0, 1, …

    A schedule of your own needs no base class, a function will do. One that derives from this class and
    defines ``_at`` (a vector of update numbers in, their values out) is evaluated for an epoch in one go.
    """

    def __call__(self, update: int) -> float:
        """Return the value for one update."""
        return float(self.values(update, 1)[0])

    def values(self, first: int, count: int) -> Values:
        """Return the values for the updates first, …, first + count - 1."""
        if first < 0:
            raise ValueError(f"update must not be negative, got {first}")
        return self._at(np.arange(first, first + count, dtype=np.float64))

    def over(self, updates: int) -> Schedule:
        """Return the schedule with the length of a run of so many updates, where its own was left out."""
        if getattr(self, "updates", updates) is None:
            longer: Any = {"updates": updates}
            return replace(self, **longer)
        return self

    def _at(self, update: Values) -> Values:
        raise NotImplementedError(f"{type(self).__name__} must define _at(update)")


ScheduleLike: TypeAlias = Schedule | Callable[[int], float]


@dataclass(frozen=True)
class Constant(Schedule):
    """The same value for every update.

    >>> import ravine as rv
    >>> rv.schedules.Constant(0.1)(7)
    0.1
    """

    rate: float

    def __post_init__(self) -> None:
        non_negative(self.rate, "rate")

    def _at(self, update: Values) -> Values:
        return np.full(update.shape, float(self.rate))


@dataclass(frozen=True)
class Linear(Schedule):
    """ε_k = (1 - a) start + a end, a = min(k/updates, 1): a straight line to a floor, level from there on.

    Source: Goodfellow, Bengio and Courville 2016, equation 8.14.

    >>> import ravine as rv
    >>> rv.schedules.Linear(1.0, 0.5, updates=4)(2)
    0.75
    """

    start: float
    end: float
    updates: int | None = None

    def __post_init__(self) -> None:
        _check(self, "start", "end")

    def _at(self, update: Values) -> Values:
        a = np.minimum(update / _length(self), 1.0)
        return (1 - a) * self.start + a * self.end


@dataclass(frozen=True)
class Step(Schedule):
    """ε_k = start · factor^⌊k/every⌋.

    >>> import ravine as rv
    >>> [rv.schedules.Step(1.0, factor=0.5, every=10)(k) for k in (0, 9, 10, 25)]
    [1.0, 1.0, 0.5, 0.25]
    """

    start: float
    factor: float
    every: int

    def __post_init__(self) -> None:
        _check(self, "start", "factor")
        require_count(self.every, "every")

    def _at(self, update: Values) -> Values:
        return self.start * self.factor ** np.floor(update / self.every)


@dataclass(frozen=True)
class Exponential(Schedule):
    """ε_k = start · factor^k.

    >>> import ravine as rv
    >>> rv.schedules.Exponential(1.0, factor=0.5)(3)
    0.125
    """

    start: float
    factor: float

    def __post_init__(self) -> None:
        _check(self, "start", "factor")

    def _at(self, update: Values) -> Values:
        return self.start * self.factor**update


@dataclass(frozen=True)
class Inverse(Schedule):
    """ε_k = start / (1 + decay k)^power.

    Power 1 is the rate of stochastic approximation. Source: Robbins and Monro 1951.

    >>> import ravine as rv
    >>> rv.schedules.Inverse(1.0, decay=0.5)(2)
    0.5
    """

    start: float
    decay: float
    power: float = 1.0

    def __post_init__(self) -> None:
        _check(self, "start", "decay", "power")

    def _at(self, update: Values) -> Values:
        return self.start / (1 + self.decay * update) ** self.power


@dataclass(frozen=True)
class Cosine(Schedule):
    """ε_k = end + ½ (start - end)(1 + cos π a), a = min(k/updates, 1).

    Source: Loshchilov and Hutter 2017, without restarts.

    >>> import ravine as rv
    >>> rv.schedules.Cosine(1.0, updates=10)(5)
    0.5
    """

    start: float
    end: float = 0.0
    updates: int | None = None

    def __post_init__(self) -> None:
        _check(self, "start", "end")

    def _at(self, update: Values) -> Values:
        return _half_wave(self.start, self.end, np.minimum(update / _length(self), 1.0))


@dataclass(frozen=True)
class Warmup(Schedule):
    """Rises linearly to another schedule's first value, then follows that one from its beginning.

    ε_k = schedule(0) (k + 1)/(updates + 1) for k < updates, schedule(k - updates) from there on. A run's
    length is shared: what the warm-up takes, the other does not get.

    >>> import ravine as rv
    >>> schedule = rv.schedules.Warmup(rv.schedules.Constant(1.0), updates=3)
    >>> [schedule(k) for k in range(5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    schedule: ScheduleLike
    updates: int

    def __post_init__(self) -> None:
        require_schedule(self.schedule, "schedule")
        if isinstance(self.schedule, OnPlateau):
            raise TypeError("schedule must be a function of the update's number, got OnPlateau")
        require_count(self.updates, "updates")

    def over(self, updates: int) -> Schedule:
        """Return the schedule with the length of a run of so many updates, where its own was left out."""
        if not isinstance(self.schedule, Schedule):
            return self
        return replace(self, schedule=self.schedule.over(max(updates - self.updates, 1)))

    def values(self, first: int, count: int) -> Values:
        """Return the values for the updates first, …, first + count - 1."""
        rising = min(max(self.updates - first, 0), count)
        share = np.arange(first + 1, first + rising + 1) / (self.updates + 1)
        after = max(first - self.updates, 0)
        level = schedule_values(self.schedule, 0, 1)[0]
        return np.concatenate([share * level, schedule_values(self.schedule, after, count - rising)])


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Half a cosine wave up from `start` to `peak` in the share `rise` of the updates, another down to `end`.

    Defaults: start = peak/25, end = start/10⁴. The momentum that goes against it is a `OneCycle` as well,
    with its start above its peak. Source: Smith and Topin 2019.

    >>> import ravine as rv
    >>> schedule = rv.schedules.OneCycle(1.0, updates=100)
    >>> schedule(0), schedule(30), schedule(100)
    (0.04, 1.0, 4e-06)
    """

    peak: float
    updates: int | None = None
    rise: float = 0.3
    start: float | None = None
    end: float | None = None

    def __post_init__(self) -> None:
        _check(self, "peak", *(name for name in ("start", "end") if getattr(self, name) is not None))
        if not 0 < non_negative(self.rise, "rise") < 1:
            raise ValueError(f"rise must lie in (0, 1), got {self.rise}")

    def _at(self, update: Values) -> Values:
        start = self.peak / 25 if self.start is None else self.start
        end = start / 1e4 if self.end is None else self.end
        a = np.minimum(update / _length(self), 1.0)
        up = _half_wave(start, self.peak, np.minimum(a / self.rise, 1.0))
        down = _half_wave(self.peak, end, np.maximum(a - self.rise, 0.0) / (1 - self.rise))
        return np.where(a < self.rise, up, down)


@dataclass(frozen=True)
class PlateauState:
    """Where an :class:`OnPlateau` stands: the rate, the best loss so far, epochs since it was reached."""

    rate: float
    best: float = np.inf
    waited: int = 0


@dataclass(frozen=True)
class OnPlateau:
    """Multiplies the rate by `factor` when the loss has not fallen for more than `patience` epochs.

    The loss is the validation loss where there is one, else the training loss of the epoch. It has fallen if
    it is below the best so far by more than `min_delta`; the rate never goes below `floor`. Within an epoch
    the rate is constant. What changes is not in this object: ``state = plateau.begin()``, and after each
    epoch ``state = plateau.after_epoch(state, loss)``.

    >>> import ravine as rv
    >>> plateau = rv.schedules.OnPlateau(1.0, factor=0.5, patience=1)
    >>> state = plateau.begin()
    >>> for loss in (3.0, 2.0, 2.5, 2.5):
    ...     state = plateau.after_epoch(state, loss)
    >>> state
    PlateauState(rate=0.5, best=2.0, waited=0)
    """

    start: float
    factor: float = 0.1
    patience: int = 10
    min_delta: float = 0.0
    floor: float = 0.0

    def __post_init__(self) -> None:
        for name in ("start", "factor", "min_delta", "floor"):
            non_negative(getattr(self, name), name)
        if self.factor >= 1:
            raise ValueError(f"factor must lie in [0, 1), got {self.factor}")
        require_count(self.patience, "patience", least=0)

    def begin(self) -> PlateauState:
        """Return the state before the first epoch."""
        return PlateauState(self.start)

    def after_epoch(self, state: PlateauState, loss: float) -> PlateauState:
        """Return the state after an epoch that ended with this loss."""
        if loss < state.best - self.min_delta:
            return PlateauState(state.rate, loss, 0)
        if state.waited < self.patience:
            return replace(state, waited=state.waited + 1)
        return PlateauState(max(state.rate * self.factor, self.floor), state.best, 0)


def require_schedule(value: Any, name: str) -> None:
    """Raise TypeError unless `value` is a schedule object or a callable."""
    if isinstance(value, type) or not (callable(value) or isinstance(value, OnPlateau)):
        raise TypeError(f"{name} must be an object of ravine.schedules or a callable, got {value!r}")


def schedule_values(schedule: ScheduleLike, first: int, count: int) -> Values:
    """Return the values of any schedule for a stretch of updates, each finite and not negative."""
    if isinstance(schedule, Schedule):
        values = np.asarray(schedule.values(first, count), dtype=np.float64)
    else:
        given = [schedule(k) for k in range(first, first + count)]
        try:
            values = np.array(given, dtype=np.float64).reshape(count)
        except (TypeError, ValueError):
            raise TypeError(f"schedule({first}) must be a number, got {given[0]!r}") from None
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if wrong.size:
        k = int(wrong[0])
        raise ValueError(f"schedule({first + k}) must be finite and not negative, got {values[k]}")
    return values


def _check(schedule: Any, *names: str) -> None:
    for name in names:
        non_negative(getattr(schedule, name), name)
    if getattr(schedule, "updates", None) is not None:
        require_count(schedule.updates, "updates")


def _length(schedule: Any) -> int:
    if schedule.updates is None:
        raise ValueError(
            f"{type(schedule).__name__}: updates must be given outside a run, which knows its own"
        )
    return int(schedule.updates)


def _half_wave(start: float, end: float, a: Values) -> Values:
    share = 0.5 - 0.5 * np.cos(np.pi * a)
    return (1 - share) * start + share * end
