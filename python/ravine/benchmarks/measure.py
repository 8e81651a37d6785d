"""Times taken in turns, so that a machine that slows down slows both sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ravine.benchmarks.kernels import KERNELS, Kernel
from ravine.benchmarks.timing import Stopwatch, Timing

__all__ = ["Beside", "measure"]


@dataclass(frozen=True)
class Beside:
    """A kernel and its twin: seconds of each, and how often the kernel fits into the twin's time."""

    kernel: Kernel
    ours: Timing
    twin: Timing
    ratio: float


def measure(
    kernels: Sequence[Kernel] = KERNELS, *, seconds: float = 0.25, rounds: int = 5
) -> Iterator[Beside]:
    """Time each kernel and its twin, `rounds` times about `seconds` each, in turns; yield row by row.

    Times are medians over the rounds, the ratio is the median of the rounds' ratios.

    Raises
    ------
    ArithmeticError : the two do not agree, so that their times cannot be compared.

    >>> from ravine import benchmarks
    >>> row = next(benchmarks.measure(seconds=1e-3, rounds=1))
    >>> row.kernel.name, row.ratio > 0
    ('gradient', True)
    """
    for kernel in kernels:
        work = kernel.prepare()
        ours, theirs = work.run(), work.twin()
        error = float(np.abs(np.subtract(ours, theirs, dtype=np.float64)).max())
        if not error <= work.tolerance * float(np.abs(theirs).max()):
            raise ArithmeticError(f"{kernel.name}, {kernel.size}: the sides differ by {error:.3g}")
        watches = Stopwatch(work.run), Stopwatch(work.twin)
        pairs = [tuple(watch.measure(seconds) for watch in watches) for _ in range(rounds)]
        ratio = float(np.median([twin.median / one.median for one, twin in pairs]))
        one, twin = (_together(side) for side in zip(*pairs, strict=True))
        yield Beside(kernel, one, twin, ratio)


def _together(rounds: Sequence[Timing]) -> Timing:
    """The medians over the rounds."""
    medians = {
        name: float(np.median([getattr(each, name) for each in rounds]))
        for name in ("lower", "median", "upper")
    }
    return Timing(**medians, samples=sum(each.samples for each in rounds))
