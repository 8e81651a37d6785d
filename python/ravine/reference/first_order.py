"""Minimisers that see values and gradients: BFGS, L-BFGS, nonlinear conjugate gradient.

All three walk by strong Wolfe steps, and differ in the direction alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from ravine.reference.line_search import Place, ValueAndGradient, strong_wolfe
from ravine.reference.types import Array


class Found(NamedTuple):
    """Where a minimiser stopped."""

    theta: Array
    value: float
    gradient: Array
    iterations: int


def bfgs(fun: ValueAndGradient, theta: Array, *, maxiter: int = 1000, gtol: float = 1e-8) -> Found:
    """Quasi-Newton with the inverse Hessian H as a matrix, Nocedal and Wright, Algorithm 6.1.

    H is scaled by (6.20) before its first update, and updated by (6.17)::

        H ← (I - ρ s yᵀ) H (I - ρ y sᵀ) + ρ s sᵀ,   ρ = 1/(yᵀs)

    >>> def bowl(x):
    ...     return float(x @ x + x[0] ** 2), 2 * x + [2 * x[0], 0]
    >>> bool(np.abs(bfgs(bowl, np.array([3.0, 1.0])).theta).max() < 1e-8)
    True
    """
    H: Array | None = None

    def direction(here: Place, before: Place | None) -> Array:
        nonlocal H
        if before is None:
            return -here.gradient
        s, y = here.theta - before.theta, here.gradient - before.gradient
        H = bfgs_update(np.eye(len(s)) * (y @ s) / (y @ y) if H is None else H, s, y)
        return np.asarray(-H @ here.gradient)

    return _walk(fun, theta, direction, maxiter, gtol)


def bfgs_update(H: Array, s: Array, y: Array) -> Array:
    """(6.17); left alone where rounding has spoilt yᵀs > 0, which the Wolfe conditions promise.

    >>> bfgs_update(np.eye(2), np.array([1.0, 0.0]), np.array([2.0, 0.0]))
    array([[0.5, 0. ],
           [0. , 1. ]])
    """
    curvature = y @ s
    if not curvature > 0:
        return H
    V = np.eye(len(s)) - np.outer(y, s) / curvature
    return np.asarray(V.T @ H @ V + np.outer(s, s) / curvature)


def lbfgs(
    fun: ValueAndGradient, theta: Array, *, maxcor: int = 10, maxiter: int = 1000, gtol: float = 1e-8
) -> Found:
    """The same without a matrix, from the last ``maxcor`` pairs (s, y), Algorithm 7.5.

    >>> def bowl(x):
    ...     return float(x @ x + x[0] ** 2), 2 * x + [2 * x[0], 0]
    >>> bool(np.abs(lbfgs(bowl, np.array([3.0, 1.0])).theta).max() < 1e-8)
    True
    """
    pairs: list[tuple[Array, Array]] = []

    def direction(here: Place, before: Place | None) -> Array:
        if before is not None:
            s, y = here.theta - before.theta, here.gradient - before.gradient
            if y @ s > 0:
                pairs.append((s, y))
                del pairs[:-maxcor]
        return -two_loops(pairs, here.gradient)

    return _walk(fun, theta, direction, maxiter, gtol)


def two_loops(pairs: list[tuple[Array, Array]], gradient: Array) -> Array:
    """H g by Algorithm 7.4, with H₀ = γI, γ = sᵀy/yᵀy of the last pair (7.20).

    >>> two_loops([(np.array([1.0, 0.0]), np.array([2.0, 0.0]))], np.array([2.0, 2.0]))
    array([1., 1.])
    """
    q, weights = gradient.copy(), []
    for s, y in reversed(pairs):
        weights.append((s @ q) / (y @ s))
        q = q - weights[-1] * y
    r = q if not pairs else q * (pairs[-1][0] @ pairs[-1][1]) / (pairs[-1][1] @ pairs[-1][1])
    for (s, y), weight in zip(pairs, reversed(weights), strict=True):
        r = r + s * (weight - (y @ r) / (y @ s))
    return np.asarray(r)


Beta: TypeAlias = Callable[[Array, Array, Array], float]
"""The share β of the old direction p, from the new gradient, the old one, and p."""

BETAS: dict[str, Beta] = {
    "fletcher-reeves": lambda g, old, _: float(g @ g / (old @ old)),  # (5.41a)
    "polak-ribiere": lambda g, old, _: max(0.0, float(g @ (g - old) / (old @ old))),  # (5.45), never negative
    "hestenes-stiefel": lambda g, old, p: float(g @ (g - old) / ((g - old) @ p)),  # (5.46)
    "dai-yuan": lambda g, old, p: float(g @ g / ((g - old) @ p)),  # (5.49)
    "hager-zhang": lambda g, old, p: _hager_zhang(g, g - old, p),  # (5.50)
}


def _hager_zhang(g: Array, y: Array, p: Array) -> float:
    return float((y - 2 * p * (y @ y) / (y @ p)) @ g / (y @ p))


def nonlinear_cg(
    fun: ValueAndGradient,
    theta: Array,
    *,
    beta: str = "polak-ribiere",
    maxiter: int = 10_000,
    gtol: float = 1e-8,
) -> Found:
    """P ← -g + βp, Algorithm 5.4, with a fresh start where p does not descend, or every n iterations.

    >>> def bowl(x):
    ...     return float(x @ x + x[0] ** 2), 2 * x + [2 * x[0], 0]
    >>> [bool(np.abs(nonlinear_cg(bowl, np.ones(2), beta=b).theta).max() < 1e-8) for b in BETAS]
    [True, True, True, True, True]
    """
    p, count = np.zeros_like(theta), 0

    def direction(here: Place, before: Place | None) -> Array:
        nonlocal p, count
        g, old = here.gradient, p
        p = -g if before is None else -g + BETAS[beta](g, before.gradient, old) * old
        count += 1
        if not g @ p < 0 or count > len(theta):
            p, count = -g, 0
        return p

    return _walk(fun, theta, direction, maxiter, gtol, conjugate=True)


def _walk(
    fun: ValueAndGradient,
    theta: Array,
    direction: Callable[[Place, Place | None], Array],
    maxiter: int,
    gtol: float,
    conjugate: bool = False,
) -> Found:
    """Direction, strong Wolfe step, again, until ‖g‖ ≤ gtol or no lower place is found.

    Quasi-Newton directions come with their length. Conjugate ones do not: their first trial is the step that
    would change f as much as the last one did, (3.60), and their search is a closer one.
    """
    value, gradient = fun(theta)
    here, before = Place(0.0, value, 0.0, theta, gradient), None
    for iteration in range(maxiter):
        length = float(np.linalg.norm(here.gradient))
        if length <= gtol:
            return Found(here.theta, here.value, here.gradient, iteration)
        p = direction(here, before)
        start = here._replace(step=0.0, slope=float(here.gradient @ p))
        first = min(1.0, 1.0 / length) if before is None else 1.0
        if conjugate and before is not None:
            first = here.step * before.slope / start.slope
        found = strong_wolfe(fun, start, p, first=first, c2=0.1 if conjugate else 0.9)
        if found.step == 0.0:
            return Found(here.theta, here.value, here.gradient, iteration)
        before, here = start, found
    return Found(here.theta, here.value, here.gradient, maxiter)
