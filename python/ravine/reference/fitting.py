"""Levenberg-Marquardt as it is printed: JᵀJ, a multiplied damping, one solution of a linear system."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from ravine.reference.derivatives import jacobian
from ravine.reference.network import Network, predict
from ravine.reference.types import Array

Residuals: TypeAlias = Callable[[Array], Array]
"""θ to r(θ), (m,), and θ to ∂r/∂θ, (m, P)."""


class Fit(NamedTuple):
    """Where it stopped."""

    theta: Array
    value: float
    """Σ r²"""
    gradient: Array
    """Jᵀr"""
    iterations: int
    mu: float


def levenberg_marquardt(
    residuals: Residuals,
    jacobian: Residuals,
    theta: Array,
    *,
    maxiter: int = 1000,
    gtol: float = 1e-10,
    goal: float = 0.0,
    stop: Callable[[Array, float], bool] = lambda _theta, _value: False,
    mu: float = 1e-3,
    mu_dec: float = 0.1,
    mu_inc: float = 10.0,
    mu_max: float = 1e10,
    solve: Callable[[Array, Array], Array] = np.linalg.solve,
) -> Fit:
    """Make ½ Σ r² small by (JᵀJ + μI) p = -Jᵀr, Nocedal and Wright 2006, (10.34a); Hagan and Menhaj 1994.

    A step that lowers Σ r² is taken and μ multiplied by ``mu_dec``; one that does not is tried again with
    μ · ``mu_inc``. The run ends where ‖Jᵀr‖ ≤ gtol, Σ r² ≤ goal, ``stop(theta, value)`` says so, or no μ up
    to ``mu_max`` helps. ``solve`` takes a positive definite matrix and a right-hand side.

    >>> t = np.array([0.0, 1.0, 2.0])
    >>> fit = levenberg_marquardt(
    ...     lambda x: x[0] * np.exp(x[1] * t) - [2.0, 1.0, 0.5],
    ...     lambda x: np.stack([np.exp(x[1] * t), x[0] * t * np.exp(x[1] * t)], axis=1),
    ...     np.array([1.0, 0.0]),
    ... )
    >>> fit.theta.round(6).tolist()
    [2.0, -0.693147]
    """
    r = residuals(theta)
    value = _square(r)
    for iteration in range(maxiter):
        J = jacobian(theta)
        g, A = J.T @ r, J.T @ J
        if np.linalg.norm(g) <= gtol or value <= goal or stop(theta, value):
            return Fit(theta, value, g, iteration, mu)
        diagonal = A.diagonal().copy()
        while mu <= mu_max:
            np.fill_diagonal(A, diagonal + mu)
            try:
                trial = theta - solve(A, g)
            except np.linalg.LinAlgError:
                mu *= mu_inc
                continue
            trial_r = residuals(trial)
            trial_value = _square(trial_r)
            if trial_value < value:
                break
            mu *= mu_inc
        else:
            return Fit(theta, value, g, iteration, mu)
        theta, r, value = trial, trial_r, trial_value
        mu *= mu_dec
    return Fit(theta, value, jacobian(theta).T @ r, maxiter, mu)


def _square(r: Array) -> float:
    with np.errstate(all="ignore"):  # a step may lead beyond all measure; it is not taken then
        return float(r @ r)


def network_residuals(network: Network, X: Array, y: Array) -> tuple[Residuals, Residuals]:
    """What Levenberg-Marquardt needs to fit a network: r = f(X) - y, (N n_L,), and ∂r/∂θ, (N n_L, P).

    >>> r, J = network_residuals(Network([1, 1], ["identity"], [True]), np.array([[1.0], [2.0]]), np.zeros(2))
    >>> r(np.array([3.0, 1.0])), J(np.array([3.0, 1.0])).tolist()
    (array([4., 7.]), [[1.0, 1.0], [2.0, 1.0]])
    """
    targets = np.asarray(y, dtype=X.dtype).ravel()

    def residuals(theta: Array) -> Array:
        return predict(network, theta, X).ravel() - targets

    def slopes(theta: Array) -> Array:
        return jacobian(network, theta, X).reshape(len(targets), -1)

    return residuals, slopes
