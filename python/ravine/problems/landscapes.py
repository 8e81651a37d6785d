"""Hard cases, one trait each: what a minimiser must notice, survive, or say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ravine.problems.formula import Function, Residuals
from ravine.problems.problem import Problem

__all__ = ["landscapes"]


def landscapes() -> tuple[Problem, ...]:
    """Saddles, a maximum, flat and badly scaled minima, and functions that have none."""
    return (
        strict_saddle(),
        maximum(),
        monkey_saddle(),
        flat_quartic(),
        no_finite_minimum(),
        unbounded_below(),
        indefinite_quadratic(),
        badly_scaled_quadratic(),
        tiny_residuals(),
    )


def strict_saddle() -> Function:
    """¼(x² - 1)² + ½(y - x)²: the start is the strict saddle itself, and its escape is along no axis."""
    return Function(
        "strict-saddle",
        lambda x: (x[0] ** 2 - 1) ** 2 / 4 + (x[1] - x[0]) ** 2 / 2,
        begin=[[0, 0], [1, -1]],
        minima_at=[[1, 1], [-1, -1]],
        lowest=0.0,
    )


def maximum() -> Function:
    """Cos x + cos y, from the top."""
    corners = [[a * math.pi, b * math.pi] for a in (1, -1) for b in (1, -1)]
    return Function("maximum", lambda x: np.cos(x[0]) + np.cos(x[1]), [[0, 0]], corners, lowest=-2.0)


def monkey_saddle() -> Function:
    """x³ - 3xy² + ¼(x² + y²)²: three valleys and three ridges meet at the origin, where ∇J and ∇²J vanish.

    The second-order conditions hold there, so a method of second order may stop, if it says that the point is
    degenerate. From the first start the gradient leads along a ridge into it.
    """

    def formula(x: Any) -> Any:
        return x[0] ** 3 - 3 * x[0] * x[1] ** 2 + (x[0] ** 2 + x[1] ** 2) ** 2 / 4

    third = 1.5 * math.sqrt(3)
    minima = [[-3.0, 0.0], [1.5, third], [1.5, -third]]
    return Function("monkey-saddle", formula, [[1, 0], [0, 0]], minima, -6.75, (0.0,))


def flat_quartic(n: int = 3) -> Function:
    """¼ Σ i x_i⁴: the Hessian vanishes at the minimum, and Newton's method converges only linearly, by ⅔."""
    weights = np.arange(1.0, n + 1) / 4
    return Function("flat-quartic", lambda x: (weights * x**4).sum(), [np.ones(n)], [np.zeros(n)], lowest=0.0)


def no_finite_minimum() -> Function:
    """exp(-x) + ½y²: falls for ever toward 0, which no point reaches."""
    return Function("no-finite-minimum", lambda x: np.exp(-x[0]) + x[1] ** 2 / 2, [[0, 1]], lowest=0.0)


def unbounded_below() -> Function:
    """½y² - x: falls for ever, at a slope that stays."""
    return Function("unbounded-below", lambda x: x[1] ** 2 / 2 - x[0], [[0, 1]], lowest=-math.inf)


def indefinite_quadratic() -> Function:
    """½ xᵀAx with eigenvalues 3, 1 and -1, from a point where steepest descent first heads for the saddle."""
    vectors = np.array([[2, -2, 1], [1, 2, 2], [2, 1, -2]]) / 3
    A = vectors.T @ np.diag([3.0, 1.0, -1.0]) @ vectors
    start = vectors.T @ [1, 1, 1e-3]

    def formula(x: Any) -> Any:
        return (x * (A @ x)).sum() / 2

    return Function("indefinite-quadratic", formula, [start], lowest=-math.inf)


def badly_scaled_quadratic() -> Function:
    """½ Σ s_i (x_i - 1)² with s from 1e-6 to 1e6: condition number 1e12."""
    scales = np.geomspace(1e-6, 1e6, 5)

    def formula(x: Any) -> Any:
        return (scales * (x - 1) ** 2).sum() / 2

    return Function("badly-scaled-quadratic", formula, [np.zeros(5)], [np.ones(5)], lowest=0.0)


def tiny_residuals() -> Residuals:
    """x₁ exp(-x₂ t) + x₃ t through twenty points that lie 1e-13 beside it: the lowest value is 2e-25.

    A rounding floor of eps·|J| would be a number below 1e-40; what rounding of the residuals leaves is 1e-31.
    """
    t = np.arange(20.0) / 10
    y = np.exp(-2 * t) + 0.5 * t + 1e-13 * np.cos(math.pi * np.arange(20))

    def residuals(x: Any) -> Any:
        return x[0] * np.exp(-x[1] * t) + x[2] * t - y

    lowest_at = [1.0000000000000333, 2.0000000000000706, 0.4999999999999983]
    return Residuals("tiny-residuals", residuals, [[0.5, 1, 0]], [lowest_at], lowest=1.977635246e-25)
