"""What a user calls a function, made into what the core asks: callables by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Function", "Objective", "function_of", "start_of"]

Vector = NDArray[np.float64]

# Methods that ask for a Hessian as a matrix.
DENSE = ("newton", "damped-newton", "textbook-newton", "saddle-free-newton", "trust-region")
# Words by which SciPy's users ask for finite differences.
BY_DIFFERENCES = ("2-point", "3-point", "cs")


@runtime_checkable
class Objective(Protocol):
    """A function that brings its own derivatives: accepted by :func:`ravine.minimize` wherever a risk is.

    ``value`` must be there. Each of these is used where it is: ``gradient(x)``, ``value_and_gradient(x)``,
    ``hessian(x)`` (n, n), ``hessian_product(x, v)``, ``gauss_newton(x)`` (n, n) positive semidefinite,
    ``gauss_newton_product(x, v)``, ``residuals(x)`` (m,) and ``jacobian(x)`` (m, n) with value =
    ½ ‖residuals‖² (for "levenberg-marquardt"), ``rounding_error(x)`` (a number: differences of the value
    below it mean nothing), ``keep(x)`` (told of each accepted point). x is a new (n,) array of float64 each
    time.

    >>> import numpy as np, ravine as rv
    >>> class Bowl:
    ...     def value(self, x):
    ...         return float(x @ x)
    ...     def gradient(self, x):
    ...         return 2 * x
    >>> isinstance(Bowl(), rv.Objective)
    True
    >>> rv.minimize(Bowl(), [3.0, 4.0], method="bfgs").x
    array([0., 0.])
    """

    def value(self, x: Vector, /) -> float:
        """Return f(x)."""
        ...


FELT = 1e4
"""Rounding errors of f that a step is to lower it by, to be told from them."""

PLAIN_FIT: dict[str, Any] = {"loss": "linear", "f_scale": 1.0, "x_scale": None, "differences": ""}
"""How residuals become a value where nothing else is said: half their squares, x by the columns of J."""


@dataclass
class Function:
    """Callables for the core, and which derivatives are to be made by finite differences.

    Where there are residuals, `fit` says how they become a value: loss, f_scale, x_scale, and by which
    formula their Jacobian is made ("" where it is given).
    """

    callables: dict[str, Callable[..., Any]]
    differences: list[str] = field(default_factory=list)
    fit: dict[str, Any] = field(default_factory=PLAIN_FIT.copy)

    def require(self, method: str, start: Vector) -> None:
        """Add what the method needs and the function lacks, from what it has, else by differences."""
        has = self.callables
        if method == "levenberg-marquardt" and "residuals" in has:
            self._see_as_fit(start)
            return
        has.pop("residuals", None)
        has.pop("jacobian", None)
        if "gradient" not in has and "value_and_gradient" not in has:
            self.differences.append("gradient")
        if method == "levenberg-marquardt" and "gauss_newton" not in has:
            raise ValueError(
                "levenberg-marquardt needs residuals or a Gauss-Newton matrix, and this function has "
                "neither: call ravine.least_squares, or choose another method"
            )
        if method in DENSE and "hessian" not in has:
            if "hessian_product" in has:
                has["hessian"] = _columns(has["hessian_product"])
            else:
                self.differences.append("hessian")
        if method == "newton-cg" and "hessian_product" not in has:
            if "hessian" in has:
                has["hessian_product"] = _remembering(has["hessian"])
            else:
                self.differences.append("hessian")

    def follows_its_gradient(self, x: Vector, value: float, gradient: Vector) -> bool | None:
        """Whether a step downhill, just long enough to be felt, changes f by the mean of both its slopes.

        That holds of any smooth function, also at the floor of its rounding errors. It takes one evaluation,
        but for None, where there is nothing to tell: no gradient was given, or it vanishes.
        """
        has, norm = self.callables, float(np.linalg.norm(gradient))
        if norm == 0 or not ("gradient" in has or "value_and_gradient" in has):
            return None
        rounding = np.finfo(np.float64).eps * (abs(value) + float(np.abs(x * gradient).sum()))
        length = FELT * rounding / norm
        there = x - (length / norm) * gradient
        both = has.get("value_and_gradient")
        f, g = both(there) if both is not None else (has["value"](there), has["gradient"](there))
        slopes = -norm, -float(gradient @ np.asarray(g)) / norm
        lost = abs(float(f) - value - 0.5 * length * sum(slopes))
        return not lost > 0.3 * length * max(map(abs, slopes))

    def _see_as_fit(self, start: Vector) -> None:
        if "jacobian" not in self.callables and not self.fit["differences"]:
            self.fit = {**self.fit, "differences": "5-point"}
        if "value" not in self.callables:
            return
        value = float(self.callables["value"](start.copy()))
        half = 0.5 * float(np.sum(np.square(self.callables["residuals"](start.copy()))))
        if np.isfinite(value) and abs(value - half) > 1e-6 * (abs(value) + half):
            raise ValueError(
                f"value(x0) is {value:.6g} and ½ Σ residuals(x0)² is {half:.6g}, where levenberg-marquardt "
                "wants them equal; ravine.least_squares(fun.residuals, x0, fun.jacobian) minimises the latter"
            )

    @property
    def made(self) -> list[str]:
        """The derivatives that are made by finite differences."""
        formula = self.fit["differences"] if "residuals" in self.callables else ""
        return [*([f"Jacobian ({formula})"] if formula else []), *self.differences]


def _columns(product: Callable[[Vector, Vector], Any]) -> Callable[[Vector], Vector]:
    def hessian(x: Vector) -> Vector:
        return np.stack([np.asarray(product(x.copy(), unit), dtype=np.float64) for unit in np.eye(x.size)])

    return hessian


def _remembering(hessian: Callable[[Vector], Any]) -> Callable[[Vector, Vector], Vector]:
    """Products with the matrix at the last x, which is made once for all products there."""
    at: list[Any] = [None, None]

    def product(x: Vector, v: Vector) -> Vector:
        if at[0] is None or not np.array_equal(at[0], x):
            at[:] = [x.copy(), np.asarray(hessian(x), dtype=np.float64)]
        return np.asarray(at[1] @ v, dtype=np.float64)

    return product


def function_of(fun: Any, args: Any, jac: Any, hess: Any, hessp: Any) -> Function:
    """Return the callables of SciPy's arguments, or of an object that is an :class:`Objective`."""
    if not callable(fun) and isinstance(fun, Objective):
        if jac is not None or hess is not None or hessp is not None:
            raise TypeError(
                "jac, hess and hessp belong to a plain function: this object brings its own derivatives"
            )
        return Function(_methods_of(fun))
    if not callable(fun):
        raise TypeError(f"fun must be a function, a risk or an Objective, got {type(fun).__name__}")
    extra = args if isinstance(args, tuple) else (args,)
    callables = {"value_and_gradient" if jac is True else "value": _bind(fun, extra)}
    if jac not in (None, True, False) and jac not in BY_DIFFERENCES:
        callables["gradient"] = _bind(_callable(jac, "jac"), extra)
    if hess is not None and hess not in BY_DIFFERENCES:
        callables["hessian"] = _bind(_callable(hess, "hess"), extra)
    if hessp is not None:
        callables["hessian_product"] = _bind_product(_callable(hessp, "hessp"), extra)
    return Function(callables)


