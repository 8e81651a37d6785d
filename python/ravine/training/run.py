"""The training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine import _core
from ravine.history import EpochRecord, History, StepRecord, StopReason
from ravine.network import MLP
from ravine.objective import EmpiricalRisk
from ravine.optim import Optimizer
from ravine.probabilities import metric_name, validation_metric
from ravine.schedules import OnPlateau, schedule_values
from ravine.training.batches import epoch_order
from ravine.training.early_stopping import Judge
from ravine.training.settings import Settings
from ravine.training.state import RunState

__all__ = ["Run"]

_ENDS = (None, StopReason.NOT_FINITE, StopReason.TIME)
"""What the core's EpochEnd means, in its order."""


class Run:
    """One run of :func:`ravine.fit`: a network, a risk, a rule, what was asked, and where it stands.

    An epoch's end is judged by what is monitored: the validation loss where there is one. Where only the
    training loss is there, the start of an epoch is judged by the epoch's mean loss: that costs nothing, and
    a point from which the loss explodes is not taken for good.
    """

    def __init__(
        self,
        net: MLP,
        risk: EmpiricalRisk,
        validation: EmpiricalRisk | None,
        rule: Optimizer,
        settings: Settings,
    ) -> None:
        self._net = net
        self._risk = risk
        self._validation = validation
        self._rule = rule
        self._settings = settings = settings.for_rows(risk.sample_count)
        self._judge = Judge.of(settings.early_stopping, validation is not None, metric_name(risk.loss))
        self._batches = math.ceil(risk.sample_count / _size(settings))
        self._state = RunState.at(net.theta, settings.schedule)
        self._started = time.perf_counter()

    def train(self) -> History:
        """Run epochs until there is a reason to stop."""
        state, reason, last = self._state, None, None
        while reason is None and state.epoch < self._settings.epochs:
            self._begin_epoch()
            reason = self._take_updates()
            if reason is StopReason.NOT_FINITE:
                break
            if state.done == 0:
                continue
            if not np.isfinite(self._net.theta).all():
                reason = StopReason.NOT_FINITE
                break
            last = self._record()
            if state.done < self._batches:
                self._judge_epoch(last)
            else:
                reason = self._finish_epoch(last) or reason
        return self._end(reason or StopReason.EPOCHS, last)

    def _begin_epoch(self) -> None:
        state = self._state
        state.begin_epoch(self._net.theta, self._batches)
        self._order = epoch_order(
            self._risk.sample_count, self._settings.key, state.epoch, self._settings.shuffle
        )
        if state.plateau is not None:
            self._rule.lr = state.plateau.rate

    def _take_updates(self) -> StopReason | None:
        """Make the rest of the epoch's updates: in one go, or one by one if somebody looks at each."""
        state, limit = self._state, self._settings.max_updates
        while state.done < self._batches:
            count = 1 if self._settings.step_callbacks else self._batches - state.done
            if limit is not None:
                count = min(count, limit - state.updates)
                if count == 0:
                    return StopReason.UPDATES
            reason = self._advance(count)
            if reason is not None:
                return reason
        return StopReason.UPDATES if limit == state.updates else None

    def _advance(self, count: int) -> StopReason | None:
        state = self._state
        part = slice(state.done, state.done + count)
        losses, norms, rates = state.losses[part], state.norms[part], self._rates(count)
        made, end = _core.run_epoch(
            self._risk._core,
            self._rule,
            self._net.theta,
            losses,
            norms,
            _size(self._settings),
            state.done,
            self._order,
            rates,
            self._seconds_left(),
        )
        state.done += made
        state.updates += made
        if _ENDS[end] is None and self._settings.step_callbacks:
            record = StepRecord(state.updates, state.epoch + 1, losses[0], norms[0], self._rule.lr)
            if _asked_to_stop(self._settings.step_callbacks, record):
                return StopReason.CALLBACK
        return _ENDS[end]

    def _rates(self, count: int) -> NDArray[np.float64] | None:
        schedule = self._settings.schedule
        if schedule is None or isinstance(schedule, OnPlateau):
            return None
        return schedule_values(schedule, self._state.updates, count)

    def _seconds(self) -> float:
        return self._state.seconds + time.perf_counter() - self._started

    def _seconds_left(self) -> float:
        limit = self._settings.max_time
        return math.inf if limit is None else max(limit - self._seconds(), 0.0)

    def _record(self) -> EpochRecord:
        """What there is to say about the updates of this epoch so far, and about where they led."""
        state, size = self._state, _size(self._settings)
        rows = np.full(state.done, float(size))
        if state.done == self._batches:
            rows[-1] = self._risk.sample_count - size * (self._batches - 1)
        loss = float((state.losses[: state.done] * rows).sum() / rows.sum())
        validation_loss, metric = self._validate()
        return EpochRecord(
            epoch=state.epoch + 1,
            loss=loss,
            gradient_norm=float(state.norms[: state.done].mean()),
            seconds=self._seconds(),
            validation_loss=validation_loss,
            validation_metric=metric,
            updates=state.updates,
            rate=self._rule.lr,
        )

    def _validate(self) -> tuple[float, float]:
        risk = self._validation
        if risk is None:
            return math.nan, math.nan
        return risk.value(), validation_metric(risk.loss, self._net.predict(risk._inputs), risk._targets)

    def _judge_epoch(self, record: EpochRecord) -> float:
        state, value = self._state, self._judge.value(record)
        if self._judge.of_the_start:
            state.judge(value, state.epoch_theta, record.epoch - 1)
        else:
            state.judge(value, self._net.theta, record.epoch)
        return value

    def _finish_epoch(self, record: EpochRecord) -> StopReason | None:
        """Judge a whole epoch, tell who listens, and say whether it was the last."""
        state, settings = self._state, self._settings
        value = self._judge_epoch(record)
        state.records.append(record)
        loss = record.loss if self._validation is None else record.validation_loss
        if state.plateau is not None and isinstance(settings.schedule, OnPlateau):
            state.plateau = settings.schedule.after_epoch(state.plateau, loss)
        patience = settings.early_stopping
        tired = patience is not None and state.wait(value, patience.min_delta) >= patience.patience
        if _asked_to_stop(settings.callbacks, record):
            return StopReason.CALLBACK
        if settings.goal is not None and loss <= settings.goal:
            return StopReason.GOAL
        return StopReason.EARLY_STOPPING if tired else None

    def _end(self, reason: StopReason, last: EpochRecord | None) -> History:
        """Restore the best parameters where that was promised, and write the history."""
        state = self._state
        if reason is StopReason.NOT_FINITE:
            self._restore_no_worse_than_the_start()
        elif self._settings.early_stopping is not None and self._settings.early_stopping.restore_best:
            self._net.theta[...] = state.best_theta
        records = list(state.records)
        if last is not None and last.epoch > state.epoch and reason is not StopReason.NOT_FINITE:
            records.append(last)  # of the epoch that was not finished
        message = f"{reason}{self._where(reason)}"
        return History(tuple(records), metric_name(self._risk.loss), reason, message, state.best_epoch)

    def _where(self, reason: StopReason) -> str:
        state = self._state
        if reason is StopReason.EPOCHS:
            return ""
        if reason is StopReason.EARLY_STOPPING:
            return f" It was after epoch {state.epoch}; the best was epoch {state.best_epoch}."
        if reason is not StopReason.NOT_FINITE and state.done in (0, self._batches):
            return f" It was after epoch {state.epoch}."
        return f" It was after update {state.updates}, in epoch {state.epoch + 1}."

    def _restore_no_worse_than_the_start(self) -> None:
        state, judge = self._state, self._risk if self._validation is None else self._validation
        start_is_better = not judge.value(state.best_theta) <= judge.value(state.start_theta)
        self._net.theta[...] = state.start_theta if start_is_better else state.best_theta


def _size(settings: Settings) -> int:
    assert settings.batch_size is not None  # for_rows() has put a number there
    return settings.batch_size


def _asked_to_stop(callbacks: Iterable[Any], record: EpochRecord | StepRecord) -> bool:
    stop = False
    for callback in callbacks:
        stop = _call(callback, record) or stop
    return stop


def _call(callback: Any, record: EpochRecord | StepRecord) -> bool:
    try:
        return callback(record) is True
    except StopIteration:
        return True
