"""What every problem of the catalogue offers, whatever it comes from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["FloatArray", "Problem", "SumOfSquares"]

FloatArray: TypeAlias = NDArray[np.float64]


class Problem(ABC):
    """A smooth function J: ℝⁿ → ℝ with its first two derivatives, where to start, and where it is lowest.

    Values, slopes and bends outside the domain of J, or beyond the range of the floating-point numbers, are
    NaN or infinite, without a warning: a minimiser has to bear them.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """The word by which the catalogue knows it."""

    @property
    def source(self) -> str:
        """Where it was published, with its number there; empty if nowhere."""
        return ""

    @property
    def dimension(self) -> int:
        """The number n of coordinates."""
        return len(self.start)

    @property
    @abstractmethod
    def start(self) -> FloatArray:
        """The customary starting point, a fresh (n,) array."""

    @property
    def starts(self) -> FloatArray:
        """All customary starting points, (k, n); the first of them is `start`."""
        return self.start[None]

    @property
    @abstractmethod
    def minima(self) -> FloatArray:
        """Points of lowest value, (k, n): one of each curve of them, none (k = 0) where no point is known."""

    @property
    def minimum(self) -> float | None:
        """The lowest value: -inf if there is none, None if it is not known."""
        return self.value(self.minima[0]) if len(self.minima) else None

    @property
    def other_values(self) -> tuple[float, ...]:
        """Values of the other critical points, and at infinity, at which a descent may well end."""
        return ()

    @abstractmethod
    def value(self, theta: ArrayLike) -> float:
        """J(θ) at one point (n,)."""

    @abstractmethod
    def gradient(self, theta: ArrayLike) -> FloatArray:
        """∇J(θ), a new (n,) array."""

    @abstractmethod
    def hessian(self, theta: ArrayLike) -> FloatArray:
        """∇²J(θ), a new (n, n) array, symmetric to the bit."""

    def value_and_gradient(self, theta: ArrayLike) -> tuple[float, FloatArray]:
        """J(θ) and ∇J(θ)."""
        return self.value(theta), self.gradient(theta)

    def _point(self, theta: ArrayLike) -> FloatArray:
        point = np.asarray(theta, dtype=np.float64)
        if point.shape != (self.dimension,):
            raise ValueError(f"theta has the shape {point.shape}: expected ({self.dimension},)")
        return point


class SumOfSquares(Problem):
    """J(θ) = Σ_i r_i(θ)²: a problem of least squares, without a factor ½, as the literature lists its values.

    ::

        ∇J = 2 Jᵀ r,   ∇²J = 2 (Jᵀ J + Σ_i r_i ∇²r_i),   J = ∂r/∂θ

    Subclasses implement :meth:`residuals`, :meth:`jacobian` and :meth:`residual_hessians`.
    """

    @abstractmethod
    def residuals(self, theta: ArrayLike) -> FloatArray:
        """r(θ), a new (m,) array."""

    @abstractmethod
    def jacobian(self, theta: ArrayLike) -> FloatArray:
        """∂r/∂θ, a new (m, n) array."""

    @abstractmethod
    def residual_hessians(self, theta: ArrayLike) -> FloatArray:
        """∇²r_i(θ) of each residual, a new (m, n, n) array."""

    def value(self, theta: ArrayLike) -> float:
        """Σ_i r_i(θ)²."""
        r = self.residuals(theta)
        with np.errstate(all="ignore"):
            return float(r @ r)

    def gradient(self, theta: ArrayLike) -> FloatArray:
        """2 Jᵀ r."""
        return self.value_and_gradient(theta)[1]

    def value_and_gradient(self, theta: ArrayLike) -> tuple[float, FloatArray]:
        """Σ_i r_i(θ)² and 2 Jᵀ r."""
        r, J = self.residuals(theta), self.jacobian(theta)
        with np.errstate(all="ignore"):
            return float(r @ r), np.asarray(2 * (J.T @ r))

    def hessian(self, theta: ArrayLike) -> FloatArray:
        """2 (Jᵀ J + Σ_i r_i ∇²r_i)."""
        r, J, bends = self.residuals(theta), self.jacobian(theta), self.residual_hessians(theta)
        with np.errstate(all="ignore"):
            half = J.T @ J + np.tensordot(r, bends, axes=1)
            return np.asarray(half + half.T)
