"""Where batches come from: the rows of a risk, epoch after epoch, or an iterator that goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ravine.losses import Gaussian
from ravine.objective import EmpiricalRisk
from ravine.training.batches import Shuffle, epoch_order

__all__ = ["Batches", "Rows", "Source", "Stream"]


@dataclass(frozen=True)
class Batches:
    """Some batches in a row, as the core takes them: batch `first` of the rows in `order`, and so on."""

    risk: EmpiricalRisk
    size: int
    first: int
    order: NDArray[np.int64] | None


class Source(Protocol):
    """What the loop asks for batches; an epoch is `batches` of them."""

    batches: int

    def begin_epoch(self, epoch: int) -> None:
        """Make ready for epoch number `epoch`, from 0."""

    def take(self, first: int, count: int) -> tuple[Batches, int] | None:
        """The next batches of the epoch, at most `count`, and how many; None if there are no more."""

    def row_counts(self, batches: int) -> NDArray[np.float64]:
        """The number of rows of each of the first so many batches of this epoch."""

    def value(self, theta: NDArray[Any]) -> float:
        """J(theta) of all there is to look at."""

    def gradient_norm(self, theta: NDArray[Any]) -> float:
        """‖∇J(theta)‖₂ of the same."""

    def no_minimum(self, loss: float, theta: NDArray[Any]) -> str | None:
        """Why the loss, here so low, falls on for ever without reaching a minimum; None if it need not."""


class Rows:
    """The rows of a risk: each epoch takes N of them, in an order that its number decides."""

    def __init__(self, risk: EmpiricalRisk, batch_size: int, shuffle: Shuffle, key: int) -> None:
        self._risk = risk
        self.size = batch_size
        self._shuffle = shuffle
        self._key = key
        self.order: NDArray[np.int64] | None = None
        self.batches = math.ceil(risk.sample_count / batch_size)
        self._bottom = _bottom(risk)
        self._zeros = _counts_of_zero(risk)

    def with_key(self, key: int) -> Rows:
        """The same rows in the orders of another seed."""
        return Rows(self._risk, self.size, self._shuffle, key)

    def begin_epoch(self, epoch: int) -> None:
        """Make the order of the epoch."""
        self.order = epoch_order(self._risk.sample_count, self._key, epoch, self._shuffle)

    def take(self, first: int, count: int) -> tuple[Batches, int] | None:
        """All that is asked for."""
        return Batches(self._risk, self.size, first, self.order), count

    def row_counts(self, batches: int) -> NDArray[np.float64]:
        """Full batches, but for the last one of the epoch."""
        rows = np.full(batches, float(self.size))
        if batches == self.batches:
            rows[-1] = self._risk.sample_count - self.size * (batches - 1)
        return rows

    def value(self, theta: NDArray[Any]) -> float:
        """Of all rows."""
        return self._risk.value(theta)

    def gradient_norm(self, theta: NDArray[Any]) -> float:
        """Of all rows."""
        return float(np.linalg.norm(self._risk.gradient(theta)))

    def no_minimum(self, loss: float, theta: NDArray[Any]) -> str | None:
        """Looked for only where next to nothing is left to gain."""
        if self._zeros is not None:
            rounding = float(np.finfo(theta.dtype).eps) * max(1.0, abs(loss))
            near = self._zeros.value(theta) <= rounding
        else:
            near = loss <= self._bottom
        return self._risk.unbounded_hint(theta) if near else None


class Stream:
    """An iterator of batches, each with a risk of its own; an epoch is a fixed number of them."""

    def __init__(
        self, batches: Iterator[Any], make_risk: Callable[[Any, int], EmpiricalRisk], record_every: int
    ) -> None:
        self._iterator = batches
        self._make_risk = make_risk
        self._taken = 0
        self._rows: list[float] = []
        self._last: EmpiricalRisk | None = None
        self.batches = record_every

    def begin_epoch(self, epoch: int) -> None:
        """Begin to count rows."""
        del epoch
        self._rows = []

    def take(self, first: int, count: int) -> tuple[Batches, int] | None:
        """One batch, whatever is asked for."""
        del first, count
        try:
            batch = next(self._iterator)
        except StopIteration:
            return None
        self._taken += 1
        self._last = risk = self._make_risk(batch, self._taken)
        self._rows.append(float(risk.sample_count))
        return Batches(risk, risk.sample_count, 0, None), 1

    def row_counts(self, batches: int) -> NDArray[np.float64]:
        """As they came."""
        return np.array(self._rows[:batches])

    def value(self, theta: NDArray[Any]) -> float:
        """Of the last batch."""
        return math.nan if self._last is None else self._last.value(theta)

    def gradient_norm(self, theta: NDArray[Any]) -> float:
        """Of the last batch."""
        return math.nan if self._last is None else float(np.linalg.norm(self._last.gradient(theta)))

    def no_minimum(self, loss: float, theta: NDArray[Any]) -> str | None:
        """Not told: a batch is not all there is."""
        del loss, theta
        return None


def _bottom(risk: EmpiricalRisk) -> float:
    """The loss below which a loss that has no finite minimum has next to nothing left to gain.

    Cross entropies fall toward 0: the rounding of one. A Gaussian likelihood with a floor v₀ of the variance
    falls toward ½ log v₀ a column: half above it, where the errors lie within the floor.
    """
    loss = risk.loss_function
    if loss.name in ("cross_entropy", "binary_cross_entropy"):
        return float(np.finfo(risk.net.dtype).eps)
    if isinstance(loss, Gaussian) and risk.reduction == "mean":
        columns = risk.net.widths[-1] // 2
        return columns / 2 * (math.log(loss.minimum_variance) + 1)
    return -math.inf


def _counts_of_zero(risk: EmpiricalRisk) -> EmpiricalRisk | None:
    """What columns of counts that are 0 in every row add to a Poisson risk, which falls for ever toward 0."""
    if risk.loss != "poisson":
        return None
    weights = None if risk._weights is None else risk._weights[:, 0]
    y = risk._targets.reshape(len(risk._targets), -1)
    counted = y if weights is None else y[weights > 0]
    empty = (np.nan_to_num(counted) == 0).all(axis=0)
    if not empty.any():
        return None
    alone = np.where(empty, y, np.nan)
    return EmpiricalRisk(
        risk.net, risk._inputs, alone, "poisson", 0.0, weights, risk.reduction, missing="mask"
    )
