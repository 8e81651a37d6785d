"""Three places where gradient descent fails in its own way: a saddle, a cliff, a plateau."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ravine.problems.problem import FloatArray
from ravine.surfaces.surface import Surface, Window

__all__ = ["Cliff", "Plateau", "Saddle"]


@dataclass(frozen=True)
class Saddle(Surface):
    """J(x, y) = ½x² - ½y² + ¼y⁴: a strict saddle at the origin, walls that end the fall, two equal minima.

    The start lies `offset` beside the ridge y = 0. On it every gradient rule walks into the saddle and stays;
    beside it gradient descent at rate α takes about log(1/offset)/log(1 + α) updates to notice.

    Parameters
    ----------
    offset : distance of the start from the ridge; 0 puts it on the ridge.

    Raises
    ------
    ValueError : offset is not finite.

    >>> import ravine as rv
    >>> np.linalg.eigvalsh(rv.surfaces.Saddle().hessian([0.0, 0.0])).tolist()
    [-1.0, 1.0]
    """

    offset: float = 1e-6

    name: ClassVar[str] = "saddle"
    window: ClassVar[Window] = ((-1.1, 1.5), (-1.5, 1.5))
    goal: ClassVar[float] = -0.249
    updates: ClassVar[int] = 100

    def __post_init__(self) -> None:
        if not math.isfinite(self.offset):
            raise ValueError(f"offset must be finite, got {self.offset}")

    @property
    def start(self) -> FloatArray:
        """(1, offset)."""
        return np.array([1.0, self.offset])

    @property
    def minima(self) -> FloatArray:
        """(0, 1) and (0, -1), J = -¼."""
        return np.array([[0.0, 1.0], [0.0, -1.0]])

    def values(self, points: FloatArray) -> FloatArray:
        """J at (..., 2) points."""
        x, y = points[..., 0], points[..., 1]
        return np.asarray(0.5 * x * x - 0.5 * y * y + 0.25 * y**4)

    def gradient(self, theta: ArrayLike) -> FloatArray:
        """(x, y³ - y)."""
        x, y = self._point(theta)
        return np.array([x, y**3 - y])

    def hessian(self, theta: ArrayLike) -> FloatArray:
        """diag(1, 3y² - 1)."""
        y = self._point(theta)[1]
        return np.diag([1.0, 3 * y * y - 1])


@dataclass(frozen=True)
class Cliff(Surface):
    """J(w, v) = ½ (wᵈ v - 1)²: d layers that share one weight w, and an output weight v.

    For w < 1 the product vanishes and the ground is level; for w > 1 it explodes and the ground is a wall,
    whose gradient throws a step far away (Pascanu, Mikolov and Bengio 2013). All points with wᵈv = 1 are
    minima.

    Parameters
    ----------
    depth : d ≥ 1.

    Raises
    ------
    ValueError : depth < 1.

    >>> import ravine as rv
    >>> cliff = rv.surfaces.Cliff(depth=10)
    >>> cliff.value([1.0, 1.0]), round(float(np.linalg.norm(cliff.gradient([1.5, 1.0]))))
    (0.0, 22028)
    """

    depth: int = 10

    name: ClassVar[str] = "cliff"
    window: ClassVar[Window] = ((0.3, 1.5), (-0.2, 1.6))
    goal: ClassVar[float] = 1e-3
    updates: ClassVar[int] = 1000

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise ValueError(f"depth must be at least 1, got {self.depth}")

    @property
    def start(self) -> FloatArray:
        """On the wall."""
        return np.array([1.3, 0.8])

    @property
    def minima(self) -> FloatArray:
        """(1, 1), one point of the curve wᵈv = 1; J = 0."""
        return np.array([[1.0, 1.0]])

    def values(self, points: FloatArray) -> FloatArray:
        """J at (..., 2) points."""
        w, v = points[..., 0], points[..., 1]
        return np.asarray(0.5 * np.square(w**self.depth * v - 1))

    def gradient(self, theta: ArrayLike) -> FloatArray:
        """(wᵈv - 1) (d wᵈ⁻¹ v, wᵈ)."""
        w, v = self._point(theta)
        d = self.depth
        residual = w**d * v - 1
        return np.array([residual * d * w ** (d - 1) * v, residual * w**d])

    def hessian(self, theta: ArrayLike) -> FloatArray:
        """∇r ∇rᵀ + r ∇²r for r = wᵈv - 1."""
        w, v = self._point(theta)
        d = self.depth
        slope = np.array([d * w ** (d - 1) * v, w**d])
        bend = d * (d - 1) * w ** (d - 2) * v if d > 1 else 0.0
        mixed = d * w ** (d - 1)
        return np.asarray(np.outer(slope, slope) + (w**d * v - 1) * np.array([[bend, mixed], [mixed, 0.0]]))


@dataclass(frozen=True)
class Plateau(Surface):
    """J(θ) = 1 - exp(-½‖θ‖²): a hole in a plain on which the gradient vanishes, as that of a saturated unit.

    >>> import ravine as rv
    >>> plateau = rv.surfaces.Plateau()
    >>> plateau.value([0.0, 0.0]), bool(np.linalg.norm(plateau.gradient(plateau.start)) < 0.01)
    (0.0, True)
    """

    name: ClassVar[str] = "plateau"
    window: ClassVar[Window] = ((-2.0, 4.0), (-2.2, 2.6))
    goal: ClassVar[float] = 1e-3
    updates: ClassVar[int] = 1000

    @property
    def start(self) -> FloatArray:
        """Far out on the plain, where ‖∇J‖ is about 0.005."""
        return np.array([3.2, 1.9])

    @property
    def minima(self) -> FloatArray:
        """The origin, J = 0."""
        return np.zeros((1, 2))

    def values(self, points: FloatArray) -> FloatArray:
        """J at (..., 2) points."""
        return np.asarray(-np.expm1(-0.5 * np.square(points).sum(axis=-1)))

    def gradient(self, theta: ArrayLike) -> FloatArray:
        """exp(-½‖θ‖²) θ."""
        point = self._point(theta)
        return np.asarray(math.exp(-0.5 * (point @ point)) * point)

    def hessian(self, theta: ArrayLike) -> FloatArray:
        """exp(-½‖θ‖²) (I - θθᵀ)."""
        point = self._point(theta)
        return np.asarray(math.exp(-0.5 * (point @ point)) * (np.eye(2) - np.outer(point, point)))
