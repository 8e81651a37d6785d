"""Two functions on which minimisers have been tried since the beginning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ravine.surfaces.surface import FloatArray, Surface, Window

__all__ = ["Beale", "Rosenbrock"]


@dataclass(frozen=True)
class Rosenbrock(Surface):
    """J(x, y) = (1 - x)² + b (y - x²)²: a curved ravine, easy to enter, hard to follow.

    Source: Rosenbrock 1960, whose b is 100.

    Parameters
    ----------
    b : steepness of the walls, > 0.

    Raises
    ------
    ValueError : b is not a positive finite number.

    >>> import ravine as rv
    >>> rv.surfaces.Rosenbrock().gradient([0.0, 0.5]).tolist()
    [-2.0, 100.0]
    """

    b: float = 100.0

    name: ClassVar[str] = "rosenbrock"
    window: ClassVar[Window] = ((-1.9, 1.9), (-0.9, 2.4))
    goal: ClassVar[float] = 1e-2
    updates: ClassVar[int] = 5000

    def __post_init__(self) -> None:
        if not (np.isfinite(self.b) and self.b > 0):
            raise ValueError(f"b must be a positive finite number, got {self.b}")

    @property
    def start(self) -> FloatArray:
        """Rosenbrock's own, on the far side of the bend."""
        return np.array([-1.2, 1.0])

    @property
    def minima(self) -> FloatArray:
        """(1, 1), J = 0."""
        return np.array([[1.0, 1.0]])

    def values(self, points: FloatArray) -> FloatArray:
        """J at (..., 2) points."""
        x, y = points[..., 0], points[..., 1]
        return np.asarray((1 - x) ** 2 + self.b * (y - x * x) ** 2)

    def gradient(self, theta: ArrayLike) -> FloatArray:
        """∇J(θ)."""
        x, y = self._point(theta)
        across = 2 * self.b * (y - x * x)
        return np.array([-2 * (1 - x) - 2 * x * across, across])

    def hessian(self, theta: ArrayLike) -> FloatArray:
        """∇²J(θ)."""
        x, y = self._point(theta)
        mixed = -4 * self.b * x
        return np.array([[2 + 4 * self.b * (3 * x * x - y), mixed], [mixed, 2 * self.b]])


_BEALE = np.array([1.5, 2.25, 2.625])
_POWERS = np.array([1.0, 2.0, 3.0])


@dataclass(frozen=True)
class Beale(Surface):
    """J(x, y) = Σ_k (c_k - x (1 - yᵏ))², k = 1, 2, 3: flat arms between steep corners.

    c = (1.5, 2.25, 2.625).

    Source: Beale 1958, as number 5 of Moré, Garbow and Hillstrom 1981.

    >>> import ravine as rv
    >>> rv.surfaces.Beale().value([3.0, 0.5])
    0.0
    """

    name: ClassVar[str] = "beale"
    window: ClassVar[Window] = ((-0.2, 4.2), (-1.3, 1.6))
    goal: ClassVar[float] = 1e-3
    updates: ClassVar[int] = 2000

    @property
    def start(self) -> FloatArray:
        """(1, 1), where the slope along x is zero."""
        return np.array([1.0, 1.0])

    @property
    def minima(self) -> FloatArray:
        """(3, 1/2), J = 0."""
        return np.array([[3.0, 0.5]])

    def values(self, points: FloatArray) -> FloatArray:
        """J at (..., 2) points."""
        x, y = points[..., :1], points[..., 1:]
        return np.asarray(np.square(_BEALE - x * (1 - y**_POWERS)).sum(axis=-1))

    def gradient(self, theta: ArrayLike) -> FloatArray:
        """∇J(θ) = 2 Σ_k r_k ∇r_k."""
        residuals, slopes, _ = self._residuals(theta)
        return np.asarray(2 * slopes @ residuals)

    def hessian(self, theta: ArrayLike) -> FloatArray:
        """∇²J(θ) = 2 Σ_k (∇r_k ∇r_kᵀ + r_k ∇²r_k)."""
        residuals, slopes, curvatures = self._residuals(theta)
        return np.asarray(2 * (slopes @ slopes.T + curvatures @ residuals))

    def _residuals(self, theta: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Residuals (3,), their gradients (2, 3) and Hessians (2, 2, 3)."""
        x, y = self._point(theta)
        k = _POWERS
        residuals = _BEALE - x * (1 - y**k)
        slope = k * y ** (k - 1)  # of yᵏ
        bend = np.array([0.0, 2.0, 6.0 * y])  # its second derivative
        slopes = np.stack([y**k - 1, x * slope])
        curvatures = np.array([[np.zeros(3), slope], [slope, x * bend]])
        return residuals, slopes, curvatures
