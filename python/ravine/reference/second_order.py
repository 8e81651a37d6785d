"""Minimisers that see the Hessian: regularised Newton, and the trust region solved exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from ravine.reference.first_order import Found
from ravine.reference.line_search import ValueAndGradient
from ravine.reference.types import Array

Hessian: TypeAlias = Callable[[Array], Array]
"""θ to ∇²f(θ)."""


def lowest_curvature(H: Array) -> tuple[float, Array]:
    """λ_min and its eigenvector; 0 where λ_min ≥ -10 P eps ‖H‖₂, which rounding does not tell from 0.

    >>> lowest_curvature(np.diag([2.0, -1.0]))[0]
    -1.0
    """
    values, vectors = np.linalg.eigh(H)
    rounding = 10 * len(values) * np.finfo(float).eps * np.abs(values).max()
    return (float(values[0]) if values[0] < -rounding else 0.0), vectors[:, 0]


def newton(
    fun: ValueAndGradient, hessian: Hessian, theta: Array, *, maxiter: int = 1000, gtol: float = 1e-8
) -> Found:
    """Solve (H + αI) p = -g by Cholesky; α grows until that works and p descends, and shrinks after it.

    A failing pivot says that H + αI is not positive definite (Nocedal and Wright 2006, Algorithm 3.3); the
    gain ratio steers α as it steers a trust region (Algorithm 4.1). Where ‖g‖ ≤ gtol, or nothing lower is
    found, and λ_min < 0, the point is a saddle or a maximum, and is left along the lowest eigenvector.

    >>> def saddle(x):
    ...     return float(x[0] ** 2 - x[1] ** 2 + x[1] ** 4 / 2), 2 * np.array([x[0], x[1] ** 3 - x[1]])
    >>> found = newton(saddle, lambda x: np.diag([2.0, 6 * x[1] ** 2 - 2]), np.zeros(2))
    >>> np.abs(found.theta).round(6).tolist(), found.value
    ([0.0, 1.0], -0.5)
    """
    here = _Point(theta, *fun(theta))
    alpha = 0.0
    for iteration in range(maxiter):
        H = hessian(here.theta)
        lower = None
        if np.linalg.norm(here.gradient) > gtol:
            lower, alpha = _descend(fun, here, H, alpha)
        if lower is None:
            lower = _escape(fun, here, H)
        if lower is None:
            return Found(*here, iteration)
        here = lower
    return Found(*here, maxiter)


class _Point(NamedTuple):
    theta: Array
    value: float
    gradient: Array


def _descend(fun: ValueAndGradient, here: _Point, H: Array, alpha: float) -> tuple[_Point | None, float]:
    """The first lower point as α grows, or None at the rounding floor; and the α to begin with next time."""
    g = here.gradient
    for _ in range(100):
        p, alpha = shifted_solve(H, g, alpha)
        trial = _Point(here.theta + p, *fun(here.theta + p))
        gain = (here.value - trial.value) / -float(g @ p + 0.5 * p @ H @ p)
        along = -float(g @ p) / float(p @ p)  # the curvature of the model along p: adding it halves the step
        if gain > 0.75:
            return trial, alpha / 5 if alpha > 1e-8 * along else 0.0
        if gain > 0.25:
            return trial, alpha
        alpha = max(4 * alpha, along)
        if gain > 1e-4:
            return trial, alpha
    return None, alpha


def _escape(fun: ValueAndGradient, here: _Point, H: Array) -> _Point | None:
    """A lower point along the lowest eigenvector, where f falls; None if no curvature is negative."""
    curvature, u = lowest_curvature(H)
    for halvings in range(60 if curvature < 0 else 0):
        p = 0.5**halvings * (-u if here.gradient @ u > 0 else u)
        trial = _Point(here.theta + p, *fun(here.theta + p))
        if trial.value < here.value:
            return trial
    return None


def shifted_solve(H: Array, g: Array, alpha: float) -> tuple[Array, float]:
    """Solve for p = -(H + αI)⁻¹ g; the α that it took, from the one that is given upwards, comes with it.

    >>> p, alpha = shifted_solve(np.diag([1.0, -1.0]), np.ones(2), 0.5)
    >>> p.round(6).tolist(), alpha
    ([-0.333333, -1.0], 2.0)
    """
    try:
        return -solve_by_cholesky(H + alpha * np.eye(len(g)), g), alpha
    except np.linalg.LinAlgError:
        larger = 4 * alpha if alpha > 0 else 1e-8 * (1 + float(np.abs(np.diag(H)).max()))
    return shifted_solve(H, g, larger)


def solve_by_cholesky(A: Array, b: Array) -> Array:
    """X with A x = b for a positive definite A = LLᵀ; raises LinAlgError for any other.

    NumPy has LAPACK's factorisation and no triangular solution, so L is solved with as any matrix is.

    >>> solve_by_cholesky(np.array([[4.0, 2.0], [2.0, 5.0]]), np.array([8.0, 12.0]))
    array([1., 2.])
    """
    L = np.linalg.cholesky(A)
    return np.linalg.solve(L.T, np.linalg.solve(L, b))


def trust_region(
    fun: ValueAndGradient,
    hessian: Hessian,
    theta: Array,
    *,
    maxiter: int = 1000,
    gtol: float = 1e-8,
    initial_trust_radius: float = 1.0,
    max_trust_radius: float = 1e10,
    eta: float = 1e-4,
) -> Found:
    """Minimise the quadratic model within ‖p‖ ≤ Δ, exactly; Δ follows the gain ratio, Algorithm 4.1.

    >>> def saddle(x):
    ...     return float(x[0] ** 2 - x[1] ** 2 + x[1] ** 4 / 2), 2 * np.array([x[0], x[1] ** 3 - x[1]])
    >>> found = trust_region(saddle, lambda x: np.diag([2.0, 6 * x[1] ** 2 - 2]), np.zeros(2))
    >>> np.abs(found.theta).round(6).tolist(), found.value
    ([0.0, 1.0], -0.5)
    """
    value, g = fun(theta)
    radius = initial_trust_radius
    for iteration in range(maxiter):
        H = hessian(theta)
        if np.linalg.norm(g) <= gtol and lowest_curvature(H)[0] == 0.0:
            return Found(theta, value, g, iteration)
        gain = -1.0
        while gain <= eta:
            p = region_step(g, H, radius)
            length = float(np.linalg.norm(p))
            trial_value, trial_g = fun(theta + p)
            predicted = -float(g @ p + 0.5 * p @ H @ p)
            gain = (value - trial_value) / predicted if predicted > 0 else -1.0
            if not gain >= 0.25:
                radius = length / 4
            elif gain > 0.75 and length > 0.99 * radius:
                radius = min(2 * radius, max_trust_radius)
            if radius < 1e-15 * (1 + np.linalg.norm(theta)):
                return Found(theta, value, g, iteration)  # nothing lower: the rounding floor
            gain = gain if np.isfinite(gain) else -1.0
        theta, value, g = theta + p, trial_value, trial_g
    return Found(theta, value, g, maxiter)


def region_step(g: Array, H: Array, radius: float) -> Array:
    """The p that minimises gᵀp + ½pᵀHp within ‖p‖ ≤ Δ (Moré and Sorensen 1983; Theorem 4.1).

    (H + λI) p = -g with H + λI positive semidefinite, λ ≥ 0, and λ = 0 or ‖p‖ = Δ. In the eigenvectors q_j
    of H, ‖p(λ)‖² = Σ (q_jᵀg)²/(λ_j + λ)². In the hard case (4.45) g has no share in the lowest eigenvectors
    and p(-λ₁) is too short: the rest is made up along one of them.

    >>> region_step(np.array([0.0, 1.0]), np.diag([-1.0, 1.0]), 2.0).round(6).tolist()
    [1.936492, -0.5]
    """
    values, Q = np.linalg.eigh(H)
    c = Q.T @ g
    gaps = values + max(0.0, -float(values[0]))  # those of the least H + λI that is positive semidefinite
    tiny = len(g) * np.finfo(float).eps
    lowest = gaps <= tiny * np.abs(values).max()
    if np.linalg.norm(c[lowest]) <= tiny * np.linalg.norm(c):
        p = np.where(lowest, 0.0, -c / np.where(lowest, 1.0, gaps))
        missing = radius**2 - float(p @ p)
        if missing >= 0:
            if values[0] < 0:
                p[0] = np.sqrt(missing)
            return np.asarray(Q @ p)
    elif not lowest.any() and np.linalg.norm(c / gaps) <= radius:
        return np.asarray(Q @ (-c / gaps))
    return np.asarray(Q @ (-c / (gaps + _excess(gaps, c, radius))))


def _excess(gaps: Array, c: Array, radius: float) -> float:
    """The shift x > 0 beyond the least one at which ‖p‖ = Δ: Newton on 1/Δ - 1/‖p‖ (4.44), within bounds.

    Counted from the least shift, x keeps its digits however small it is: in a nearly hard case.
    """
    low, high = 0.0, float(np.linalg.norm(c)) / radius
    x = high
    for _ in range(200):
        p = c / (gaps + x)
        length = float(np.linalg.norm(p))
        if abs(length - radius) <= 1e-14 * radius:
            break
        low, high = (x, high) if length > radius else (low, x)
        x += length**2 / float(p @ (p / (gaps + x))) * (length - radius) / radius
        if not low < x < high:
            x = (low + high) / 2
    return x
