"""Which rate to take: several from one start, for a few hundred updates each, and what became of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine.arrays import non_negative, require_count
from ravine.network import MLP
from ravine.objective import EmpiricalRisk
from ravine.optim import Adam, Optimizer
from ravine.seeds import Seed, stream_key
from ravine.tables import format_table
from ravine.training.batches import Shuffle, require_shuffle, rows_a_batch
from ravine.training.run import PLAIN_UPDATES
from ravine.training.settings import require_rule
from ravine.training.sources import Rows
from ravine.training.starts import copy_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["RateCurve", "RateSearch", "Verdict", "rate_search"]

_WINDOWS = 20
"""Parts of a curve whose means are compared, so that the noise of batches is not taken for oscillation."""

_RATES = tuple(float(rate) for rate in np.logspace(-5, 0, 11))


class Verdict(str, Enum):
    """What became of a rate; the value is a sentence."""

    DIVERGES = "The risk rose above its start, or was not finite."
    OSCILLATES = "The loss went up, on its way, by more than half of what the best rate achieved."
    TOO_SLOW = "The risk fell by less than half of what the best rate achieved."
    GOOD = "The risk fell, steadily."

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class RateCurve:
    """One rate.

    Attributes
    ----------
    rate : the rate.
    losses : (updates made,) J_B of each batch before its update.
    risk : of all rows, at the end; infinite if something was not finite on the way.
    verdict : a :class:`ravine.training.rate_search.Verdict`.
    """

    rate: float
    losses: NDArray[np.float64]
    risk: float
    verdict: Verdict


@dataclass(frozen=True)
class RateSearch:
    """What :func:`rate_search` found; prints as a table.

    Attributes
    ----------
    curves : a :class:`ravine.training.rate_search.RateCurve` for each rate, in rising order.
    start_risk : of all rows, where every rate began.
    suggestion : the rate to take; NaN if each of them diverged.
    """

    curves: tuple[RateCurve, ...]
    start_risk: float
    suggestion: float

    @property
    def rates(self) -> NDArray[np.float64]:
        """The rates, in rising order."""
        return np.array([curve.rate for curve in self.curves])

    def plot(self) -> Figure:
        """Draw the curves and what they came to; needs matplotlib."""
        from ravine.plots import rate_search as draw

        return draw(self)

    def __str__(self) -> str:
        rows = [
            [f"{curve.rate:.3g}", f"{curve.risk:.6g}", str(len(curve.losses)), curve.verdict.name.lower()]
            for curve in self.curves
        ]
        table = format_table(["rate", "risk", "updates", "verdict"], rows, left=0)
        found = "none: every rate diverges" if math.isnan(self.suggestion) else f"{self.suggestion:.3g}"
        return f"{table}\nrisk at the start {self.start_risk:.6g}; suggested rate {found}"


def rate_search(
    net: MLP,
    X: ArrayLike,
    y: ArrayLike,
    loss: str = "squared_error",
    optimizer: Optimizer | None = None,
    rates: Sequence[float] = _RATES,
    updates: int = 200,
    batch_size: int | None = 32,
    seed: Seed = 0,
    shuffle: Shuffle = True,
    **risk_options: Any,
) -> RateSearch:
    """Train from the network's theta with each of several rates, on the same batches, and judge the curves.

    The risk of all rows is taken at the start, J₀, and at each end, J; the best rate achieves the largest
    J₀ - J. A rate diverges if J is not finite or J > J₀. It oscillates if, from J₀ over the means of 20
    windows of its curve, the rises add up to more than half of what the best achieves, and is too slow if it
    achieves less than half of that. The suggestion lies a little above the best that is stable: at the
    geometric mean of that rate and the next, if that neither diverges nor oscillates, else at the best
    itself. Source: Goodfellow, Bengio and Courville 2016, section 8.3.1.

    Parameters
    ----------
    net, X, y, loss, optimizer, batch_size, seed, shuffle : as for :func:`ravine.fit`. Neither the network nor
        the optimizer is changed.
    rates : to try; by default two a decade from 1e-5 to 1.
    updates : with each rate, 100 to 300 are usual.
    risk_options : what else :class:`EmpiricalRisk` takes, such as l2.

    >>> import numpy as np, ravine as rv
    >>> x = np.linspace(-1, 1, 64)[:, None]
    >>> net = rv.MLP([1, 16, 1], seed=0)
    >>> search = rv.rate_search(net, x, np.sin(3 * x[:, 0]), rates=[1e-6, 1e-4, 1e-2, 100.0])
    >>> [curve.verdict.name for curve in search.curves]
    ['TOO_SLOW', 'TOO_SLOW', 'GOOD', 'DIVERGES']
    >>> search.suggestion
    0.01
    """
    rule = require_rule(Adam() if optimizer is None else optimizer)
    require_count(updates, "updates")
    tried = sorted({non_negative(rate, "rates") for rate in rates})
    if not tried:
        raise ValueError("rates must name at least one rate, got none")
    risk = EmpiricalRisk(net, X, y, loss, **risk_options)
    size = rows_a_batch(batch_size, risk.sample_count)
    source = Rows(risk, size, require_shuffle(shuffle), stream_key(seed))
    start = risk.value()
    runs = [_run(net.theta.copy(), risk, source, _with_rate(rule, rate), updates) for rate in tried]
    verdicts = _verdicts(start, runs)
    curves = tuple(
        RateCurve(rate, losses, end, verdict)
        for rate, (losses, end), verdict in zip(tried, runs, verdicts, strict=True)
    )
    return RateSearch(curves, start, _suggestion(curves))


def _run(
    theta: NDArray[Any], risk: EmpiricalRisk, source: Rows, rule: Optimizer, updates: int
) -> tuple[NDArray[np.float64], float]:
    """The losses of the updates that could be made, and the risk where they led."""
    losses, norms, made = np.empty(updates), np.empty(updates), 0
    for epoch in range(-(-updates // source.batches)):
        source.begin_epoch(epoch)
        part = slice(made, min(made + source.batches, updates))
        how = {**PLAIN_UPDATES, "batch_size": source.size}
        done, end = _core.run_epoch(risk._core, rule, theta, losses[part], norms[part], source.order, how)
        made += done
        if end != 0:
            return losses[:made], math.inf
    value = risk.value(theta) if np.isfinite(theta).all() else math.inf
    return losses[:made], value if math.isfinite(value) else math.inf


def _with_rate(rule: Optimizer, rate: float) -> Optimizer:
    twin = copy_of(rule)
    twin.lr = rate
    return twin


def _verdicts(start: float, runs: Sequence[tuple[NDArray[np.float64], float]]) -> list[Verdict]:
    most = max(start - min((end for _, end in runs), default=start), 0.0)
    return [_verdict(start, losses, end, most) for losses, end in runs]


def _verdict(start: float, losses: NDArray[np.float64], end: float, most: float) -> Verdict:
    """What became of a rate, where the best of all let the risk fall by `most`."""
    if not end <= start:
        return Verdict.DIVERGES
    parts = np.array_split(losses, min(_WINDOWS, losses.size))
    course = np.array([start, *(part.mean() for part in parts)])
    if np.maximum(np.diff(course), 0).sum() > most / 2:
        return Verdict.OSCILLATES
    return Verdict.TOO_SLOW if start - end < most / 2 else Verdict.GOOD


def _suggestion(curves: tuple[RateCurve, ...]) -> float:
    """A little above the best: Goodfellow et al. warn of going so far that it becomes unstable."""
    stable = [curve.verdict in (Verdict.GOOD, Verdict.TOO_SLOW) for curve in curves]
    choice = [k for k, ok in enumerate(stable) if ok] or [
        k for k, curve in enumerate(curves) if curve.verdict is not Verdict.DIVERGES
    ]
    if not choice:
        return math.nan
    best = min(choice, key=lambda k: curves[k].risk)
    if stable[best] and best + 1 < len(curves) and stable[best + 1]:
        return math.sqrt(curves[best].rate * curves[best + 1].rate)
    return curves[best].rate
