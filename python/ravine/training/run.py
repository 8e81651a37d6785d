"""The training loop over mini-batches."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine import _core
from ravine.history import EpochRecord, History, StepRecord, StopReason
from ravine.network import MLP
from ravine.optim import Optimizer
from ravine.schedules import OnPlateau, ScheduleLike, schedule_values
from ravine.training.course import Course, asked_to_stop
from ravine.training.settings import Settings
from ravine.training.sources import Batches, Source
from ravine.training.validation import Validation

__all__ = ["PLAIN_UPDATES", "Run"]

_ENDS = (None, StopReason.NOT_FINITE, StopReason.TIME)
"""What the core's EpochEnd means, in its order; the next one is:"""
_SMALL_GRADIENT = len(_ENDS)
_TIME = _ENDS.index(StopReason.TIME)

_SLICE = 0.05
"""Seconds after which a run that may be given up looks whether it is."""

PLAIN_UPDATES: dict[str, Any] = {
    "first": 0,
    "rates": None,
    "momenta": None,
    "clip_norm": math.inf,
    "clip_value": math.inf,
    "pause_below": 0.0,
    "pause_from": 0,
    "seconds": math.inf,
}
"""How the core makes updates if nothing else is asked for."""


class Run(Course):
    """Training by mini-batches.

    Where only the training loss is there, the start of an epoch is judged by the epoch's mean loss: that
    costs nothing, and a point from which the loss explodes is not taken for good.
    """

    def __init__(
        self,
        net: MLP,
        source: Source,
        loss: Any,
        validation: Validation | None,
        rule: Optimizer,
        settings: Settings,
        given_up: Callable[[], bool] | None = None,
    ) -> None:
        super().__init__(net, source, loss, validation, rule, settings, given_up)
        self._source = source
        self._rule = rule

    def train(self) -> History:
        """Make updates until there is a reason to stop."""
        state, epochs = self._state, self._settings.epochs
        while state.reason is None and (epochs is None or state.epoch < epochs):
            self._begin_epoch()
            state.reason = self._take_updates()
            if state.reason is not StopReason.NOT_FINITE and not np.isfinite(self._net.theta).all():
                state.reason = StopReason.NOT_FINITE
            if state.done == self._source.batches and state.reason is not StopReason.NOT_FINITE:
                state.reason = self._finish_epoch() or state.reason
            self._save()
        return self._end()

    def _begin_epoch(self) -> None:
        state = self._state
        if not state.under_way:
            state.begin_epoch(self._net.theta, self._source.batches)
        self._source.begin_epoch(state.epoch)
        if state.plateau is not None:
            self._rule.lr = state.plateau.rate

    def _take_updates(self) -> StopReason | None:
        """Make the rest of the epoch's updates: in one go, or one by one if somebody looks at each."""
        state, limit = self._state, self._settings.max_updates
        while state.done < self._source.batches:
            count = 1 if self._settings.step_callbacks else self._source.batches - state.done
            if limit is not None:
                count = min(count, limit - state.updates)
                if count == 0:
                    return StopReason.UPDATES
            reason = self._advance(count)
            if reason is not None:
                return reason
        return StopReason.UPDATES if limit == state.updates else None

    def _advance(self, count: int) -> StopReason | None:
        """Make at most so many updates inside the core, with noise in between where the gradient is small."""
        state, first = self._state, self._state.done
        taken = self._source.take(first, count)
        if taken is None:
            return StopReason.STREAM
        batches, count = taken
        end = self._call_core(batches, 0, count)
        while end == _SMALL_GRADIENT or (end == _TIME and self._seconds_left() > 0):
            if end == _SMALL_GRADIENT:
                self._perturb()
            end = self._call_core(batches, state.done - first, count)
        if _ENDS[end] is None and self._settings.step_callbacks:
            loss, norm = float(state.losses[first]), float(state.norms[first])
            record = StepRecord(state.updates, state.epoch + 1, loss, norm, self._rule.lr)
            if asked_to_stop(self._settings.step_callbacks, record):
                return StopReason.CALLBACK
        return _ENDS[end]

    def _call_core(self, batches: Batches, skipped: int, count: int) -> int:
        """Make the updates of all but the first `skipped` of `count` batches, or as many as can be made."""
        if self._given_up is not None and self._given_up():
            raise KeyboardInterrupt
        state, before = self._state, self._rule.updates
        part = slice(state.done, state.done + count - skipped)
        try:
            made, end = _core.run_epoch(
                batches.risk._core,
                self._rule,
                self._net.theta,
                state.losses[part],
                state.norms[part],
                batches.order,
                {
                    **self._how(count - skipped),
                    "batch_size": batches.size,
                    "first": batches.first + skipped,
                },
            )
        except KeyboardInterrupt:
            # theta, the rule and the figures are those of the last finished update: a state to go on from.
            state.count(self._rule.updates - before)
            self._save(interrupted=True)
            raise
        state.count(made)
        return end

    def _how(self, count: int) -> dict[str, Any]:
        """How the next updates are to be made."""
        state, settings, noise = self._state, self._settings, self._settings.perturbation
        momenta = self._values(settings.momentum_schedule, count)
        if momenta is not None:
            # The rule says now, before an update is made, if one of them is out of its range.
            try:
                self._rule.momentum = float(momenta.min())
                self._rule.momentum = float(momenta.max())
            except ValueError as error:
                raise ValueError(f"momentum_schedule: {error}") from None
        how = {**PLAIN_UPDATES, "momenta": momenta, "rates": self._values(settings.schedule, count)}
        if settings.clip_norm is not None:
            how["clip_norm"] = settings.clip_norm
        if settings.clip_value is not None:
            how["clip_value"] = settings.clip_value
        if noise is not None:
            how["pause_below"] = noise.gradient_norm_below
            how["pause_from"] = max(state.perturbed_at + noise.every - state.updates, 0)
        left = self._seconds_left()
        how["seconds"] = left if self._given_up is None else min(left, _SLICE)
        return how

    def _perturb(self) -> None:
        state, noise = self._state, self._settings.perturbation
        if noise is not None:
            theta = self._net.theta
            theta += noise.noise_of_key(theta, self._settings.key, state.updates)
            state.perturbed_at = state.updates

    def _values(self, schedule: ScheduleLike | OnPlateau | None, count: int) -> NDArray[np.float64] | None:
        if schedule is None or isinstance(schedule, OnPlateau):
            return None
        return schedule_values(schedule, self._state.updates, count)

    def _record(self) -> EpochRecord:
        """What there is to say about the updates of this epoch so far, and about where they led."""
        state = self._state
        rows = self._source.row_counts(state.done)
        figures = {} if self._validation is None else self._validation.figures()
        return EpochRecord(
            epoch=state.epoch + 1,
            loss=float((state.losses[: state.done] * rows).sum() / rows.sum()),
            gradient_norm=float(state.norms[: state.done].mean()),
            seconds=self._seconds(),
            updates=state.updates,
            rate=self._rule.lr,
            **figures,
        )

    def _judge_epoch(self, record: EpochRecord) -> float:
        state, value = self._state, self._judge.value(record)
        if self._judge.of_the_start:
            state.judge(value, state.epoch_theta, record.epoch - 1)
        else:
            state.judge(value, self._net.theta, record.epoch)
        return value
