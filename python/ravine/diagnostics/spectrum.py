"""The eigenvalues of the Hessian, or of what can be seen of them where it is too large to be formed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ravine.arrays import require_count
from ravine.diagnostics.target import Target
from ravine.linalg.lanczos import lanczos
from ravine.linalg.products import FloatArray
from ravine.linalg.spectral_density import SpectralDensity, spectral_density
from ravine.plots.spectrum import spectrum as picture
from ravine.seeds import Seed, generator
from ravine.tables import format_number, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Definiteness", "Method", "Spectrum", "from_target", "spectrum"]

Method: TypeAlias = Literal["auto", "full", "ldlt", "lanczos"]
FULL = 2000
"""P up to which the whole spectrum is computed unless the caller says otherwise: some seconds."""


class Definiteness(str, Enum):
    """What the signs of the eigenvalues say; the value is a sentence."""

    POSITIVE_DEFINITE = "Positive definite: J curves upward in every direction."
    POSITIVE_SEMIDEFINITE = "Positive semidefinite: J curves upward or, to rounding, not at all."
    ZERO = "Zero to rounding: J has no curvature here."
    INDEFINITE = "Indefinite: J curves upward in some directions and downward in others."
    NEGATIVE_SEMIDEFINITE = "Negative semidefinite: J curves downward or, to rounding, not at all."
    NEGATIVE_DEFINITE = "Negative definite: J curves downward in every direction."

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Eigenvalues of a Hessian: prints as a table, plots itself.

    Attributes
    ----------
    order : P.
    eigenvalues : ascending; all P of them if `complete`, else the ends that Lanczos found.
    residuals : of each eigenvalue, ‖Hv - λv‖; 0 for those of a full decomposition.
    vectors : (P, 2), the eigenvectors of the lowest and of the highest eigenvalue, of norm 1 in columns.
    complete : whether all eigenvalues are there.
    tolerance : 10 P eps ‖H‖₂; an eigenvalue of at most that magnitude counts as zero.
    density : a :class:`ravine.linalg.SpectralDensity` where the spectrum is not complete, else None.
    inertia : how many eigenvalues are (positive, zero to rounding, negative); None where nobody counted.
    """

    order: int
    eigenvalues: FloatArray
    residuals: FloatArray
    vectors: FloatArray
    complete: bool
    tolerance: float
    density: SpectralDensity | None
    inertia: tuple[int, int, int] | None

    @property
    def eigmin(self) -> float:
        """The lowest eigenvalue; of Lanczos, never below the true one but for rounding."""
        return float(self.eigenvalues[0])

    @property
    def eigmax(self) -> float:
        """The highest eigenvalue."""
        return float(self.eigenvalues[-1])

    @property
    def norm(self) -> float:
        """‖H‖₂, the largest magnitude."""
        return max(abs(self.eigmin), abs(self.eigmax))

    @property
    def condition_number(self) -> float:
        """Largest over smallest magnitude; infinite if that is zero to rounding, NaN where it is not known.

        Lanczos knows it where both ends have the same sign.
        """
        inside = self.complete or self.eigmin * self.eigmax > 0
        least = float(np.abs(self.eigenvalues).min())
        if least <= self.tolerance and (self.complete or inside or self.norm <= self.tolerance):
            return math.inf
        return self.norm / least if inside else math.nan

    @property
    def effective_condition_number(self) -> float:
        """Largest over smallest positive eigenvalue that is not zero to rounding; NaN without any."""
        seen = self.eigenvalues[self.eigenvalues > self.tolerance]
        return float(seen[-1] / seen[0]) if seen.size and self.complete else math.nan

    @property
    def verdict(self) -> Definiteness:
        """What the signs of the ends say; an end whose residual leaves its sign open counts as zero.

        What Lanczos finds lies inside the spectrum, so that a negative lowest value is certain as it is.
        """
        if self.inertia is not None:
            return _definiteness(*(count > 0 for count in self.inertia))
        at_least = self.eigmin - float(self.residuals[0])
        at_most = self.eigmax + float(self.residuals[-1])
        low = -1 if self.eigmin < -self.tolerance else int(at_least > self.tolerance)
        high = 1 if self.eigmax > self.tolerance else -int(at_most < -self.tolerance)
        return _definiteness(high > 0, low == 0 or high == 0, low < 0)

    def __str__(self) -> str:
        rows = [
            ["parameters P", str(self.order)],
            ["lowest eigenvalue", _with_residual(self.eigmin, float(self.residuals[0]))],
            ["highest eigenvalue", _with_residual(self.eigmax, float(self.residuals[-1]))],
            ["zero to rounding below", format_number(self.tolerance)],
            ["condition number", format_number(self.condition_number)],
        ]
        if self.inertia is not None:
            rows.append(["positive, zero, negative", ", ".join(map(str, self.inertia))])
        if self.density is not None:
            # Nearer to zero the quadrature does not tell signs apart.
            share, error = self.density.share(high=-0.01 * self.norm)
            rows.append(["share below -0.01 ‖H‖", f"{100 * share:.3g} ± {100 * error:.1g} %"])
        how = "all eigenvalues" if self.complete else "the ends by Lanczos"
        return f"{self.verdict}\n{format_table(['spectrum of H', how], rows)}"

    def plot(self) -> Figure:
        """Return the picture: the eigenvalues in order, or their density with the ends."""
        return picture(self)


