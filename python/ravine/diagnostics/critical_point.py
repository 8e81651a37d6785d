"""What kind of point this is: minimum, maximum, saddle, degenerate, flat, or no critical point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ravine.arrays import non_negative
from ravine.diagnostics.spectrum import Definiteness, Method, Spectrum, from_target
from ravine.diagnostics.target import Target, length_of
from ravine.linalg.conjugate_gradient import conjugate_gradient
from ravine.linalg.products import FloatArray
from ravine.seeds import Seed
from ravine.tables import format_number, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["CriticalPoint", "PointVerdict", "critical_point"]


class PointVerdict(str, Enum):
    """What kind of point it is; the value is a sentence."""

    MINIMUM = "A minimum: the gradient vanishes and J curves upward in every direction."
    MAXIMUM = "A maximum: the gradient vanishes and J curves downward in every direction."
    SADDLE = "A strict saddle: the gradient vanishes, J falls in some directions and rises in others."
    DEGENERATE = "Degenerate: the gradient vanishes, and the Hessian decides nothing in some directions."
    FLAT = "Flat: gradient and Hessian vanish; higher derivatives decide."
    NOT_CRITICAL = "Not a critical point: the gradient does not vanish."

    def __str__(self) -> str:
        return str(self.value)


_VERDICTS = {
    Definiteness.POSITIVE_DEFINITE: PointVerdict.MINIMUM,
    Definiteness.NEGATIVE_DEFINITE: PointVerdict.MAXIMUM,
    Definiteness.INDEFINITE: PointVerdict.SADDLE,
    Definiteness.POSITIVE_SEMIDEFINITE: PointVerdict.DEGENERATE,
    Definiteness.NEGATIVE_SEMIDEFINITE: PointVerdict.DEGENERATE,
    Definiteness.ZERO: PointVerdict.FLAT,
}


@dataclass(frozen=True, eq=False)
class CriticalPoint:
    """What gradient and Hessian say about a point: prints as a table, plots itself.

    Attributes
    ----------
    value : J.
    gradient_norm : ‖∇J‖₂, beside its threshold.
    gradient_threshold : at or below which the gradient counts as zero.
    newton_decrement : √(gᵀH⁺g), half the square of which a Newton step gains in the quadratic model; over
        the eigenvalues that are not zero to rounding. NaN where one is negative, and there is no such step.
    spectrum : the :class:`Spectrum` behind it.
    verdict : a :class:`PointVerdict`.
    """

    value: float
    gradient_norm: float
    gradient_threshold: float
    newton_decrement: float
    spectrum: Spectrum
    verdict: PointVerdict

    @property
    def eigmin(self) -> float:
        """The lowest eigenvalue of H."""
        return self.spectrum.eigmin

    @property
    def eigmax(self) -> float:
        """The highest eigenvalue of H."""
        return self.spectrum.eigmax

    @property
    def inertia(self) -> tuple[int, int, int] | None:
        """How many eigenvalues are (positive, zero, negative); None where Lanczos saw the ends alone."""
        return self.spectrum.inertia

    @property
    def condition_number(self) -> float:
        """Largest over smallest magnitude of the eigenvalues."""
        return self.spectrum.condition_number

    @property
    def descends(self) -> bool:
        """Whether λ_min < -10 P eps ‖H‖₂: J falls along ±u, so no method may call this point converged."""
        counted = self.inertia is not None and self.inertia[2] > 0
        return counted or self.eigmin < -self.spectrum.tolerance

    @property
    def table(self) -> str:
        """The figures, beside the thresholds by which zero is told."""
        inertia = "not known" if self.inertia is None else ", ".join(map(str, self.inertia))
        rows = [
            ["J", format_number(self.value), ""],
            ["gradient norm", format_number(self.gradient_norm), format_number(self.gradient_threshold)],
            ["lowest eigenvalue", format_number(self.eigmin), format_number(-self.spectrum.tolerance)],
            ["highest eigenvalue", format_number(self.eigmax), format_number(self.spectrum.tolerance)],
            ["positive, zero, negative", inertia, ""],
            ["condition number", _or(self.condition_number, "not known"), ""],
            ["Newton decrement", _or(self.newton_decrement, "none, H is indefinite"), ""],
        ]
        return format_table(["", "measured", "threshold"], rows)

    def __str__(self) -> str:
        way_out = "\nnegative_curvature() gives the direction that leaves it." if self.descends else ""
        return f"{self.verdict}\n{self.table}{way_out}"

    def plot(self) -> Figure:
        """Return the picture of its spectrum."""
        return self.spectrum.plot()


def _or(value: float, instead: str) -> str:
    return instead if math.isnan(value) else format_number(value)


def critical_point(
    target: Any,
    theta: ArrayLike | None = None,
    *,
    method: Method = "auto",
    gradient_tolerance: float | None = None,
    seed: Seed = 0,
) -> CriticalPoint:
    """Say what kind of point θ is for J, from gradient and Hessian, with the figures behind it.

    The gradient counts as zero if ‖∇J‖₂ ≤ gradient_tolerance · ‖H‖₂: the point that the stiffest direction
    asks for is then that near. An eigenvalue counts as zero if |λ| ≤ 10 P eps ‖H‖₂, what rounding makes of
    it.
    A semidefinite Hessian decides nothing. The minima of networks are degenerate as a rule, because their
    symmetries leave J unchanged along whole curves.

    Parameters
    ----------
    target, theta, method, seed : as for :func:`spectrum`. With "lanczos" the verdict is that of the ends;
        that it is a saddle is then certain, that no eigenvalue lies lower is very likely.
    gradient_tolerance : None for eps^0.4, 5.5e-7 in float64: a method that converged left less.

    Raises
    ------
    TypeError, ValueError, MemoryError : as for :func:`spectrum`.

    Source: Nocedal and Wright 2006, §2.1; Dauphin et al. 2014.

    >>> import numpy as np, ravine as rv
    >>> net = rv.MLP([2, 3, 1], bias=False, initializer="zeros")
    >>> X = np.random.default_rng(0).normal(size=(50, 2))
    >>> point = rv.diagnostics.critical_point(rv.EmpiricalRisk(net, X, X[:, 0]))
    >>> point.verdict.name, point.inertia
    ('SADDLE', (3, 3, 3))
    """
    at = Target(target, theta)
    gradient = at.gradient()
    seen = from_target(at, method, ends=1, seed=seed)
    tolerance = at.eps**0.4 if gradient_tolerance is None else gradient_tolerance
    threshold = non_negative(tolerance, "gradient_tolerance") * seen.norm
    norm = length_of(gradient)
    vanishes = norm <= threshold
    return CriticalPoint(
        value=at.value(),
        gradient_norm=norm,
        gradient_threshold=threshold,
        newton_decrement=_newton_decrement(at, gradient, seen),
        spectrum=seen,
        verdict=_VERDICTS[seen.verdict] if vanishes else PointVerdict.NOT_CRITICAL,
    )


def _newton_decrement(target: Target, gradient: FloatArray, seen: Spectrum) -> float:
    if seen.eigmin < -seen.tolerance or (seen.inertia is not None and seen.inertia[2] > 0):
        return math.nan
    if seen.complete:
        values, vectors = target.eigen()
        counted = values > seen.tolerance
        return float(np.sqrt(np.sum((gradient @ vectors[:, counted]) ** 2 / values[counted])))
    step = conjugate_gradient(target.product, gradient, relative_tolerance=max(1e-8, 10 * target.eps))
    return math.sqrt(max(-2 * step.model, 0.0))
