"""Problems that are one formula: written once, differentiated by jets."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ravine.problems.jets import Jet
from ravine.problems.problem import FloatArray, Problem, SumOfSquares

__all__ = ["Formula", "Function", "Points", "Residuals", "check_size"]

Formula: TypeAlias = Callable[[Any], Any]
"""Takes the n coordinates as an array or a jet, and gives back the same kind: a number, or residuals (m,)."""

Points: TypeAlias = "Sequence[ArrayLike] | FloatArray"


def check_size(name: str, value: int, least: int, most: float = math.inf, multiple_of: int = 1) -> None:
    """Refuse a number of variables or residuals that a problem does not come in."""
    if not least <= value <= most or value % multiple_of:
        upper = "" if most == math.inf else f" and at most {most}"
        multiple = "" if multiple_of == 1 else f", a multiple of {multiple_of}"
        raise ValueError(f"{name} must be at least {least}{upper}{multiple}, got {value}")


@dataclass(frozen=True, eq=False)
class _OfFormula(Problem):
    """What stands in the catalogue about a formula; the constructor's words are those of :class:`Problem`."""

    name: str = ""
    formula: Formula = np.sum
    begin: Points = ()
    minima_at: Points = ()
    lowest: float | None = None
    other_values: tuple[float, ...] = ()
    source: str = ""

    @property
    def dimension(self) -> int:
        """The number n of coordinates."""
        return len(np.asarray(self.begin[0]))

    @property
    def start(self) -> FloatArray:
        """The customary starting point."""
        return np.array(self.begin[0], dtype=np.float64)

    @property
    def starts(self) -> FloatArray:
        """All customary starting points, (k, n)."""
        return np.array(self.begin, dtype=np.float64)

    @property
    def minima(self) -> FloatArray:
        """Points of lowest value, (k, n)."""
        return np.array(self.minima_at, dtype=np.float64).reshape(-1, self.dimension)

    @property
    def minimum(self) -> float | None:
        """The lowest value."""
        return super().minimum if self.lowest is None else self.lowest

    def _jet(self, theta: ArrayLike, order: int) -> Jet:
        with np.errstate(all="ignore"):
            result = self.formula(Jet.variables(self._point(theta), order))
        assert isinstance(result, Jet)
        return result


@dataclass(frozen=True, eq=False)
class Function(_OfFormula):
    """J(θ) from a formula of one number.

    >>> bowl = Function("bowl", lambda x: x[0] ** 2 + 3 * x[1] ** 2, begin=[[1, 1]], minima_at=[[0, 0]])
    >>> bowl.gradient([1.0, 2.0]).tolist(), bowl.minimum
    ([2.0, 12.0], 0.0)
    """

    def value(self, theta: ArrayLike) -> float:
        """J(θ)."""
        with np.errstate(all="ignore"):
            return float(self.formula(self._point(theta)))

    def gradient(self, theta: ArrayLike) -> FloatArray:
        """∇J(θ)."""
        return np.array(self._jet(theta, 1).slope, order="C")

    def hessian(self, theta: ArrayLike) -> FloatArray:
        """∇²J(θ)."""
        return np.array(self._jet(theta, 2).bend, order="C")


@dataclass(frozen=True, eq=False)
class Residuals(_OfFormula, SumOfSquares):
    """J(θ) = Σ_i r_i(θ)² from a formula of the residuals.

    >>> line = Residuals("line", lambda x: x[0] + x[1] * np.arange(3.0) - 1, begin=[[0, 0]])
    >>> line.value([0.0, 0.0]), line.jacobian([0.0, 0.0]).tolist()
    (3.0, [[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    """

    def residuals(self, theta: ArrayLike) -> FloatArray:
        """r(θ), (m,)."""
        with np.errstate(all="ignore"):
            return np.array(self.formula(self._point(theta)), dtype=np.float64)

    def jacobian(self, theta: ArrayLike) -> FloatArray:
        """∂r/∂θ, (m, n)."""
        return np.array(self._jet(theta, 1).slope, order="C")

    def residual_hessians(self, theta: ArrayLike) -> FloatArray:
        """∇²r_i(θ), (m, n, n)."""
        return np.array(self._jet(theta, 2).bend, order="C")