def spectrum(
    target: Any,
    theta: ArrayLike | None = None,
    *,
    method: Method = "auto",
    ends: int = 3,
    probes: int = 10,
    seed: Seed = 0,
) -> Spectrum:
    """Return the eigenvalues of the Hessian of J at θ, with condition number, inertia and verdict.

    "full" takes LAPACK's decomposition of the P × P matrix: some 9 P³ flops and 32 P² bytes. "lanczos" takes
    products H v: the ends with residuals, and the density of what lies between by stochastic quadrature.
    "ldlt" adds the inertia, counted by factoring H ± tolerance · I: 2 P³/3 flops and 16 P² bytes.

    Parameters
    ----------
    target : an :class:`ravine.EmpiricalRisk`, or an object with ``value``, ``gradient`` and ``hessian`` or
        ``hessian_product(theta, v)``.
    theta : (P,); None for the parameters of the risk's network.
    method : "auto" is "full" up to P = 2000.
    ends : how many eigenvalues Lanczos looks for at either end.
    probes : random vectors for the density, 40 products each; 0 leaves it out.
    seed : of Lanczos and the probes.

    Raises
    ------
    MemoryError : the matrix does not fit; the text has the figures.
    TypeError, ValueError : an argument breaks its rule, or the Hessian is not finite.

    >>> import ravine as rv
    >>> print(rv.diagnostics.spectrum(rv.surfaces.Ravine(condition=100), [1.0, 1.0]))
    Positive definite: J curves upward in every direction.
    spectrum of H             all eigenvalues
    ------------------------  ---------------
    parameters P                            2
    lowest eigenvalue                       1
    highest eigenvalue                    100
    zero to rounding below          4.441e-13
    condition number                      100
    positive, zero, negative          2, 0, 0
    """
    return from_target(Target(target, theta), method, ends, probes, seed)


def from_target(target: Target, method: Method, ends: int = 3, probes: int = 0, seed: Seed = 0) -> Spectrum:
    """Look at a target that has been made."""
    if method not in ("auto", "full", "ldlt", "lanczos"):
        raise ValueError(f"method must be 'auto', 'full', 'ldlt' or 'lanczos', got {method!r}")
    if method == "full" or (method == "auto" and target.order <= FULL):
        return _full(target)
    seen = _ends(target, require_count(ends, "ends"), require_count(probes, "probes", 0), seed)
    return replace(seen, inertia=target.inertia(seen.tolerance)) if method == "ldlt" else seen


def _full(target: Target) -> Spectrum:
    n = target.order
    values, vectors = target.eigen()
    tolerance = 10 * n * target.eps * float(np.abs(values).max())
    return Spectrum(
        order=n,
        eigenvalues=values,
        residuals=np.zeros(n),
        vectors=vectors[:, [0, -1]].copy(),
        complete=True,
        tolerance=tolerance,
        density=None,
        inertia=_counts(values, tolerance),
    )


def _ends(target: Target, ends: int, probes: int, seed: Seed) -> Spectrum:
    n = target.order
    target.keep_sweeps()
    random = generator(seed)
    few = min(ends, n // 2)
    accuracy = max(1e-10, 10 * target.eps)
    found = lanczos(
        target.product,
        n,
        max(few, 1),
        few if n > 1 else 0,
        tolerance=accuracy,
        seed=random,
        max_products=1000,
    )
    tolerance = 10 * n * target.eps * float(np.abs(found.values).max())
    complete = n == found.values.size
    density = spectral_density(target.product, n, probes=probes, seed=random) if probes else None
    return Spectrum(
        order=n,
        eigenvalues=found.values,
        residuals=found.residuals,
        vectors=found.vectors[:, [0, -1]].copy(),
        complete=complete,
        tolerance=tolerance,
        density=density,
        inertia=_counts(found.values, tolerance) if complete else None,
    )


def _counts(values: FloatArray, tolerance: float) -> tuple[int, int, int]:
    positive, negative = int((values > tolerance).sum()), int((values < -tolerance).sum())
    return positive, values.size - positive - negative, negative


def _definiteness(positive: bool, zero: bool, negative: bool) -> Definiteness:
    """What it is if there are eigenvalues of these signs."""
    if positive and negative:
        return Definiteness.INDEFINITE
    if positive:
        return Definiteness.POSITIVE_SEMIDEFINITE if zero else Definiteness.POSITIVE_DEFINITE
    if negative:
        return Definiteness.NEGATIVE_SEMIDEFINITE if zero else Definiteness.NEGATIVE_DEFINITE
    return Definiteness.ZERO


def _with_residual(value: float, residual: float) -> str:
    return format_number(value) if residual == 0 else f"{format_number(value)} ± {residual:.1g}"
