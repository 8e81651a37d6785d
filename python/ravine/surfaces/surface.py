"""What every surface offers; a new one says its value, gradient and Hessian, and where its minima lie."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, TypeAlias

from numpy.typing import ArrayLike

from ravine.problems.problem import FloatArray, Problem

__all__ = ["Surface", "Window"]

Window: TypeAlias = tuple[tuple[float, float], tuple[float, float]]
"""Left and right, bottom and top of what a picture shows (of the first and the last coordinate)."""


class Surface(Problem):
    """A problem to look at: a smooth function J: ℝⁿ → ℝ with its first two derivatives, and a window.

    Subclasses implement :meth:`values`, ``gradient``, ``hessian`` and the properties.

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

    @abstractmethod
    def values(self, points: FloatArray) -> FloatArray:
        """J at each of many points: (..., n) gives (...)."""

    def value(self, theta: ArrayLike) -> float:
        """J(θ) at one point (n,)."""
        return float(self.values(self._point(theta)))
