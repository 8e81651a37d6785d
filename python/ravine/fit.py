"""Mini-batch training: epochs run whole inside the core, Python is asked between them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine.history import EpochRecord, History, StopReason
from ravine.network import MLP
from ravine.objective import EmpiricalRisk
from ravine.optim import Adam, Optimizer
from ravine.probabilities import metric_name, validation_metric
from ravine.progress import Progress
from ravine.seeds import Seed, stream_key

__all__ = ["Callback", "fit", "minibatches"]

Callback = Callable[[EpochRecord], Any]
"""Called after each epoch; True, or StopIteration, ends the run, any other exception reaches the caller."""


def minibatches(
    n: int, batch_size: int, seed: Seed = 0, epoch: int = 0, shuffle: bool = True
) -> Iterator[NDArray[np.int64]]:
    """Yield the rows of each batch of an epoch, in the order in which :func:`fit` takes them.

    Parameters
    ----------
    n : rows in all.
    batch_size : rows of a batch; the last one has what is left.
    seed, shuffle : as for :func:`fit`. An int or SeedSequence gives the same batches each time; None and a
        Generator draw anew.
    epoch : from 0; each epoch has its own permutation, a function of (seed, epoch).

    >>> import ravine as rv
    >>> [len(rows) for rows in rv.minibatches(10, 4)]
    [4, 4, 2]
    """
    _require_count(n, "n")
    _require_count(batch_size, "batch_size")
    if epoch < 0:
        raise ValueError(f"epoch must not be negative, got {epoch}")
    order = _order(n, stream_key(seed), epoch, shuffle)
    rows = np.arange(n, dtype=np.int64) if order is None else order
    return (rows[first : first + batch_size] for first in range(0, n, batch_size))


def fit(
    net: MLP,
    X: ArrayLike,
    y: ArrayLike,
    loss: str = "squared_error",
    optimizer: Optimizer | None = None,
    epochs: int = 100,
    batch_size: int = 32,
    validation_data: tuple[ArrayLike, ArrayLike] | None = None,
    callbacks: Iterable[Callback] = (),
    seed: Seed = 0,
    shuffle: bool = True,
    l2: float = 0.0,
    sample_weight: ArrayLike | None = None,
    progress: bool = False,
) -> History:
    """Train the network by mini-batches and return the history; theta is changed in place.

    Each update is ``optimizer.step(theta, ∇J_B(theta))`` with the unbiased gradient of a batch B of the
    :class:`EmpiricalRisk`; `fit` equals, bit for bit, the plain loop in docs/tutorial.md. The same seed gives
    the same bits whatever the number of threads.

    Parameters
    ----------
    net, X, y, loss, l2, sample_weight : as for :class:`EmpiricalRisk`.
    optimizer : a rule of :mod:`ravine.optim`, ``Adam()`` by default; its ``lr`` may be set by a callback.
    epochs : number of passes over the rows.
    batch_size : rows an update; the last batch has what is left.
    validation_data : (Xv, yv), evaluated after each epoch.
    callbacks : each is called with the :class:`EpochRecord` of the epoch.
    seed : int, SeedSequence, Generator or None, for the order of the rows.
    shuffle : a new order each epoch; False: as they lie.
    progress : show a line about each epoch on standard error.

    A loss, gradient or parameter that is not finite ends the run: theta is then the best of all epochs (by
    validation loss where there is one) and the history says at which update. Ctrl-C raises KeyboardInterrupt
    with theta at the last finished update.

    >>> import numpy as np, ravine as rv
    >>> x = np.linspace(-1, 1, 64)[:, None]
    >>> net = rv.MLP([1, 16, 1], seed=0)
    >>> history = rv.fit(net, x, x[:, 0] ** 2, optimizer=rv.optim.Adam(lr=0.01), epochs=200)
    >>> bool(history["loss"][-1] < 1e-3)
    True
    """
    _require_count(epochs, "epochs")
    _require_count(batch_size, "batch_size")
    rule = Adam() if optimizer is None else optimizer
    if not isinstance(rule, Optimizer):
        raise TypeError(f"optimizer must be a rule of ravine.optim, got {type(rule).__name__}")
    risk = EmpiricalRisk(net, X, y, loss, l2, sample_weight)
    validation = None if validation_data is None else _validation_risk(net, validation_data, loss)
    run = _Run(net, risk, validation, rule, batch_size, stream_key(seed), shuffle)
    listeners = list(callbacks)
    for callback in listeners:
        if not callable(callback):
            raise TypeError(f"callbacks must be callable, got {callback!r}")
    with ExitStack() as stack:
        if progress:
            name = metric_name(loss) if validation is not None else None
            listeners.append(stack.enter_context(Progress(epochs, metric_name=name)))
        for _ in range(epochs):
            record = run.next_epoch()
            if record is None:
                return run.history(StopReason.NOT_FINITE)
            if _asked_to_stop(listeners, record):
                return run.history(StopReason.CALLBACK)
    return run.history(StopReason.EPOCHS)


def _validation_risk(net: MLP, data: Any, loss: str) -> EmpiricalRisk:
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise TypeError(f"validation_data must be a pair (X, y), got {type(data).__name__}")
    try:
        return EmpiricalRisk(net, data[0], data[1], loss)
    except (TypeError, ValueError) as error:
        raise type(error)(f"validation_data: {error}") from error


class _Run:
    """State of one run: records so far, and the best parameters seen.

    With validation data the end of an epoch is judged by the loss there. Without, the start of an epoch is
    judged by the epoch's mean loss: that costs nothing, and a point from which the loss explodes is not taken
    for good.
    """

    def __init__(
        self,
        net: MLP,
        risk: EmpiricalRisk,
        validation: EmpiricalRisk | None,
        rule: Optimizer,
        batch_size: int,
        key: int,
        shuffle: bool,
    ) -> None:
        self._net = net
        self._risk = risk
        self._validation = validation
        self._rule = rule
        self._batch_size = batch_size
        self._key = key
        self._shuffle = shuffle
        self._records: list[EpochRecord] = []
        self._updates = 0
        self._best_loss = math.inf
        self._start_theta = net.theta.copy()
        self._best_theta = net.theta.copy()
        self._epoch_theta = net.theta.copy()
        self._start = time.perf_counter()

    def next_epoch(self) -> EpochRecord | None:
        """Run one epoch; None, with the best parameters restored, if something was not finite."""
        theta = self._net.theta
        self._epoch_theta[...] = theta
        order = _order(self._risk.sample_count, self._key, len(self._records), self._shuffle)
        loss, gradient_norm, updates, finite = _core.run_epoch(
            self._risk._core, self._rule, theta, self._batch_size, order
        )
        self._updates += updates
        validation_loss, metric = self._validate() if finite else (math.nan, math.nan)
        if not finite or not np.isfinite(theta).all():
            self._restore_best()
            return None
        if self._validation is None:
            self._judge(loss, self._epoch_theta)
        else:
            self._judge(validation_loss, theta)
        seconds = time.perf_counter() - self._start
        epoch = len(self._records) + 1
        record = EpochRecord(epoch, loss, gradient_norm, seconds, validation_loss, metric, self._updates)
        self._records.append(record)
        return record

    def _judge(self, loss: float, theta: NDArray[Any]) -> None:
        if loss < self._best_loss:
            self._best_loss = loss
            self._best_theta[...] = theta

    def _restore_best(self) -> None:
        judge = self._risk if self._validation is None else self._validation
        start_is_better = not judge.value(self._best_theta) <= judge.value(self._start_theta)
        self._net.theta[...] = self._start_theta if start_is_better else self._best_theta

    def _validate(self) -> tuple[float, float]:
        risk = self._validation
        if risk is None:
            return math.nan, math.nan
        return risk.value(), validation_metric(risk.loss, self._net.predict(risk._inputs), risk._targets)

    def history(self, reason: StopReason) -> History:
        message = str(reason)
        if reason is StopReason.NOT_FINITE:
            message += f" It was after update {self._updates}, in epoch {len(self._records) + 1}."
        elif reason is StopReason.CALLBACK:
            message += f" It was after epoch {len(self._records)}."
        return History(tuple(self._records), metric_name(self._risk.loss), reason, message)


def _order(n: int, key: int, epoch: int, shuffle: bool) -> NDArray[np.int64] | None:
    if not shuffle:
        return None
    order = np.empty(n, dtype=np.int64)
    _core.permutation(key, epoch, order)
    return order


def _asked_to_stop(callbacks: Iterable[Callback], record: EpochRecord) -> bool:
    stop = False
    for callback in callbacks:
        stop = _call(callback, record) or stop
    return stop


def _call(callback: Callback, record: EpochRecord) -> bool:
    try:
        return callback(record) is True
    except StopIteration:
        return True


def _require_count(value: int, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}")
