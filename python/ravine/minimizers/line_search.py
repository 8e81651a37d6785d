"""Line searches by themselves: along one direction, how far to go."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine.arrays import finite_number, positive
from ravine.minimizers.functions import function_of, start_of
from ravine.minimizers.run import refuse_beside_risk, require_minimisable
from ravine.objective import EmpiricalRisk
from ravine.tables import format_number, format_table

__all__ = ["LineSearchEnd", "LineSearchResult", "line_search"]

METHODS = ("strong-wolfe", "backtracking")
# By the core's names: whether a search that ended so has found what it was to find.
ENDS: dict[str, bool] = dict(_core.line_search_ends())


class LineSearchEnd(str, Enum):
    """How a line search ended; the value is a sentence."""

    FOUND = "A step was found that satisfies the conditions."
    FALLS_ONLY = "The step lowers the value enough, but no point was found that is flat enough as well."
    NOT_DOWNHILL = "The slope along the direction is not negative."
    ROUNDING_FLOOR = "No step changes the value by more than its rounding error."
    NOT_FINITE = "The value or its gradient is not finite, and no step was found that lowers it."
    NO_STEP = "No step was found that lowers the value: does the gradient belong to the function?"
    UNBOUNDED = "The value falls for as far as a search may look."

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class LineSearchResult:
    """Where a line search ended, and how; prints as a table.

    Attributes
    ----------
    step : t; 0 where there is none.
    x : (n,), the start plus t times the direction, as the function was asked.
    fun, jac : f and ∇f (n,) there.
    slope : φ′(t) = ∇fᵀp there.
    start_fun, start_slope : φ(0) and φ′(0).
    nfev, njev : evaluations of f and of ∇f.
    success : whether a step was found that satisfies the conditions; `reason` is the
        :class:`ravine.LineSearchEnd`, `message` its sentence.
    """

    step: float
    x: NDArray[np.float64]
    fun: float
    jac: NDArray[np.float64]
    slope: float
    start_fun: float
    start_slope: float
    nfev: int
    njev: int
    success: bool
    reason: LineSearchEnd

    __hash__ = object.__hash__

    @property
    def message(self) -> str:
        """The reason's sentence."""
        return str(self.reason)

    def __str__(self) -> str:
        rows = [
            ["t", *map(format_number, (0.0, self.step))],
            ["value", *map(format_number, (self.start_fun, self.fun))],
            ["slope", *map(format_number, (self.start_slope, self.slope))],
        ]
        table = format_table(["", "start", "end"], rows)
        return f"{self.message}\n\n{table}\n\nevaluations: {self.nfev} f, {self.njev} gradients"


def line_search(
    fun: Any,
    x: ArrayLike | None,
    direction: ArrayLike,
    method: str = "strong-wolfe",
    jac: Any = None,
    args: Any = (),
    *,
    first_step: float = 1.0,
    c1: float = 1e-4,
    c2: float = 0.9,
    known: tuple[float, ArrayLike] | None = None,
) -> LineSearchResult:
    """Find a step t along a direction p of descent, with φ(t) = f(x + t p).

    ``"strong-wolfe"`` brackets and narrows until f falls enough and is flat enough,

        φ(t) ≤ φ(0) + c1 t φ′(0)   and   |φ′(t)| ≤ c2 |φ′(0)|,

    ``"backtracking"`` shortens the first step until the first of both holds (Armijo). Where φ(t) differs from
    φ(0) by no more than rounding, the slope stands in for the first: φ′(t) ≤ (2 c1 - 1) φ′(0). These are the
    searches of "bfgs", "lbfgs", "nonlinear-cg" and "gradient-descent", and of "damped-newton".

    Parameters
    ----------
    fun : an :class:`ravine.EmpiricalRisk` (its theta stays as it is), an :class:`ravine.Objective`, or a
        function ``fun(x, *args) -> float``.
    x : (n,) start; None: a risk's theta.
    direction : (n,) p.
    method : "strong-wolfe" or "backtracking".
    jac : ``jac(x, *args) -> (n,)``, or True where fun returns (value, gradient); else finite differences.
    args : passed on.
    first_step : the first t to try: 1 for Newton-like directions.
    c1, c2 : 0 < c1 < c2 < 1; c1 < ½, so that a step to the minimum of a parabola is enough. Small c2 makes an
        exact search.
    known : (f(x), ∇f(x)) where they are at hand, so that they are not asked for again.

    Returns
    -------
    A :class:`ravine.LineSearchResult`. Whatever happens, f is not higher there than at x, but for rounding.

    Raises
    ------
    TypeError, ValueError : an argument breaks its rule. What fun and jac raise goes through.

    Source: J. Nocedal and S. J. Wright, Numerical Optimization, 2nd ed. (2006), algorithms 3.1, 3.5 and 3.6;
    W. W. Hager and H. Zhang, SIAM J. Optim. 16 (2005) 170.

    >>> import numpy as np, ravine as rv
    >>> A = np.diag([1.0, 100.0])
    >>> x = np.array([100.0, 1.0])
    >>> found = rv.line_search(lambda x: x @ A @ x / 2, x, -A @ x, jac=lambda x: A @ x, c2=0.1)
    >>> found.reason.name, round(found.step, 6)
    ('FOUND', 0.019802)
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    length = positive(first_step, "first_step")
    settings: dict[str, Any] = {"method": method, "first_length": length, **_constants(c1, c2)}
    extra = {"args": args != (), "jac": jac is not None}
    if isinstance(fun, EmpiricalRisk):
        refuse_beside_risk(extra)
        require_minimisable(fun)
        start = start_of(fun.net.theta if x is None else x, "x")
        _require_like(start, fun.net.theta, "x", "theta")
    else:
        start, function = start_of(x, "x"), function_of(fun, args, jac, None, None)
    p = start_of(direction, "direction")
    _require_like(p, start, "direction", "x")
    settings["value"], settings["gradient"] = (None, None) if known is None else _known(known, start)
    if isinstance(fun, EmpiricalRisk):
        answer = fun._line_search(start, p, settings)
    else:
        made = not {"gradient", "value_and_gradient"} & set(function.callables)
        answer = _core.line_search_function(function.callables, start, made, p, **settings)
    name = answer.pop("end")
    return LineSearchResult(success=ENDS[name], reason=LineSearchEnd[name.upper()], **answer)


def _constants(c1: float, c2: float) -> dict[str, float]:
    if not 0 < finite_number(c1, "c1") < 0.5:
        raise ValueError(f"c1 must lie between 0 and ½, got {c1}")
    if not c1 < finite_number(c2, "c2") < 1:
        raise ValueError(f"c2 must lie between c1 = {c1} and 1, got {c2}")
    return {"c1": float(c1), "c2": float(c2)}


def _known(known: Any, start: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    if not isinstance(known, (tuple, list)) or len(known) != 2:
        raise TypeError(f"known must be (f(x), ∇f(x)), got {known!r}")
    gradient = start_of(known[1], "the gradient in known")
    _require_like(gradient, start, "the gradient in known", "x")
    return finite_number(known[0], "the value in known"), gradient


def _require_like(vector: NDArray[Any], other: NDArray[Any], name: str, model: str) -> None:
    if vector.shape != other.shape:
        raise ValueError(f"{name} must have shape {other.shape}, as {model}, got {vector.shape}")
