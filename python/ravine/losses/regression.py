"""Losses of quantities: each compares numbers with numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine.arrays import positive
from ravine.losses.base import Loss

__all__ = ["Cosine", "Gaussian", "Huber", "Poisson", "PseudoHuber", "SquaredError"]


@dataclass(frozen=True)
class SquaredError(Loss):
    """L = ½ ‖f − y‖², the sum over outputs.

    y : (N, c) numbers, or (N,) for one output. Source: Goodfellow, Bengio, Courville, Deep Learning (2016),
    section 6.2.2.1.

    >>> import ravine as rv
    >>> rv.losses.SquaredError().evaluate([[1.0, 3.0]], [[0.0, 1.0]]).value
    array([2.5])
    """

    name = "squared_error"


@dataclass(frozen=True)
class Huber(Loss):
    """L = Σₖ ½ e² where |e| ≤ δ, else δ (|e| − ½ δ), e = fₖ − yₖ: squared error that outliers do not rule.

    delta : δ > 0. y : (N, c) numbers, or (N,) for one output. ∇² jumps at |e| = δ, where it is taken as 1.
    Source: P. J. Huber, Annals of Mathematical Statistics 35 (1964), page 73.

    >>> import ravine as rv
    >>> rv.losses.Huber(delta=1.0).evaluate([[0.5], [3.0]], [0.0, 0.0]).value
    array([0.125, 2.5  ])
    """

    name = "huber"
    delta: float = 1.0

    def __post_init__(self) -> None:
        positive(self.delta, "delta")

    @property
    def parameter(self) -> float:
        """δ."""
        return float(self.delta)


@dataclass(frozen=True)
class PseudoHuber(Loss):
    """L = Σₖ δ² (√(1 + (e/δ)²) − 1), e = fₖ − yₖ: Huber's idea with all derivatives.

    delta : δ > 0. y : (N, c) numbers, or (N,) for one output. Source: R. Hartley and A. Zisserman, Multiple
    View Geometry (2nd edition, 2003), appendix 6.8.

    >>> import ravine as rv
    >>> rv.losses.PseudoHuber(delta=4.0).evaluate([[3.0]], [0.0]).value
    array([4.])
    """

    name = "pseudo_huber"
    delta: float = 1.0

    def __post_init__(self) -> None:
        positive(self.delta, "delta")

    @property
    def parameter(self) -> float:
        """δ."""
        return float(self.delta)


@dataclass(frozen=True)
class Poisson(Loss):
    """L = Σₖ exp(fₖ) − yₖ fₖ: f is the logarithm of the rate of a count; log y! is left out.

    y : (N, c) or (N,), not negative, whole or not. Where y is 0 the loss has no minimum: f → −∞. Source:
    P. McCullagh and J. A. Nelder, Generalized Linear Models (2nd edition, 1989), chapter 6.

    >>> import ravine as rv
    >>> rv.losses.Poisson().evaluate([[0.0]], [3.0]).gradient
    array([[-2.]])
    """

    name = "poisson"
    target_kind = "counts"


@dataclass(frozen=True)
class Gaussian(Loss):
    """L = ½ Σⱼ log vⱼ + (yⱼ − μⱼ)²/vⱼ, vⱼ = v₀ + exp(sⱼ): mean and variance are both learned.

    The outputs are [μ₁ … μ_m, s₁ … s_m], c = 2m of them, and y is (N, m), or (N,) for m = 1. The constant
    ½ m log 2π is left out. minimum_variance : v₀ > 0 is a floor: without it a sample that is met exactly
    would make L fall without end. The loss is not convex in f; its curvature is the Fisher information
    diag(1/vⱼ, ½ pⱼ²), pⱼ = exp(sⱼ)/vⱼ. Source: D. A. Nix and A. S. Weigend, Estimating the mean and variance
    of the target probability distribution (ICNN 1994).

    >>> import ravine as rv
    >>> loss = rv.losses.Gaussian(minimum_variance=1.0)
    >>> mean, variance = loss.mean_and_variance([[2.0, 0.0]])
    >>> mean, variance, loss.evaluate([[2.0, 0.0]], [2.0]).value.round(4)
    (array([[2.]]), array([[2.]]), array([0.3466]))
    """

    name = "gaussian"
    minimum_variance: float = 1e-6

    def __post_init__(self) -> None:
        positive(self.minimum_variance, "minimum_variance")

    @property
    def parameter(self) -> float:
        """v₀."""
        return float(self.minimum_variance)

    def target_columns(self, outputs: int) -> int | None:
        """Return m, half the number of outputs."""
        if outputs % 2 != 0:
            raise ValueError(
                "loss='gaussian' needs two outputs, a mean and a variance parameter, for each column of y: "
                f"an even number, got {outputs}"
            )
        return outputs // 2

    def mean_and_variance(self, outputs: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return μ and v, (N, m) each, of raw outputs (N, 2m)."""
        f = np.asarray(outputs)
        m = self.target_columns(f.shape[1])
        with np.errstate(over="ignore"):  # a variance beyond the largest number is infinite
            return f[:, :m], f.dtype.type(self.minimum_variance) + np.exp(f[:, m:])


@dataclass(frozen=True)
class Cosine(Loss):
    """L = 1 − f·y / (‖f‖ ‖y‖): the direction counts, the length does not.

    y : (N, c) numbers. Where all entries of f or of y are smaller than √(smallest normal number) (1.1e-19 in
    float32, 1.5e-154 in float64), L = 1 and its derivatives are 0. It is not convex; its curvature is that of
    ½ ‖f/‖f‖ − y/‖y‖‖², which is the same loss: (I − uuᵀ)/‖f‖², u = f/‖f‖, for y ≠ 0. Source: G. Salton and
    M. J. McGill, Introduction to Modern Information Retrieval (1983), section 4.1.

    >>> import ravine as rv
    >>> rv.losses.Cosine().evaluate([[3.0, 4.0], [0.0, 0.0]], [[6.0, 8.0], [1.0, 0.0]]).value
    array([0., 1.])
    """

    name = "cosine"
    sums_over_outputs = False
