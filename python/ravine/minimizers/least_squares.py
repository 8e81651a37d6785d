"""Fits: parameters that make a vector of residuals as small as it can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine.minimizers.fit_result import LeastSquaresResult
from ravine.minimizers.functions import PLAIN_FIT, Function, start_of
from ravine.minimizers.options import merge_options
from ravine.minimizers.run import Problem, Watch

__all__ = ["least_squares"]

METHOD = "levenberg-marquardt"
# Nielsen's factor: fits to data have sharper bends than networks.
SETTINGS = {"damping_decrease": 1 / 3}
FORMULAS = ("2-point", "3-point")
LOSSES = ("linear", "huber", "soft_l1", "cauchy", "arctan")


def least_squares(
    fun: Callable[..., Any],
    x0: ArrayLike,
    jac: Any = None,
    bounds: Any = None,
    method: str = METHOD,
    *,
    ftol: float = 0.0,
    xtol: float = 0.0,
    gtol: float = 0.0,
    x_scale: ArrayLike | str = "jac",
    loss: str | Callable[..., Any] = "linear",
    f_scale: float = 1.0,
    max_nfev: int | None = None,
    args: Any = (),
    kwargs: Mapping[str, Any] | None = None,
    hess: Any = None,
    callback: Callable[..., Any] | None = None,
    free: ArrayLike | None = None,
    certificate: bool | None = None,
    options: Mapping[str, Any] | None = None,
    **keywords: Any,
) -> LeastSquaresResult:
    """Fit parameters by nonlinear least squares: minimise ½ Σ_i s² ρ(r_i(x)² / s²), without a loss ½ ‖r(x)‖².

    Levenberg-Marquardt by reflections of [J; √λ D], so that a badly conditioned J keeps its digits, with a
    scale D that follows J's columns and with geodesic acceleration. It ends at the rounding floor, unless
    a tolerance ends it sooner.

    Parameters
    ----------
    fun : ``fun(x, *args, **kwargs) -> (m,)`` residuals r.
    x0 : (n,) start. Copied.
    jac : ``jac(x, *args, **kwargs) -> (m, n)`` of ∂r_i/∂x_j. None: finite differences by the five-point
        formula (4n evaluations, an error of about 1e-12); "2-point" (n + 1, 1e-8) and "3-point" (2n, 1e-11)
        are the cheaper ones. The result says so.
    bounds : not supported yet: anything but None and infinite ones is refused.
    method : "levenberg-marquardt", or SciPy's name for it, "lm".
    ftol, xtol, gtol : stop when a step lowers the cost by at most ftol times it; when a step is at most
        xtol (xtol + ‖x‖) long; when ‖∇cost‖₂ is at most gtol. 0: never.
    x_scale : "jac" (the norms of J's columns, with half of the last scale at least), or sizes of the
        parameters, one number or (n,).
    loss : ρ: "linear", "huber", "soft_l1", "cauchy", "arctan", or ``loss(z) -> (3, m)`` of ρ, ρ′ and ρ″.
    f_scale : s, the size beyond which a residual counts as an outlier; of no effect on "linear".
    max_nfev : evaluations of fun, those of finite differences included. None: no limit but `maxiter`.
    args, kwargs : passed on to fun and jac.
    hess : ``hess(x, *args, **kwargs) -> (n, n)`` of the cost, or "2-point" or "3-point" for differences of
        its gradient. With it, no run ends at a strict saddle as a success; without, the result says
        ``second_order: not checked``.
    callback : as in :func:`ravine.minimize`.
    free : indices, or a mask, of the parameters that may move; the others are held.
    certificate : whether to take the spectrum of a given hess at the end; None: up to 500 parameters.
    options, **keywords : maxiter, goal, max_time and the method's own: damping, acceleration, …
        (docs/minimizers.md).

    Returns
    -------
    A :class:`ravine.LeastSquaresResult`: x, cost, fun (residuals), jac, grad, optimality, standard_errors, …

    Raises
    ------
    TypeError, ValueError : an argument breaks its rule; what fun, jac, loss or the callback raise goes
        through.

    Source: J. J. Moré (1978); H. B. Nielsen (1999); M. K. Transtrum and J. P. Sethna, arXiv 1201.5885.

    >>> import numpy as np, ravine as rv
    >>> t = np.arange(10.0)
    >>> y = 3 * np.exp(-0.5 * t) + 0.01 * np.cos(5 * t)
    >>> fit = rv.least_squares(lambda x: x[0] * np.exp(-x[1] * t) - y, [1.0, 1.0])
    >>> bool(fit.success), fit.x.round(2), fit.standard_errors.round(3)
    (True, array([3.01, 0.5 ]), array([0.007, 0.002]))
    """
    if not callable(fun):
        raise TypeError(f"fun must be a function of the residuals, got {type(fun).__name__}")
    _check_method(method)
    _refuse_bounds(bounds)
    start = start_of(x0)
    bind = _binder(args, kwargs)
    fit = {
        "loss": _loss(loss),
        "f_scale": _positive(f_scale, "f_scale"),
        "x_scale": _scale(x_scale, start.size),
        "differences": _formula(jac),
    }
    callables = {"residuals": bind(fun)}
    if callable(jac):
        callables["jacobian"] = bind(jac)
    if callable(hess):
        callables["hessian"] = bind(hess)
    differences = _hessian_differences(hess)
    limits = {"ftol": ftol, "xtol": xtol, "gtol": gtol, "max_fun": max_nfev}
    settings = {**SETTINGS, **merge_options(METHOD, options, {**limits, **keywords}, None)}
    problem = Problem.of_function(Function(callables, differences, {**PLAIN_FIT, **fit}), start, free)
    answer = problem.run(METHOD, settings, Watch(callback))
    return LeastSquaresResult(
        fun=answer["residuals"],
        jac=answer["jacobian"],
        cost=answer["fun"],
        grad=answer["jac"],
        optimality=float(np.abs(answer["jac"]).max()),
        free=problem.free,
        **problem.outcome(METHOD, answer, certificate),
    )


def _check_method(method: Any) -> None:
    if method in ("trf", "dogbox"):
        raise ValueError(f"method {method!r} is SciPy's: here it is 'levenberg-marquardt' (or 'lm')")
    if method not in (METHOD, "lm"):
        raise ValueError(f"method must be 'levenberg-marquardt' or 'lm', got {method!r}")


def _refuse_bounds(bounds: Any) -> None:
    if bounds is None:
        return
    both = (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else tuple(bounds)
    if len(both) != 2:
        raise ValueError(f"bounds must be (lower, upper), got {len(both)} of them")
    lower, upper = (np.asarray(each, dtype=np.float64) for each in both)
    if np.any(lower > -np.inf) or np.any(upper < np.inf):
        raise ValueError("bounds are not supported yet: all must be infinite; `free` can hold parameters")


def _binder(
    args: Any, kwargs: Mapping[str, Any] | None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    extra = args if isinstance(args, tuple) else (args,)
    named = dict(kwargs or {})
    if not extra and not named:
        return lambda function: function
    return lambda function: lambda x: function(x, *extra, **named)


def _loss(loss: Any) -> Any:
    if callable(loss) or loss in LOSSES:
        return loss
    raise ValueError(f"loss must be one of {', '.join(LOSSES)} or a function, got {loss!r}")


def _positive(value: Any, name: str) -> float:
    number = float(value)
    if not 0 < number < np.inf:
        raise ValueError(f"{name} must be positive and finite, got {value!r}")
    return number


def _scale(x_scale: Any, size: int) -> NDArray[np.float64] | None:
    if isinstance(x_scale, str):
        if x_scale == "jac":
            return None
        raise ValueError(f"x_scale must be 'jac' or positive numbers, got {x_scale!r}")
    scale = np.asarray(x_scale, dtype=np.float64)
    if scale.shape not in ((), (size,)):
        raise ValueError(f"x_scale must be one number or have shape ({size},), got {scale.shape}")
    if not np.all((scale > 0) & np.isfinite(scale)):
        raise ValueError(f"x_scale must be positive and finite, got {x_scale!r}")
    return np.array(np.broadcast_to(scale, (size,)))


def _formula(jac: Any) -> str:
    if callable(jac):
        return ""
    if jac is None:
        return "5-point"
    if jac in FORMULAS:
        return str(jac)
    raise ValueError(f"jac must be a function, '2-point', '3-point' or None, got {jac!r}")


def _hessian_differences(hess: Any) -> list[str]:
    if hess is None or callable(hess):
        return []
    if hess in FORMULAS:
        return ["hessian"]
    raise ValueError(f"hess must be a function, '2-point', '3-point' or None, got {hess!r}")
