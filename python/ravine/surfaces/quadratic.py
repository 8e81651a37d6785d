"""The picture that gave the package its name: a quadratic valley, steep across and flat along."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ravine.problems.problem import FloatArray
from ravine.surfaces.surface import Surface, Window

__all__ = ["Ravine"]


@dataclass(frozen=True)
class Ravine(Surface):
    """J(θ) = ½ θᵀAθ with eigenvalues spread geometrically from 1 (along) to `condition` (across).

    Gradient descent at rate α multiplies eigencomponent i by 1 - αλ_i an update, so it needs α < 2/condition
    and then takes about `condition` updates along the valley (Goodfellow, Bengio and Courville 2016, §4.3).

    Parameters
    ----------
    condition : largest over smallest eigenvalue, ≥ 1.
    dimension : number of coordinates, ≥ 2.
    angle : radians by which the flattest direction is turned out of the first axis, in the plane of the first
        and last axes. At 0 the axes are eigenvectors, which favours rules that scale each
        coordinate by itself.

    Raises
    ------
    ValueError : condition < 1 or not finite, dimension < 2, angle not finite.

    >>> import ravine as rv
    >>> rv.surfaces.Ravine(condition=100).hessian([0.0, 0.0])
    array([[  1.,   0.],
           [  0., 100.]])
    """

    condition: float = 100.0
    dimension: int = 2
    angle: float = 0.0

    name: ClassVar[str] = "ravine"
    window: ClassVar[Window] = ((-11.0, 3.0), (-2.5, 2.5))
    goal: ClassVar[float] = 1e-3
    updates: ClassVar[int] = 1000

    def __post_init__(self) -> None:
        if not (math.isfinite(self.condition) and self.condition >= 1):
            raise ValueError(f"condition must be a finite number ≥ 1, got {self.condition}")
        if self.dimension < 2:
            raise ValueError(f"dimension must be at least 2, got {self.dimension}")
        if not math.isfinite(self.angle):
            raise ValueError(f"angle must be finite, got {self.angle}")

    @property
    def eigenvalues(self) -> FloatArray:
        """The (n,) eigenvalues of A, ascending."""
        return np.geomspace(1.0, self.condition, self.dimension)

    @property
    def start(self) -> FloatArray:
        """Ten from the minimum along the valley, and one across in every other direction."""
        components = np.ones(self.dimension)
        components[0] = -10.0
        return self._eigenvectors() @ components

    @property
    def minima(self) -> FloatArray:
        """The origin, J = 0."""
        return np.zeros((1, self.dimension))

    def values(self, points: FloatArray) -> FloatArray:
        """½ Σ_i λ_i c_i² of the eigencomponents c."""
        components = np.asarray(points, dtype=np.float64) @ self._eigenvectors()
        return np.asarray(0.5 * np.square(components) @ self.eigenvalues)

    def gradient(self, theta: ArrayLike) -> FloatArray:
        """Aθ."""
        vectors = self._eigenvectors()
        return np.asarray(vectors @ (self.eigenvalues * (vectors.T @ self._point(theta))))

    def hessian(self, theta: ArrayLike) -> FloatArray:
        """A, wherever θ is."""
        self._point(theta)
        vectors = self._eigenvectors()
        A = (vectors * self.eigenvalues) @ vectors.T
        return np.asarray(0.5 * (A + A.T))

    def _eigenvectors(self) -> FloatArray:
        """Columns: the unit vectors, the first and the last turned by the angle."""
        vectors = np.eye(self.dimension)
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        vectors[0, 0] = vectors[-1, -1] = cosine
        vectors[-1, 0], vectors[0, -1] = sine, -sine
        return vectors
