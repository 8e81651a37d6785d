"""What one run leaves: the lowest loss so far against the seconds that it took."""

from __future__ import annotations

import time


class OutOfTimeError(Exception):
    """The run has used up its seconds."""


class Trace:
    """A clock that starts with the first loss and stands still inside :meth:`paused`."""

    def __init__(self, seconds: float) -> None:
        self.points: list[tuple[float, float]] = []
        self.limit = seconds
        self._began = time.perf_counter()
        self._lowest = float("inf")

    @property
    def elapsed(self) -> float:
        """Seconds of work so far."""
        return time.perf_counter() - self._began

    def record(self, loss: float, at: float | None = None) -> None:
        """Keep a loss; OutOfTimeError when the seconds are used up."""
        elapsed = self.elapsed if at is None else at
        if loss < self._lowest:
            self._lowest = loss
            self.points.append((elapsed, loss))
        if at is None and elapsed > self.limit:
            raise OutOfTimeError

    def finish(self, at: float | None = None) -> list[tuple[float, float]]:
        """The points, the last loss among them."""
        end = self.elapsed if at is None else at
        return [*self.points, (end, self._lowest)]

    def leave_out(self, seconds: float) -> None:
        """Do not count so many seconds: they went into looking, not into training."""
        self._began += seconds


def seconds_to(points: list[tuple[float, float]], goal: float) -> float:
    """When the loss first was at most the goal; inf if never.

    >>> seconds_to([(0.0, 1.0), (0.5, 0.1), (2.0, 0.01)], 0.1)
    0.5
    """
    return next((at for at, loss in points if loss <= goal), float("inf"))
