"""What every kind of training has in common: where a run stands, how an epoch is judged, why the run ends."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol

from ravine.arrays import require_finite
from ravine.history import EpochRecord, History, StepRecord, StopReason
from ravine.network import MLP
from ravine.probabilities import metric_name
from ravine.schedules import OnPlateau
from ravine.training.checkpoint import CheckpointFile, Stateful, load_state, require_same, saved_state
from ravine.training.early_stopping import Judge
from ravine.training.settings import Settings
from ravine.training.state import RunState
from ravine.training.validation import Validation

__all__ = ["Course", "Whole", "asked_to_stop"]

_FINAL = (StopReason.GOAL, StopReason.EARLY_STOPPING, StopReason.NO_FINITE_MINIMUM)
"""Reasons that hold for a resumed run as well: it has ended."""


class Whole(Protocol):
    """What a run asks about all the data that it is to fit."""

    def value(self, theta: Any) -> float:
        """J(theta)."""

    def gradient_norm(self, theta: Any) -> float:
        """‖∇J(theta)‖₂."""

    def no_minimum(self, loss: float, theta: Any) -> str | None:
        """Why the loss, here so low, falls on for ever without reaching a minimum; None if it need not."""


class Course(ABC):
    """One run of :func:`ravine.fit`: a network, its data, a rule, what was asked, and where it stands.

    An epoch's end is judged by what is monitored: the validation loss where there is one.
    """

    def __init__(
        self,
        net: MLP,
        source: Whole,
        loss: Any,
        validation: Validation | None,
        rule: Stateful,
        settings: Settings,
        given_up: Callable[[], bool] | None = None,
    ) -> None:
        require_finite(net.theta, "net.theta")
        self._net = net
        self._whole = source
        self._validation = validation
        self._stateful = rule
        self._settings = settings
        self._given_up = given_up
        self._metric_name = metric_name(loss)
        self._judge = Judge.of(settings.early_stopping, validation is not None, self._metric_name)
        self._state = RunState.at(net.theta, settings.schedule)
        self._file = None if settings.checkpoint is None else CheckpointFile(settings.checkpoint)
        self._started = time.perf_counter()

    @abstractmethod
    def train(self) -> History:
        """Go on until there is a reason to stop."""

    @abstractmethod
    def _record(self) -> EpochRecord:
        """What there is to say about this epoch so far, and about where it led."""

    @abstractmethod
    def _judge_epoch(self, record: EpochRecord) -> float:
        """Keep the parameters that the record speaks of if they are the best so far; return what they got."""

    def resume(self) -> None:
        """Go on where the checkpoint stands; a run without one starts anew."""
        saved = None if self._file is None else self._file.read()
        if saved is None:
            return
        require_same(saved, self._settings.facts)
        load_state(saved, self._state, self._net.theta, self._stateful)
        if self._state.reason not in _FINAL:
            self._state.reason = None

    def _end(self) -> History:
        """Restore the best parameters where that was promised, and write the history."""
        state, reason = self._state, self._state.reason or StopReason.EPOCHS
        message, records = f"{reason}{self._where(reason)}", list(state.records)
        if reason is StopReason.NOT_FINITE:
            self._restore_no_worse_than_the_start()
        else:
            if state.done > 0:  # an epoch that was not finished
                records.append(self._record())
                self._judge_epoch(records[-1])
            if self._settings.early_stopping is not None and self._settings.early_stopping.restore_best:
                self._net.theta[...] = state.best_theta
        measure = partial(self._whole.gradient_norm, self._net.theta.copy())
        return History(tuple(records), self._metric_name, reason, message, state.best_epoch, measure)

    def loss(self) -> float:
        """The loss at the parameters of now: on the validation data, else on all there is to look at."""
        judge = self._whole if self._validation is None else self._validation
        return judge.value(self._net.theta)

    def _seconds(self) -> float:
        return self._state.seconds + time.perf_counter() - self._started

    def _seconds_left(self) -> float:
        limit = self._settings.max_time
        return math.inf if limit is None else max(limit - self._seconds(), 0.0)

    def _finish_epoch(self) -> StopReason | None:
        """Judge a whole epoch, tell who listens, and say whether it was the last."""
        state, settings, record = self._state, self._settings, self._record()
        value = self._judge_epoch(record)
        state.end_epoch(record)
        loss = record.loss if self._validation is None else record.validation_loss
        if state.plateau is not None and isinstance(settings.schedule, OnPlateau):
            state.plateau = settings.schedule.after_epoch(state.plateau, loss)
        tired = self._is_tired(value)
        if asked_to_stop(settings.callbacks, record):
            return StopReason.CALLBACK
        if settings.goal is not None and loss <= settings.goal:
            return StopReason.GOAL
        if self._whole.no_minimum(record.loss, self._net.theta) is not None:
            return StopReason.NO_FINITE_MINIMUM
        return StopReason.EARLY_STOPPING if tired else None

    def _is_tired(self, value: float) -> bool:
        """Count the epoch among those without progress, or not; whether they are enough."""
        patience = self._settings.early_stopping
        return patience is not None and self._state.wait(value, patience.min_delta) >= patience.patience

    def _save(self, interrupted: bool = False) -> None:
        state = self._state
        if self._file is None or state.reason is StopReason.NOT_FINITE:
            return
        last = state.reason is not None or state.epoch == self._settings.epochs
        if interrupted or last or self._file.is_due(state.epoch):
            facts = self._settings.facts
            self._file.write(saved_state(state, self._net.theta, self._stateful, self._seconds(), facts))

    def _where(self, reason: StopReason) -> str:
        state = self._state
        if reason is StopReason.EPOCHS:
            return ""
        if reason is StopReason.EARLY_STOPPING:
            return f" It was after epoch {state.epoch}; the best was epoch {state.best_epoch}."
        if reason is StopReason.NO_FINITE_MINIMUM:
            why = self._whole.no_minimum(-math.inf, self._net.theta)
            return f" It was after epoch {state.epoch}: {why}."
        if reason is not StopReason.NOT_FINITE and state.done == 0:
            return f" It was after epoch {state.epoch}."
        return f" It was after update {state.updates}, in epoch {state.epoch + 1}."

    def _restore_no_worse_than_the_start(self) -> None:
        state = self._state
        value = self._whole.value if self._validation is None else self._validation.value
        start_is_better = not value(state.best_theta) <= value(state.start_theta)
        self._net.theta[...] = state.start_theta if start_is_better else state.best_theta


def asked_to_stop(callbacks: Iterable[Any], record: EpochRecord | StepRecord) -> bool:
    """Tell all listeners; whether one of them wants the run to end."""
    stop = False
    for callback in callbacks:
        stop = _call(callback, record) or stop
    return stop


def _call(callback: Any, record: EpochRecord | StepRecord) -> bool:
    try:
        return callback(record) is True
    except StopIteration:
        return True
