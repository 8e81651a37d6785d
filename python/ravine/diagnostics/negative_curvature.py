"""The way out of a saddle: the direction along which J falls fastest to second order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ravine.diagnostics.spectrum import Method, from_target
from ravine.diagnostics.target import Target
from ravine.linalg.products import FloatArray
from ravine.plots.negative_curvature import negative_curvature as picture
from ravine.seeds import Seed
from ravine.tables import format_number, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["NegativeCurvature", "negative_curvature"]

_LENGTHS = 20


@dataclass(frozen=True, eq=False)
class NegativeCurvature:
    """The lowest eigenvalue and what J does along its eigenvector: prints as a table, plots itself.

    Attributes
    ----------
    curvature : λ_min.
    tolerance : 10 P eps ‖H‖₂; the curvature is negative where it lies below -tolerance.
    direction : (P,), u of norm 1 with Hu = λ_min u, and gᵀu ≤ 0.
    residual : ‖Hu - λ_min u‖.
    slope : gᵀu.
    value : J at θ.
    steps : (S,), ascending, of both signs, at which J was tried along u.
    values : (S,), J(θ + s u).
    """

    curvature: float
    tolerance: float
    direction: FloatArray
    residual: float
    slope: float
    value: float
    steps: FloatArray
    values: FloatArray

    @property
    def found(self) -> bool:
        """Whether there is negative curvature."""
        return self.curvature < -self.tolerance

    @property
    def step(self) -> float:
        """The step s that was tried and gave the lowest J, 0 if none was below J(θ)."""
        best = int(np.nanargmin(np.append(self.value, self.values)))  # of equals the first, which is to stay
        return float(np.append(0.0, self.steps)[best])

    @property
    def lowest_value(self) -> float:
        """J(θ + step · direction)."""
        return float(np.nanmin(np.append(self.values, self.value)))

    def predicted_change(self, step: float) -> float:
        """Return s gᵀu + ½ s² λ_min, what θ + s u changes J by, to second order."""
        return step * self.slope + 0.5 * step**2 * self.curvature

    def __str__(self) -> str:
        if not self.found:
            return (
                f"No negative curvature: the lowest eigenvalue {format_number(self.curvature)} "
                f"is not below {format_number(-self.tolerance)}."
            )
        rows = [
            ["curvature λ_min", format_number(self.curvature)],
            ["threshold", format_number(-self.tolerance)],
            ["slope gᵀu", format_number(self.slope)],
            ["J here", format_number(self.value)],
            ["lowest J tried", format_number(self.lowest_value)],
            ["at the step", format_number(self.step)],
        ]
        return f"Negative curvature: J falls along ±u.\n{format_table(['along u', ''], rows)}"

    def plot(self) -> Figure:
        """Return the picture: J along the direction beside the second-order model."""
        return picture(self)


def negative_curvature(
    target: Any,
    theta: ArrayLike | None = None,
    *,
    method: Method = "auto",
    seed: Seed = 0,
) -> NegativeCurvature:
    """Return the direction of lowest curvature, and how J goes along it.

    At a saddle the gradient shows no way; J(θ ± s u) = J + ½ λ_min s² + … falls for the eigenvector u of
    λ_min < 0. Steps of both signs up to the length of θ (at least 1) are tried, a value each.

    Parameters
    ----------
    target, theta, method, seed : as for :func:`spectrum`.

    Raises
    ------
    TypeError, ValueError, MemoryError : as for :func:`spectrum`.

    >>> import numpy as np, ravine as rv
    >>> net = rv.MLP([2, 3, 1], bias=False, initializer="zeros")
    >>> X = np.random.default_rng(0).normal(size=(50, 2))
    >>> risk = rv.EmpiricalRisk(net, X, X[:, 0])
    >>> way_out = rv.diagnostics.negative_curvature(risk)
    >>> way_out.found, bool(np.linalg.norm(risk.gradient()) == 0)
    (True, True)
    >>> net.theta += way_out.step * way_out.direction
    >>> bool(risk.value() == way_out.lowest_value < way_out.value)
    True
    """
    at = Target(target, theta)
    g, seen = at.gradient(), from_target(at, method, ends=1, seed=seed)
    slope = float(g @ seen.vectors[:, 0])
    direction = seen.vectors[:, 0] * (-1.0 if slope > 0 else 1.0)
    reach = max(1.0, float(np.linalg.norm(at.theta)))
    lengths = np.geomspace(1e-3 * reach, reach, _LENGTHS)
    steps = np.concatenate([-lengths[::-1], lengths])
    with np.errstate(over="ignore", invalid="ignore"):  # J may be anything far away, and is shown as it is
        values = np.array([at.value(at.theta + s * direction) for s in steps])
    return NegativeCurvature(
        curvature=seen.eigmin,
        tolerance=seen.tolerance,
        direction=direction,
        residual=float(seen.residuals[0]),
        slope=-abs(slope) if slope else 0.0,
        value=at.value(),
        steps=steps,
        values=np.where(np.isfinite(values), values, math.inf),
    )
