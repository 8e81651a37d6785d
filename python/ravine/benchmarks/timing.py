"""How a time is taken: many samples of one piece of work, told as median and quartiles."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["SHORTEST_SAMPLE", "Stopwatch", "Timing", "duration"]

SHORTEST_SAMPLE = 2e-4
"""Seconds: shorter work is repeated inside a sample, so that the clock's own cost (0.1 µs) does not show."""


@dataclass(frozen=True)
class Timing:
    """Seconds for one piece of work: median and quartiles of so many samples."""

    median: float
    lower: float
    upper: float
    samples: int


class Stopwatch:
    """Times one piece of work, again and again."""

    def __init__(self, run: Callable[[], object]) -> None:
        """Find out how often to repeat ``run`` inside a sample, which also warms it up."""
        self._run, self._count = run, 1
        self._sample()
        while (longest := self._sample()) < SHORTEST_SAMPLE:
            self._count = max(2 * self._count, int(self._count * SHORTEST_SAMPLE / max(longest, 1e-7)))
        self._seconds = longest

    def measure(self, seconds: float) -> Timing:
        """Take samples for about so long, at least one; garbage collection waits."""
        collecting = gc.isenabled()
        gc.disable()
        try:
            samples = self._samples(seconds)
        finally:
            if collecting:
                gc.enable()
        lower, median, upper = np.quantile(samples, (0.25, 0.5, 0.75)) / self._count
        return Timing(float(median), float(lower), float(upper), len(samples))

    def _samples(self, seconds: float) -> list[float]:
        if self._seconds < seconds:
            self._sample()  # the first one after a pause finds cold caches and sleeping threads
        end = time.perf_counter() + seconds
        samples = [self._sample()]
        while time.perf_counter() < end:
            samples.append(self._sample())
        return samples

    def _sample(self) -> float:
        start = time.perf_counter()
        for _ in range(self._count):
            self._run()
        return time.perf_counter() - start


def duration(seconds: float) -> str:
    """Three digits and a unit.

    >>> from ravine.benchmarks.timing import duration
    >>> duration(0.00123456)
    '1.23 ms'
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
