"""Whether what is claimed happens as often as it is claimed."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from ravine.arrays import real_array, require_count
from ravine.linalg.products import FloatArray
from ravine.tables import format_number, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Calibration", "coverage", "reliability"]

_LEVELS = np.round(np.linspace(0.05, 0.95, 19), 2)


@dataclass(frozen=True, eq=False)
class Calibration:
    """Claimed probabilities beside observed frequencies: prints as a table, plots itself.

    Attributes
    ----------
    kind : "coverage" of intervals, or "reliability" of probabilities.
    claimed : (K,), what was promised.
    observed : (K,), how often it happened.
    counts : (K,), of how many cases.
    """

    kind: Literal["coverage", "reliability"]
    claimed: FloatArray
    observed: FloatArray
    counts: FloatArray

    @property
    def standard_errors(self) -> FloatArray:
        """(K,) √(p (1 - p)/n) of each frequency, p as claimed, for independent cases."""
        return np.asarray(np.sqrt(self.claimed * (1 - self.claimed) / self.counts))

    @property
    def error(self) -> float:
        """The mean of |observed - claimed|, by cases; of probabilities the expected calibration error."""
        return float(np.average(np.abs(self.observed - self.claimed), weights=self.counts))

    def __str__(self) -> str:
        rows = [
            [f"{100 * claimed:.1f}", f"{100 * observed:.1f}", f"{100 * error:.1f}", f"{int(count)}"]
            for claimed, observed, error, count in zip(
                self.claimed, self.observed, self.standard_errors, self.counts, strict=True
            )
        ]
        header = ["claimed, %", "observed, %", "± by chance", "cases"]
        title = f"{self.kind}: off by {format_number(100 * self.error)} % on average"
        return f"{title}\n{format_table(header, rows, left=0)}"

    def plot(self) -> Figure:
        """Return the picture: observed against claimed."""
        from ravine.plots import calibration

        return calibration({self.kind: self})


def coverage(y: ArrayLike, mean: ArrayLike, std: ArrayLike, levels: ArrayLike | None = None) -> Calibration:
    """Return how many of the targets lie in mean ± z std, for intervals that claim 5 % to 95 %.

    Parameters
    ----------
    y, mean, std : of one shape; rows that the model has not seen, deviations with ``noise=True``.
    levels : (K,), what the intervals claim, between 0 and 1.

    Raises
    ------
    TypeError, ValueError : shapes differ, std is not positive, levels not between 0 and 1.

    >>> import numpy as np
    >>> y = np.random.default_rng(0).normal(size=2000)
    >>> coverage(y, np.zeros(2000), np.ones(2000), levels=[0.5, 0.9]).observed.round(2)
    array([0.5, 0.9])
    """
    target, center, spread = (
        real_array(each, name).astype(np.float64) for each, name in ((y, "y"), (mean, "mean"), (std, "std"))
    )
    if target.size == 0 or not target.shape == center.shape == spread.shape:
        shapes = f"{target.shape}, {center.shape} and {spread.shape}"
        raise ValueError(f"y, mean and std must have one shape and at least one entry, got {shapes}")
    if not (spread > 0).all():
        raise ValueError(f"std must be positive, the smallest is {spread.min()}")
    claimed = _LEVELS if levels is None else real_array(levels, "levels").astype(np.float64)
    if claimed.ndim != 1 or claimed.size == 0 or not ((claimed > 0) & (claimed < 1)).all():
        raise ValueError(f"levels must be numbers between 0 and 1, got {claimed!r:.60}")
    distance = np.abs(target - center) / spread
    reach = np.array([NormalDist().inv_cdf((1 + level) / 2) for level in claimed])
    observed = (distance.ravel() <= reach[:, None]).mean(axis=1)
    return Calibration("coverage", claimed, observed, np.full(claimed.size, float(target.size)))


def reliability(probabilities: ArrayLike, labels: ArrayLike, bins: int = 10) -> Calibration:
    """Return how often the class that is called most probable is the right one, by what was claimed.

    Cases are put into bins of equal width by the probability of their most probable class; empty bins are
    left out. `claimed` is the mean of a bin. Of one column, or a vector, the probability is that of the label
    1, and what is observed is the share of ones.

    Parameters
    ----------
    probabilities : (N, c), or (N,).
    labels : (N,), integers below c, or 0 and 1.
    bins : of [0, 1].

    Raises
    ------
    TypeError, ValueError : shapes do not fit, a probability lies outside [0, 1], a label is not an integer.

    Source: Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks (2017).

    >>> import numpy as np
    >>> reliability([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8]], [0, 1, 1], bins=2).observed
    array([0.66666667])
    """
    p = real_array(probabilities, "probabilities").astype(np.float64)
    p = p[:, None] if p.ndim == 1 else p
    t = np.asarray(labels)
    require_count(bins, "bins")
    if p.ndim != 2 or p.size == 0 or t.shape != (len(p),):
        raise ValueError(f"labels must have shape (N,) for probabilities (N, c), got {t.shape} and {p.shape}")
    if t.dtype.kind not in "iub":
        raise TypeError(f"labels must be integers, got dtype {t.dtype}")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("probabilities must lie in [0, 1]")
    claimed = p.max(axis=1)
    right = t == 1 if p.shape[1] == 1 else p.argmax(axis=1) == t
    place = np.minimum((claimed * bins).astype(int), bins - 1)
    counts = np.bincount(place, minlength=bins).astype(np.float64)
    there = counts > 0
    means = [np.bincount(place, each, minlength=bins)[there] / counts[there] for each in (claimed, right)]
    return Calibration("reliability", means[0], means[1], counts[there])
