"""What every surface offers; a new one says its value, gradient and Hessian, and where its minima lie."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["FloatArray", "Surface", "Window"]

FloatArray: TypeAlias = NDArray[np.float64]
Window: TypeAlias = tuple[tuple[float, float], tuple[float, float]]
"""Left and right, bottom and top of what a picture shows (of the first and the last coordinate)."""


class Surface(ABC):
    """A smooth function J: ℝⁿ → ℝ with its first two derivatives.

    Subclasses implement :meth:`values`, :meth:`gradient`, :meth:`hessian` and the properties.

    Attributes
    ----------
    name : the word by which the command line knows it.
    window : what a picture shows.
    goal : a value that counts as arrival, a little above the lowest.
    updates : how many updates a comparison allows, unless it is told otherwise.
    """

    name: ClassVar[str]
    window: ClassVar[Window]
    goal: ClassVar[float]
    updates: ClassVar[int]

    @property
    def dimension(self) -> int:
        """The number n of coordinates."""
        return 2

    @property
    @abstractmethod
    def start(self) -> FloatArray:
        """The customary starting point, a fresh (n,) array."""

    @property
    @abstractmethod
    def minima(self) -> FloatArray:
        """Points of lowest value, (k, n); where they form a curve, one point of it."""

    @abstractmethod
    def values(self, points: FloatArray) -> FloatArray:
        """J at each of many points: (..., n) gives (...)."""

    def value(self, theta: ArrayLike) -> float:
        """J(θ) at one point (n,)."""
        return float(self.values(self._point(theta)))

    @abstractmethod
    def gradient(self, theta: ArrayLike) -> FloatArray:
        """∇J(θ), a new (n,) array."""

    @abstractmethod
    def hessian(self, theta: ArrayLike) -> FloatArray:
        """∇²J(θ), a new (n, n) array, symmetric."""

    def value_and_gradient(self, theta: ArrayLike) -> tuple[float, FloatArray]:
        """J(θ) and ∇J(θ)."""
        return self.value(theta), self.gradient(theta)

    def _point(self, theta: ArrayLike) -> FloatArray:
        point = np.asarray(theta, dtype=np.float64)
        if point.shape != (self.dimension,):
            raise ValueError(f"theta has the shape {point.shape}: expected ({self.dimension},)")
        return point
