"""Two functions on which minimisers have been tried since the beginning."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ravine.problems.problem import FloatArray, SumOfSquares
from ravine.problems.small_sums import source_of
from ravine.surfaces.surface import Surface, Window

__all__ = ["Beale", "Rosenbrock"]


@dataclass(frozen=True)
class Rosenbrock(SumOfSquares, Surface):
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
    def source(self) -> str:
        """The first of a famous collection."""
        return source_of(1)

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

    def residuals(self, theta: ArrayLike) -> FloatArray:
        """√b (y - x²) and 1 - x."""
        x, y = self._point(theta)
        return np.array([math.sqrt(self.b) * (y - x * x), 1 - x])

    def jacobian(self, theta: ArrayLike) -> FloatArray:
        """∂r/∂θ."""
        x = self._point(theta)[0]
        root = math.sqrt(self.b)
        return np.array([[-2 * root * x, root], [-1.0, 0.0]])

    def residual_hessians(self, theta: ArrayLike) -> FloatArray:
        """∇²r: only the first is curved, along x."""
        self._point(theta)
        bends = np.zeros((2, 2, 2))
        bends[0, 0, 0] = -2 * math.sqrt(self.b)
        return bends


_BEALE = np.array([1.5, 2.25, 2.625])
_POWERS = np.array([1.0, 2.0, 3.0])


@dataclass(frozen=True)
class Beale(SumOfSquares, Surface):
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
    def source(self) -> str:
        """The fifth of a famous collection."""
        return source_of(5)

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

    def residuals(self, theta: ArrayLike) -> FloatArray:
        """c_k - x (1 - yᵏ)."""
        x, y = self._point(theta)
        return np.asarray(_BEALE - x * (1 - y**_POWERS))

    def jacobian(self, theta: ArrayLike) -> FloatArray:
        """∂r_k/∂θ = (yᵏ - 1, k x yᵏ⁻¹)."""
        x, y = self._point(theta)
        return np.stack([y**_POWERS - 1, x * _POWERS * y ** (_POWERS - 1)], axis=1)

    def residual_hessians(self, theta: ArrayLike) -> FloatArray:
        """∇²r_k."""
        x, y = self._point(theta)
        bends = np.zeros((3, 2, 2))
        bends[:, 0, 1] = bends[:, 1, 0] = _POWERS * y ** (_POWERS - 1)
        bends[:, 1, 1] = x * np.array([0.0, 2.0, 6.0 * y])
        return bends