def _methods_of(objective: Any) -> dict[str, Callable[..., Any]]:
    names = (
        "value", "gradient", "value_and_gradient", "hessian", "hessian_product", "gauss_newton",
        "gauss_newton_product", "residuals", "jacobian", "rounding_error", "keep",
    )  # fmt: skip
    return {name: getattr(objective, name) for name in names if callable(getattr(objective, name, None))}


def _callable(function: Any, name: str) -> Callable[..., Any]:
    if callable(function):
        return cast("Callable[..., Any]", function)
    raise TypeError(f"{name} must be callable, got {function!r}")


def _bind(function: Callable[..., Any], args: Sequence[Any]) -> Callable[..., Any]:
    return (lambda x: function(x, *args)) if args else function


def _bind_product(function: Callable[..., Any], args: Sequence[Any]) -> Callable[..., Any]:
    return (lambda x, v: function(x, v, *args)) if args else function


def start_of(x0: ArrayLike | None, name: str = "x0") -> Vector:
    """Return x0 as a new vector, or raise what is wrong with it."""
    if x0 is None:
        raise TypeError(f"{name}, the point to start from, is missing")
    start = np.asarray(x0)
    if start.dtype.kind not in "fiub":
        raise TypeError(f"{name} must hold real numbers, got dtype {start.dtype}")
    start = np.array(start, dtype=np.float64).reshape(-1) if start.ndim < 2 else start
    if start.ndim != 1 or start.size == 0:
        raise ValueError(f"{name} must be a vector with at least one number, got shape {start.shape}")
    bad = np.flatnonzero(~np.isfinite(start))
    if bad.size:
        raise ValueError(f"{name}[{bad[0]}] = {start[bad[0]]} is not finite")
    return start
