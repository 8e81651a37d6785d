"""How far the first- and second-order models of J hold along a direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ravine.diagnostics.target import Target
from ravine.linalg.products import FloatArray, float_vector
from ravine.plots.taylor import taylor as picture
from ravine.tables import format_number, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Taylor", "taylor"]

_STEPS = 25


@dataclass(frozen=True, eq=False)
class Taylor:
    """J(θ + s d) beside its models: prints as a table, plots itself.

    Attributes
    ----------
    direction : (P,), d.
    steps : (S,), s.
    values : (S,), J(θ + s d); not finite where J is not.
    value : J(θ).
    slope : gᵀd.
    curvature : dᵀHd.
    eps : of the numbers that J computes with.
    """

    direction: FloatArray
    steps: FloatArray
    values: FloatArray
    value: float
    slope: float
    curvature: float
    eps: float

    @property
    def first_order(self) -> FloatArray:
        """J + s gᵀd at each step."""
        return np.asarray(self.value + self.steps * self.slope)

    @property
    def second_order(self) -> FloatArray:
        """J + s gᵀd + ½ s² dᵀHd at each step."""
        return np.asarray(self.first_order + 0.5 * self.steps**2 * self.curvature)

    @property
    def errors(self) -> tuple[FloatArray, FloatArray]:
        """|J - model| of the first and of the second order at each step."""
        return np.abs(self.values - self.first_order), np.abs(self.values - self.second_order)

    def order(self, model: int) -> float:
        """Return the slope of log error over log |s| in steps whose error is above rounding; NaN without.

        It tends to 2 for the first-order model (model=1), to 3 for the second-order one (model=2).
        """
        if model not in (1, 2):
            raise ValueError(f"model must be 1 or 2, got {model!r}")
        errors = self.errors[model - 1]
        size = max(abs(self.value), float(np.nanmax(np.abs(self.values), initial=0.0)))
        # The smallest steps that stand clear of rounding: there the leading term rules.
        used = np.isfinite(errors) & (errors > 1e3 * self.eps * size) & (self.steps != 0)
        chosen = np.flatnonzero(used)
        chosen = chosen[np.argsort(np.abs(self.steps[chosen]))][:6]
        if chosen.size < 2 or np.ptp(np.abs(self.steps[chosen])) == 0:
            return float("nan")
        return float(np.polyfit(np.log(np.abs(self.steps[chosen])), np.log(errors[chosen]), 1)[0])

    def __str__(self) -> str:
        places = np.unique(np.linspace(0, len(self.steps) - 1, 7).round().astype(int))
        first, second = self.errors
        rows = [
            [format_number(float(x[k])) for x in (self.steps, self.values, first, second)] for k in places
        ]
        return (
            f"slope gᵀd = {format_number(self.slope)}, curvature dᵀHd = {format_number(self.curvature)}; "
            f"errors fall as s^{self.order(1):.2f} and s^{self.order(2):.2f}\n"
            + format_table(["step s", "J(θ + s d)", "error, 1st order", "error, 2nd order"], rows, left=0)
        )

    def plot(self) -> Figure:
        """Return the picture: J and its models, and their errors."""
        return picture(self)


def taylor(
    target: Any,
    theta: ArrayLike | None = None,
    direction: ArrayLike | None = None,
    steps: ArrayLike | None = None,
) -> Taylor:
    """Compare J(θ + s d) with J + s gᵀd and with J + s gᵀd + ½ s² dᵀHd.

    Costs a gradient, one H v, and a value a step. Where the second-order model is wrong, so is a Newton step.

    Parameters
    ----------
    target, theta : as for :func:`ill_conditioning`.
    direction : d, (P,), not zero; None for -∇J.
    steps : (S,), s; None for 25 of them up to twice the step that the second-order model would take, or to
        the length of θ where it would take none.

    Raises
    ------
    TypeError, ValueError : an argument breaks its rule, or gradient or product are not finite.

    >>> import ravine as rv
    >>> report = rv.diagnostics.taylor(rv.surfaces.Rosenbrock(), [0.0, 0.0], direction=[1.0, 1.0])
    >>> report.slope, report.curvature, round(report.order(1), 1)
    (-2.0, 202.0, 2.0)
    """
    at = Target(target, theta)
    g = at.gradient()
    d = -g if direction is None else float_vector(direction, "direction", at.order)
    length = float(np.linalg.norm(d))
    if length == 0:
        what = "-∇J, which is zero here: give a direction" if direction is None else "all zeros"
        raise ValueError(f"direction must not be zero, got {what}")
    slope, curvature = float(g @ d), float(d @ at.product(d / length)) * length
    if steps is None:
        reach = 2 * abs(slope) / curvature if curvature > 0 and slope != 0 else 0.0
        reach = reach or max(1.0, float(np.linalg.norm(at.theta))) / length
        at_steps = np.geomspace(1e-4 * reach, reach, _STEPS)
    else:
        at_steps = float_vector(steps, "steps")
    with np.errstate(over="ignore", invalid="ignore"):  # J may be anything far away, and is shown as it is
        values = np.array([at.value(at.theta + s * d) for s in at_steps])
    return Taylor(
        direction=d,
        steps=at_steps,
        values=values,
        value=at.value(),
        slope=slope,
        curvature=curvature,
        eps=at.eps,
    )
