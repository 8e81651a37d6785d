"""When to stop because nothing gets better, and which parameters are the best."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ravine.arrays import non_negative, require_count
from ravine.history import EpochRecord

__all__ = ["EarlyStopping", "Judge", "Monitor"]

Monitor: TypeAlias = Literal["validation_loss", "validation_metric", "loss"]
_MONITORS = ("validation_loss", "validation_metric", "loss")


@dataclass(frozen=True)
class EarlyStopping:
    """End the run after `patience` epochs in a row without a better value of what is monitored.

    Parameters
    ----------
    patience : epochs in a row, at least 1.
    min_delta : a value is better if it beats the best by more than this.
    monitor : "validation_loss"; "validation_metric" (0-1 error, the lower the better, or R², the higher); or
        "loss", the training loss of the epoch.
    restore_best : at the end of the run, for whatever reason, theta is that of the best epoch.

    Source: Prechelt 1998, "Early stopping, but when?".

    >>> import numpy as np, ravine as rv
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> history = rv.fit(rv.MLP([1, 8, 1]), x, x[:, 0], epochs=9999, validation_data=(x, x[:, 0]),
    ...     optimizer=rv.optim.Adam(lr=0.01), early_stopping=rv.EarlyStopping(patience=5, min_delta=1e-4))
    >>> history.stop_reason.name
    'EARLY_STOPPING'
    """

    patience: int = 10
    min_delta: float = 0.0
    monitor: Monitor = "validation_loss"
    restore_best: bool = True

    def __post_init__(self) -> None:
        require_count(self.patience, "patience")
        non_negative(self.min_delta, "min_delta")
        if self.monitor not in _MONITORS:
            raise ValueError(f"monitor must be one of {', '.join(_MONITORS)}, got {self.monitor!r}")
        if not isinstance(self.restore_best, bool):
            raise TypeError(f"restore_best must be True or False, got {self.restore_best!r}")


@dataclass(frozen=True)
class Judge:
    """Tells the value by which an epoch is judged; lower is better.

    `monitor` says which column, `sign` turns it such that less is better.
    """

    monitor: str
    sign: float = 1.0

    @staticmethod
    def of(early_stopping: EarlyStopping | None, validated: bool, metric_name: str) -> Judge:
        """What is monitored: by default the validation loss where there is one, else the training loss."""
        monitor = "validation_loss" if validated else "loss"
        if early_stopping is not None:
            monitor = early_stopping.monitor
        if monitor != "loss" and not validated:
            raise ValueError(
                f"early_stopping monitors {monitor!r}, but there is no validation_data: "
                "give some, or monitor='loss'"
            )
        return Judge(monitor, -1.0 if monitor == "validation_metric" and metric_name == "r2" else 1.0)

    @property
    def of_the_start(self) -> bool:
        """Whether the value belongs to the parameters with which the epoch began."""
        return self.monitor == "loss"

    def value(self, record: EpochRecord) -> float:
        """Return the value of an epoch; infinite where it is no number."""
        value = self.sign * float(getattr(record, self.monitor))
        return math.inf if math.isnan(value) else value
