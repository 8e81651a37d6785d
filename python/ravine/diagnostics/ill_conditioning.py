"""Whether a gradient step still descends: gᵀg against gᵀHg, at a point and along a run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ravine.arrays import require_count
from ravine.diagnostics.target import Target, length_of
from ravine.history import EpochRecord, StepRecord
from ravine.linalg.products import FloatArray
from ravine.plots.ill_conditioning import ill_conditioning as picture
from ravine.plots.ill_conditioning import ill_conditioning_history as history_picture
from ravine.tables import format_number, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["IllConditioning", "IllConditioningMonitor", "IllConditioningRecord", "ill_conditioning"]


@dataclass(frozen=True)
class IllConditioning:
    """What a step along the negative gradient does: prints as a table, plots itself.

    Attributes
    ----------
    value : J.
    gg : gᵀg, g = ∇J.
    ghg : gᵀHg.
    """

    value: float
    gg: float
    ghg: float

    @property
    def ratio(self) -> float:
        """Curvature along the gradient, gᵀHg / gᵀg, between λ_min and λ_max; NaN at a critical point."""
        return self.ghg / self.gg if self.gg > 0 else math.nan

    @property
    def break_even_step(self) -> float:
        """2 gᵀg / gᵀHg, from which on a step ascends; infinite where gᵀHg ≤ 0: none does, in this model."""
        return 2 * self.best_step

    @property
    def best_step(self) -> float:
        """gᵀg / gᵀHg, which gains most; infinite where gᵀHg ≤ 0."""
        return math.inf if self.ghg <= 0 else self.gg / self.ghg

    def predicted_change(self, step: float) -> float:
        """Return -ε gᵀg + ½ ε² gᵀHg, what θ - ε g changes J by, to second order."""
        return -step * self.gg + 0.5 * step**2 * self.ghg

    def __str__(self) -> str:
        def step(size: float) -> str:
            return format_number(size) if math.isfinite(size) else "none, gᵀHg ≤ 0"

        rows = [
            ["J", format_number(self.value)],
            ["gᵀg", format_number(self.gg)],
            ["gᵀHg", format_number(self.ghg)],
            ["curvature gᵀHg/gᵀg", format_number(self.ratio)],
            ["best step", step(self.best_step)],
            ["break-even step", step(self.break_even_step)],
        ]
        return format_table(["along -∇J", ""], rows)

    def plot(self) -> Figure:
        """Return the picture: the predicted change of J against the step."""
        return picture(self)


def ill_conditioning(target: Any, theta: ArrayLike | None = None) -> IllConditioning:
    """Return gᵀg, gᵀHg, and the steps at which a gradient step gains most and nothing.

    θ - ε g changes J by -ε gᵀg + ½ ε² gᵀHg to second order. Where gᵀHg/gᵀg is large, only tiny steps descend,
    although the gradient is long: this is ill-conditioning as a run feels it. Costs a gradient and one H v.

    Parameters
    ----------
    target : an :class:`ravine.EmpiricalRisk`, or an object with ``value``, ``gradient`` and ``hessian`` or
        ``hessian_product(theta, v)``.
    theta : (P,); None for the parameters of the risk's network.

    Raises
    ------
    TypeError, ValueError : an argument breaks its rule, or gradient or product are not finite.

    Source: Goodfellow, Bengio and Courville 2016, §8.2.1.

    >>> import ravine as rv
    >>> report = rv.diagnostics.ill_conditioning(rv.surfaces.Ravine(condition=100), [1.0, 0.1])
    >>> report.gg, report.ghg, round(report.break_even_step, 4)
    (101.0, 10001.0, 0.0202)
    """
    return _look(Target(target, theta))


def _look(at: Target) -> IllConditioning:
    value, g = at.value_and_gradient()
    length = length_of(g)
    if length == 0:
        return IllConditioning(value=value, gg=0.0, ghg=0.0)
    # By the unit vector: a product with a gradient of 1e-30 would lose its digits in float32.
    curvature = float(g @ at.product(g / length)) / length
    return IllConditioning(value=value, gg=length * length, ghg=curvature * length * length)


def _look_on(target: Any) -> IllConditioning:
    """The report, NaN where gradient or product are not finite: a callback that looks on ends no run."""
    try:
        return ill_conditioning(target)
    except ValueError:
        return IllConditioning(value=math.nan, gg=math.nan, ghg=math.nan)


@dataclass(frozen=True)
class IllConditioningRecord:
    """What was seen at one moment of a run.

    Attributes
    ----------
    epoch, updates : so far.
    rate : of the last update; NaN at the start.
    report : an :class:`IllConditioning`.
    """

    epoch: int
    updates: int
    rate: float
    report: IllConditioning


class IllConditioningMonitor:
    """A callback for :func:`ravine.fit` that follows gᵀg, gᵀHg and the break-even step along a run.

    Give it to ``callbacks`` for a record an epoch, to ``step_callbacks`` for a record an update.

    Parameters
    ----------
    target : an :class:`ravine.EmpiricalRisk` of the network that is trained; a subset is cheaper.
    every : calls between two records; each record costs a gradient and one H v.

    Attributes
    ----------
    records : an :class:`IllConditioningRecord` for the start and for every `every`-th call.

    >>> import numpy as np, ravine as rv
    >>> net = rv.MLP([1, 8, 1], seed=0)
    >>> X = np.linspace(-1, 1, 32)[:, None]
    >>> y = np.sin(3 * X[:, 0])
    >>> monitor = rv.diagnostics.IllConditioningMonitor(rv.EmpiricalRisk(net, X, y))
    >>> history = rv.fit(net, X, y, optimizer=rv.optim.SGD(lr=0.05), epochs=20, callbacks=[monitor])
    >>> monitor["gg"].shape, bool((monitor["break_even_step"][1:] > 0.05).all())
    ((21,), True)
    """

    def __init__(self, target: Any, every: int = 1) -> None:
        self._target = target
        self._every = require_count(every, "every")
        self._calls = 0
        self._records = [IllConditioningRecord(0, 0, math.nan, ill_conditioning(target))]

    @property
    def records(self) -> tuple[IllConditioningRecord, ...]:
        """The records so far, the start first."""
        return tuple(self._records)

    def __call__(self, record: EpochRecord | StepRecord) -> None:
        """Look at every `every`-th call."""
        self._calls += 1
        if self._calls % self._every == 0:
            updates = record.updates if isinstance(record, EpochRecord) else record.update
            self._records.append(
                IllConditioningRecord(record.epoch, updates, record.rate, _look_on(self._target))
            )

    def __getitem__(self, column: str) -> FloatArray:
        """Return a column over the records.

        "epoch", "updates", "rate", "value", "gg", "ghg", "ratio", "break_even_step" or "best_step".
        """
        if column in ("epoch", "updates", "rate"):
            return np.array([getattr(record, column) for record in self._records], dtype=np.float64)
        if column in ("value", "gg", "ghg", "ratio", "break_even_step", "best_step"):
            return np.array([getattr(record.report, column) for record in self._records])
        raise KeyError(f"no column {column!r}; there are epoch, updates, rate, value, gg, ghg, ratio, …")

    def __str__(self) -> str:
        columns = ["updates", "value", "gg", "ghg", "ratio", "break_even_step", "rate"]
        values = np.stack([self[column] for column in columns], axis=1)
        shown = values if len(values) <= 8 else np.concatenate([values[:4], values[-4:]])
        table = [[format_number(float(v)) for v in row] for row in shown]
        return format_table(["updates", "J", "gᵀg", "gᵀHg", "gᵀHg/gᵀg", "break-even", "rate"], table, left=0)

    def plot(self) -> Figure:
        """Return the picture: gᵀg and gᵀHg by update, and the rate beside the break-even step."""
        return history_picture(self)
