"""Whether the derivatives that a user gives are those of the function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine.minimizers.functions import start_of
from ravine.objective import EmpiricalRisk
from ravine.tables import format_number, format_table

__all__ = ["DerivativeCheck", "check_derivatives"]

STEPS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
# More coordinates than this are not looked at one by one, but along as many random directions.
MOST_COORDINATES = 50
# What a derivative may be off, in units of its largest element, and of the doubts of the differences.
TOLERANCE, DOUBTS = 1e-6, 10.0


@dataclass(frozen=True)
class DerivativeCheck:
    """One derivative beside finite differences of what it is the derivative of.

    Attributes
    ----------
    name : "gradient", "jacobian" or "hessian".
    ok : whether they agree within what the differences can tell.
    along : the coordinate (int) where they differ most, or the direction (n,) where there are many.
    given, expected : the worst element as it was given, and by differences.
    uncertainty : of `expected`.
    error : |given - expected| in units of the largest element of both.
    """

    name: str
    ok: bool
    along: Any
    given: float
    expected: float
    uncertainty: float
    error: float

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        row = [
            self.name,
            "agrees" if self.ok else "DIFFERS",
            f"x[{self.along}]" if isinstance(self.along, int) else "a direction",
            *(format_number(each) for each in (self.given, self.expected, self.uncertainty)),
        ]
        return format_table(["", "", "worst along", "given", "by differences", "±"], [row])


def check_derivatives(
    fun: Any, x0: ArrayLike | None = None, jac: Any = None, hess: Any = None, args: Any = ()
) -> tuple[DerivativeCheck, ...]:
    """Hold jac and hess against finite differences at x0.

    Differences are central, of five points, for several steps; the step whose neighbours agree best is taken,
    and by how much they differ is its uncertainty.

    Parameters
    ----------
    fun : ``fun(x, *args)`` -> a number, or the residuals (m,) of a fit; or a risk, or an
        :class:`ravine.Objective`, which bring their own derivatives.
    x0 : (n,) where to look: best no special point. None: a risk's theta.
    jac : ``jac(x, *args)`` -> (n,), of residuals (m, n); True where fun returns (value, gradient).
    hess : ``hess(x, *args)`` -> (n, n), held against differences of jac.
    args : passed on.

    Returns
    -------
    One :class:`ravine.DerivativeCheck` for each derivative given; all(...) tells whether none differs.

    Raises
    ------
    TypeError, ValueError : there is nothing to check, or x0 is no vector.

    >>> import numpy as np, ravine as rv
    >>> checks = rv.check_derivatives(lambda x: x @ x, [1.0, 2.0], jac=lambda x: 2 * x)
    >>> all(checks), all(rv.check_derivatives(lambda x: x @ x, [1.0, 2.0], jac=lambda x: x))
    (True, False)
    """
    if isinstance(fun, EmpiricalRisk) and x0 is None:
        x0 = fun.net.theta
    x = start_of(x0)
    value, gradient, hessian = _callables(fun, jac, hess, args if isinstance(args, tuple) else (args,))
    if gradient is None:
        raise TypeError("there is nothing to check: jac is missing")
    name = "jacobian" if np.ndim(value(x.copy())) else "gradient"
    checks = [_check(name, value, gradient, x)]
    if hessian is not None:
        checks.append(_check("hessian", gradient, hessian, x))
    return tuple(checks)


def _callables(fun: Any, jac: Any, hess: Any, args: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    if not callable(fun):
        return fun.value, getattr(fun, "gradient", None), getattr(fun, "hessian", None)
    if jac is True:
        return (lambda x: fun(x, *args)[0]), (lambda x: fun(x, *args)[1]), hess and (lambda x: hess(x, *args))
    return (
        lambda x: fun(x, *args),
        jac and (lambda x: jac(x, *args)),
        hess and (lambda x: hess(x, *args)),
    )


def _check(
    name: str, function: Callable[..., Any], derivative: Callable[..., Any], x: NDArray[np.float64]
) -> DerivativeCheck:
    D = np.asarray(derivative(x.copy()), dtype=np.float64)
    if D.ndim == 0 or D.shape[-1] != x.size:
        raise ValueError(f"the {name} must have {x.size} columns, got shape {D.shape}")
    scale = max(float(np.abs(D).max()), np.finfo(np.float64).tiny)
    worst: DerivativeCheck | None = None
    for along, direction in _directions(x.size):
        given = np.atleast_1d(D @ direction)
        expected, doubt = _slope(function, x, direction)
        if given.shape != expected.shape:
            raise ValueError(f"the {name} has shape {D.shape}, of a function of shape {expected.shape}")
        apart = np.abs(given - expected)
        excess = apart / (TOLERANCE * max(scale, float(np.abs(expected).max())) + DOUBTS * doubt)
        k = int(np.argmax(np.where(np.isnan(excess), np.inf, excess)))
        error = float(apart[k] / max(scale, float(np.abs(expected).max())))
        found = DerivativeCheck(
            name, bool(excess[k] <= 1), along, float(given[k]), float(expected[k]), float(doubt[k]), error
        )
        if worst is None or (found.ok, -found.error) < (worst.ok, -worst.error):
            worst = found
    assert worst is not None
    return worst


def _directions(size: int) -> list[tuple[Any, NDArray[np.float64]]]:
    if size <= MOST_COORDINATES:
        return list(enumerate(np.eye(size)))
    drawn = np.random.default_rng(0).standard_normal((MOST_COORDINATES, size))
    return [(each, each) for each in drawn / np.linalg.norm(drawn, axis=1, keepdims=True)]


def _slope(
    function: Callable[..., Any], x: NDArray[np.float64], direction: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The derivative along a direction by five points, and how far it is to be trusted."""
    size = max(float(np.abs(x * direction).max()), 1e-3 * float(np.abs(x).max()), 1e-8) or 1.0

    def at(t: float) -> NDArray[np.float64]:
        return np.atleast_1d(np.asarray(function(x + t * direction), dtype=np.float64))

    slopes = []
    for step in STEPS:
        h = step * (size if np.any(x) else 1.0)
        slopes.append((8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h))
    values = np.array(slopes)
    apart = np.abs(np.diff(values, axis=0))
    apart[np.isnan(apart)] = np.inf
    best = np.argmin(apart, axis=0)
    index = np.arange(values.shape[1])
    return values[best + 1, index], apart[best, index]
