"""What a training run leaves behind: one record an epoch, and why it ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine.tables import format_table

__all__ = ["EpochRecord", "History", "Starts", "StepRecord", "StopReason"]


class StopReason(str, Enum):
    """Why a run ended; the value is a sentence."""

    EPOCHS = "All epochs were done."
    UPDATES = "All updates were made."
    TIME = "The time was up."
    STREAM = "The stream of batches ended."
    GOAL = "The loss reached its goal."
    EARLY_STOPPING = "What was monitored did not get better for as many epochs as there was patience."
    CALLBACK = "A callback asked to stop."
    INTERRUPTED = "It was interrupted; the parameters are those that had been reached."
    NO_FINITE_MINIMUM = (
        "The loss has no finite minimum: it falls on toward a bound that no finite parameters reach."
    )
    GRADIENT_SMALL = "The norm of the gradient is at most gtol."
    VALUE_CONVERGED = "The last step lowered the value by at most ftol times its size."
    STEP_SMALL = "The last step was at most xtol times as long as x."
    ROUNDING_FLOOR = "The value cannot be lowered by more than its rounding error."
    STRICT_SADDLE = "The gradient is small at a point with negative curvature: a saddle or a maximum."
    ITERATIONS = "All iterations were made."
    EVALUATIONS = "All evaluations of the function were made."
    NO_DESCENT = "No step was found that lowers the value."
    UNBOUNDED = "The value falls without bound."
    NOT_FINITE = (
        "The loss, its gradient or the parameters were not finite; the best parameters were restored."
    )

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class EpochRecord:
    """One epoch, or what was done of the last one.

    Attributes
    ----------
    epoch : from 1.
    loss : mean of the batches' risks during the epoch, each weighted by its rows.
    gradient_norm : mean of ‖∇J_B‖₂ over the epoch's updates.
    seconds : since the start of the run.
    validation_loss : mean loss on the validation data, without penalty; NaN without such data.
    validation_metric : 0-1 error or R² there; NaN without.
    updates : since the start of the run.
    rate : of the epoch's last update.
    validation_loss_error, validation_metric_error : their standard errors; NaN where there is none.
    """

    epoch: int
    loss: float
    gradient_norm: float
    seconds: float
    validation_loss: float = math.nan
    validation_metric: float = math.nan
    updates: int = 0
    rate: float = math.nan
    validation_loss_error: float = math.nan
    validation_metric_error: float = math.nan


@dataclass(frozen=True)
class StepRecord:
    """One update, as a step callback sees it.

    Attributes
    ----------
    update : from 1, since the start of the run.
    epoch : from 1.
    loss : J_B before the update.
    gradient_norm : ‖∇J_B‖₂ before the update, and before any clipping.
    rate : with which the update was made.
    """

    update: int
    epoch: int
    loss: float
    gradient_norm: float
    rate: float


@dataclass(frozen=True)
class Starts:
    """What came of several starts.

    Attributes
    ----------
    seeds : of each start: ``net.initialize(seed)`` and ``fit(..., seed=seed)`` repeat it to the bit.
    losses : (starts,) at the parameters that each has left: the validation loss, else the training risk.
    best : index of the lowest.
    histories : the :class:`History` of each.
    """

    seeds: tuple[int, ...]
    losses: NDArray[np.float64]
    best: int
    histories: tuple[History, ...]

    def __str__(self) -> str:
        rows = [
            [
                f"{k + 1}{' (best)' if k == self.best else ''}",
                str(seed),
                f"{loss:.6g}",
                str(len(history.records)),
                history.stop_reason.name,
            ]
            for k, (seed, loss, history) in enumerate(
                zip(self.seeds, self.losses, self.histories, strict=True)
            )
        ]
        middle, spread = np.median(self.losses), np.ptp(self.losses)
        table = format_table(["start", "seed", "loss", "epochs", "stop reason"], rows)
        return f"{table}\nmedian {middle:.6g}, from lowest to highest {spread:.6g}"


COLUMNS = tuple(field.name for field in fields(EpochRecord))


class History(Mapping[str, NDArray[np.float64]]):
    """Columns of a run by name: ``history["loss"]`` is an array with one number an epoch.

    Attributes
    ----------
    records : the :class:`EpochRecord` of each epoch.
    metric_name : what "validation_metric" measures, "error" (0-1 error) or "r2".
    stop_reason : a :class:`StopReason`.
    message : the reason as a sentence, with epoch and update where there are any.
    starts : a :class:`ravine.history.Starts` where there were several, the history being that of the best;
        else None.
    best_epoch : the epoch with the best value of what was monitored; 0: the start of the run.

    >>> import numpy as np, ravine as rv
    >>> net = rv.MLP([1, 1], seed=0)
    >>> history = rv.fit(net, np.ones((4, 1)), np.ones(4), epochs=3)
    >>> history["epoch"], history.stop_reason.name
    (array([1., 2., 3.]), 'EPOCHS')
    """

    def __init__(
        self,
        records: tuple[EpochRecord, ...],
        metric_name: str,
        stop_reason: StopReason,
        message: str,
        best_epoch: int = 0,
        measure: Callable[[], float] | None = None,
    ) -> None:
        self.records = records
        self.metric_name = metric_name
        self.stop_reason = stop_reason
        self.message = message
        self.best_epoch = best_epoch
        self.starts: Starts | None = None
        self._measure = measure

    @cached_property
    def gradient_norm_at_stop(self) -> float:
        """‖∇J‖₂ of the whole training risk at the parameters that the run has left.

        It is measured when first asked for, which takes one sweep over the training data; of a stream, over
        its last batch.
        """
        return math.nan if self._measure is None else self._measure()

    def __getstate__(self) -> dict[str, Any]:
        """Without the training data: what is still to be measured is measured now."""
        self.gradient_norm_at_stop  # noqa: B018  the property keeps its value
        return {**self.__dict__, "_measure": None}

    @property
    def updates(self) -> int:
        """The number of updates in all recorded epochs."""
        return self.records[-1].updates if self.records else 0

    def to_frame(self) -> Any:
        """Return the columns as a pandas.DataFrame with one row an epoch.

        Raises
        ------
        ImportError : pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise ImportError("a data frame needs pandas: pip install pandas") from error
        frame = pandas.DataFrame({column: self[column] for column in COLUMNS})
        return frame.astype({"epoch": "int64", "updates": "int64"})

    def __getitem__(self, column: str) -> NDArray[np.float64]:
        if column not in COLUMNS:
            raise KeyError(f"no column {column!r}; there are {', '.join(COLUMNS)}")
        return np.array([getattr(record, column) for record in self.records], dtype=np.float64)

    def __iter__(self) -> Iterator[str]:
        return iter(COLUMNS)

    def __len__(self) -> int:
        return len(COLUMNS)

    def __repr__(self) -> str:
        return f"History({len(self.records)} epochs, stop_reason={self.stop_reason.name})"

    def __str__(self) -> str:
        shown = self.records if len(self.records) <= 8 else (*self.records[:4], *self.records[-4:])
        used = [column for column in COLUMNS if not np.isnan(self[column]).all()]
        rows = [[f"{getattr(record, column):.6g}" for column in used] for record in shown]
        return f"{format_table(used, rows)}\n{self.message}" if rows else self.message
