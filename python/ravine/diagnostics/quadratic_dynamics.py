"""What gradient descent and momentum do on a quadratic, eigencomponent by eigencomponent."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ravine.arrays import non_negative, positive, require_count
from ravine.diagnostics.target import Target, eigenpairs
from ravine.linalg.products import FloatArray, float_vector, symmetric_matrix
from ravine.plots.quadratic_dynamics import quadratic_dynamics as picture
from ravine.tables import format_number, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ComponentVerdict", "QuadraticDynamics", "growth_factor", "quadratic_dynamics"]

_EXACT = 1e-9
"""How near αλ comes to 1 or to the border of stability to be said to lie on it."""
_SHOWN = 10


class ComponentVerdict(str, Enum):
    """How an eigencomponent goes on; the value is what is printed."""

    STILL = "still"
    DECAYS = "decays"
    ONE_STEP = "in one step"
    OSCILLATES = "oscillates damped"
    SUSTAINED = "oscillates sustained"
    DIVERGES = "diverges"

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, eq=False)
class QuadraticDynamics:
    """A run predicted from eigenvalues: prints as a table, plots itself.

    Attributes
    ----------
    eigenvalues : (n,), λ, ascending.
    rate, momentum : α and β of v ← βv + g, θ ← θ - αv.
    gradient : (n,), the components of the gradient at the start along the eigenvectors.
    value : J at the start.
    tolerance : |λ| up to which an eigenvalue counts as zero.
    vectors : (n, n), eigenvectors in columns, or None where only eigenvalues were given.
    """

    eigenvalues: FloatArray
    rate: float
    momentum: float
    gradient: FloatArray
    value: float
    tolerance: float
    vectors: FloatArray | None

    @property
    def factors(self) -> FloatArray:
        """(n,), by what each component is multiplied an update, in magnitude and in the long run."""
        factors = growth_factor(self.rate * self.eigenvalues, self.momentum)
        return np.where(self._still, 1.0, factors)

    @property
    def verdicts(self) -> tuple[ComponentVerdict, ...]:
        """(n,), what becomes of each component."""
        still = self._still
        return tuple(
            ComponentVerdict.STILL if still[k] else _verdict(self.rate * float(value), self.momentum)
            for k, value in enumerate(self.eigenvalues)
        )

    @property
    def stable(self) -> bool:
        """Whether no component diverges."""
        return ComponentVerdict.DIVERGES not in self.verdicts

    @property
    def largest_stable_rate(self) -> float:
        """2 (1 + β)/λ_max; 0 where an eigenvalue is negative, infinite where none differs from zero."""
        if self.eigenvalues[0] < -self.tolerance:
            return 0.0
        top = float(self.eigenvalues[-1])
        return 2 * (1 + self.momentum) / top if top > self.tolerance else math.inf

    @property
    def best_rate(self) -> float:
        """2 (1 + β)/(λ_min + λ_max) over the eigenvalues that are not zero: the fastest for this momentum.

        NaN where one is negative, or all are zero.
        """
        low, high = self._ends
        return 2 * (1 + self.momentum) / (low + high)

    @property
    def best_momentum(self) -> tuple[float, float]:
        """The pair (rate, momentum) that is fastest of all (Polyak 1964).

        α = (2/(√λ_max + √λ_min))², β = ((√κ - 1)/(√κ + 1))², κ = λ_max/λ_min; every component then shrinks by
        √β an update.
        """
        low, high = (math.sqrt(each) for each in self._ends)
        return (2 / (high + low)) ** 2, ((high - low) / (high + low)) ** 2

    def components(self, updates: int) -> FloatArray:
        """Return (updates + 1, n), the components of θ_t - θ_0 along the eigenvectors."""
        count = require_count(updates, "updates", 0)
        moved = np.zeros((count + 1, self.eigenvalues.size))
        velocity = np.zeros(self.eigenvalues.size)
        with np.errstate(over="ignore", invalid="ignore"):  # what diverges may do so
            for t in range(count):
                velocity = self.momentum * velocity + self.gradient + self.eigenvalues * moved[t]
                moved[t + 1] = moved[t] - self.rate * velocity
        return moved

    def curve(self, updates: int) -> FloatArray:
        """Return (updates + 1,), the predicted J after each update."""
        moved = self.components(updates)
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(self.value + moved @ self.gradient + 0.5 * moved**2 @ self.eigenvalues)

    def at(self, rate: float | None = None, momentum: float | None = None) -> QuadraticDynamics:
        """Return the same with another rate or momentum; a rate of None is the best one for the momentum."""
        beta = self.momentum if momentum is None else _momentum(momentum)
        other = replace(self, momentum=beta)
        return replace(other, rate=other.best_rate if rate is None else positive(rate, "rate"))

    def __str__(self) -> str:
        verdicts = self.verdicts
        shown = np.unique(np.linspace(0, len(verdicts) - 1, min(_SHOWN, len(verdicts))).round().astype(int))
        rows = [
            [
                format_number(float(self.eigenvalues[k])),
                format_number(float(self.rate * self.eigenvalues[k])),
                format_number(float(self.factors[k])),
                str(verdicts[k]),
            ]
            for k in shown
        ]
        counts = ", ".join(f"{count} {verdict}" for verdict, count in Counter(map(str, verdicts)).items())
        rates = f"{format_number(self.largest_stable_rate)}, best {format_number(self.best_rate)}"
        best = ", ".join(format_number(each) for each in self.best_momentum)
        return (
            f"rate {format_number(self.rate)}, momentum {format_number(self.momentum)}: {counts}\n"
            f"{format_table(['eigenvalue', 'rate · eigenvalue', 'factor', 'verdict'], rows, left=0)}\n"
            f"largest stable rate {rates}; best rate and momentum {best}"
        )

    def plot(self, updates: int = 100) -> Figure:
        """Return the picture: the factor of each component, and the predicted curve."""
        return picture(self, updates)

    @property
    def _still(self) -> Any:
        return np.abs(self.eigenvalues) <= self.tolerance

    @property
    def _ends(self) -> tuple[float, float]:
        """The lowest and the highest eigenvalue that is not zero; NaN if one is negative or there is none."""
        moving = self.eigenvalues[~self._still]
        if moving.size == 0 or moving[0] < 0:
            return math.nan, math.nan
        return float(moving[0]), float(moving[-1])


def growth_factor(s: ArrayLike, momentum: float = 0.0) -> FloatArray:
    """Return the larger root, in magnitude, of z² - (1 + β - s) z + β = 0, s = αλ: |1 - s| for β = 0."""
    half = 0.5 * (1 + momentum - np.asarray(s, dtype=np.float64))
    under = half**2 - momentum
    real = np.abs(half) + np.sqrt(np.maximum(under, 0.0))
    return np.where(under < 0, math.sqrt(momentum), real)


def _verdict(s: float, momentum: float) -> ComponentVerdict:
    border = 2 * (1 + momentum)
    if s < 0 or s > border * (1 + _EXACT):
        return ComponentVerdict.DIVERGES
    if s >= border * (1 - _EXACT):
        return ComponentVerdict.SUSTAINED
    if momentum == 0 and abs(s - 1) <= _EXACT:
        return ComponentVerdict.ONE_STEP
    # Both roots are real and positive up to (1 - √β)²; above, they are complex or negative.
    decays = s <= (1 - math.sqrt(momentum)) ** 2 * (1 + _EXACT)
    return ComponentVerdict.DECAYS if decays else ComponentVerdict.OSCILLATES


def quadratic_dynamics(
    target: Any,
    rate: float | None = None,
    momentum: float = 0.0,
    *,
    theta: ArrayLike | None = None,
    start: ArrayLike | None = None,
) -> QuadraticDynamics:
    """Predict gradient descent with rate α and momentum β on the quadratic model of J.

    Along eigenvector i descent multiplies the distance from the bottom by 1 - αλ_i an update: αλ = 0 still,
    < 1 decays, 1 in one step, < 2 oscillates damped, 2 sustained, > 2 or negative diverges. With momentum the
    factors are the roots of z² - (1 + β - αλ) z + β = 0, stable up to αλ = 2 (1 + β).

    Parameters
    ----------
    target : eigenvalues (n,); a symmetric matrix A (n, n) of ½θᵀAθ; or, for its quadratic model at θ, an
        :class:`ravine.EmpiricalRisk` or an object with ``value``, ``gradient`` and ``hessian`` or
        ``hessian_product(theta, v)``.
    rate : α > 0; None for the best one.
    momentum : β in [0, 1).
    theta : where a risk or an object is looked at; None for the parameters of the risk's network.
    start : θ_0 - θ* for a matrix, its eigencomponents for eigenvalues; None for ones.

    Raises
    ------
    TypeError, ValueError, MemoryError : an argument breaks its rule; the spectrum does not fit.

    Source: Polyak 1964; Goodfellow, Bengio and Courville 2016, §4.3.

    >>> import ravine as rv
    >>> report = rv.diagnostics.quadratic_dynamics([1.0, 10.0, 19.0, 25.0], rate=0.1)
    >>> [str(verdict) for verdict in report.verdicts]
    ['decays', 'in one step', 'oscillates damped', 'diverges']
    >>> report.largest_stable_rate, report.curve(1).round(6)
    (0.08, array([27.5  , 36.225]))
    """
    beta = _momentum(momentum)
    if isinstance(target, (np.ndarray, list, tuple)):
        if theta is not None:
            raise TypeError("theta belongs to a risk; use start with eigenvalues or a matrix")
        values, vectors, gradient, value = _given(target, start)
        eps = float(np.finfo(np.float64).eps)
    else:
        if start is not None:
            raise TypeError("start belongs to eigenvalues or a matrix; use theta with a risk")
        at = Target(target, theta)
        values, vectors = at.eigen()
        gradient, value, eps = at.gradient() @ vectors, at.value(), at.eps
    report = QuadraticDynamics(
        eigenvalues=values,
        rate=1.0,
        momentum=beta,
        gradient=gradient,
        value=value,
        tolerance=10 * values.size * eps * float(np.abs(values).max()),
        vectors=vectors,
    )
    if rate is None and math.isnan(report.best_rate):
        raise ValueError("rate must be given: with eigenvalues that are negative or all zero no rate is best")
    return report.at(rate)


def _given(
    target: ArrayLike, start: ArrayLike | None
) -> tuple[FloatArray, FloatArray | None, FloatArray, float]:
    """Eigenvalues ascending, their vectors, the gradient's components and J of ½ Σ λ c²."""
    vectors = None
    if np.ndim(target) == 1:
        given = float_vector(target, "eigenvalues")
        order = np.argsort(given, kind="stable")
        values = given[order]
        c = np.ones(values.size) if start is None else float_vector(start, "start", values.size)[order]
    else:
        values, vectors = eigenpairs(symmetric_matrix(target, "matrix"))
        c = np.ones(values.size) if start is None else float_vector(start, "start", values.size) @ vectors
    return values, vectors, values * c, float(0.5 * c**2 @ values)


def _momentum(value: float) -> float:
    if non_negative(value, "momentum") >= 1:
        raise ValueError(f"momentum must lie in [0, 1), got {value}")
    return float(value)
