"""How a time is taken: many samples of one piece of work, told as median and quartiles."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

SHORTEST_SAMPLE = 2e-4
"""Seconds: shorter work is repeated inside a sample, so that the clock's own cost (0.1 µs) does not show."""

FEWEST_SAMPLES = 3


@dataclass(frozen=True)
class Timing:
    """Seconds for one piece of work: median and quartiles of so many samples."""

    median: float
    lower: float
    upper: float
    samples: int


def repetitions(run: Callable[[], object]) -> int:
    """How often to repeat ``run`` inside one sample; it runs until that is known, which also warms it up."""
    count = 1
    while True:
        seconds = _sample(run, count)
        if seconds >= SHORTEST_SAMPLE:
            return count
        count = max(2 * count, int(count * SHORTEST_SAMPLE / max(seconds, 1e-7)))


def measure(run: Callable[[], object], seconds: float, count: int) -> Timing:
    """Sample ``run``, ``count`` times a sample, for about ``seconds``; garbage collection waits."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        _sample(run, count)  # the first one after a pause finds cold caches and sleeping threads
        samples: list[float] = []
        end = time.perf_counter() + seconds
        while len(samples) < FEWEST_SAMPLES or time.perf_counter() < end:
            samples.append(_sample(run, count) / count)
    finally:
        if collecting:
            gc.enable()
    lower, median, upper = np.quantile(samples, (0.25, 0.5, 0.75))
    return Timing(float(median), float(lower), float(upper), len(samples))


def _sample(run: Callable[[], object], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        run()
    return time.perf_counter() - start
