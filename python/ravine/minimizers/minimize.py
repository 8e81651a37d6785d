"""One door to all minimisers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import ArrayLike

from ravine.minimizers.auto import run_auto
from ravine.minimizers.functions import function_of, start_of
from ravine.minimizers.options import check_method, merge_options
from ravine.minimizers.result import MinimizeResult
from ravine.minimizers.run import Problem, Watch
from ravine.objective import EmpiricalRisk

__all__ = ["minimize"]


def minimize(
    fun: Any,
    x0: ArrayLike | None = None,
    args: Any = (),
    method: str = "auto",
    jac: Any = None,
    hess: Any = None,
    hessp: Any = None,
    tol: float | None = None,
    callback: Callable[..., Any] | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    free: ArrayLike | None = None,
    certificate: bool | None = None,
    **keywords: Any,
) -> MinimizeResult:
    """Minimise a risk, or any smooth function, until it is at a minimum or says why it is not.

    Parameters
    ----------
    fun : an :class:`ravine.EmpiricalRisk` (its network's theta is the start and, at every moment, the best
        accepted point), an :class:`ravine.Objective`, or a function ``fun(x, *args) -> float``.
    x0 : (n,) start; not needed for a risk. Copied.
    method : "auto", "newton", "damped-newton", "textbook-newton", "saddle-free-newton", "trust-region",
        "newton-cg", "levenberg-marquardt", "bfgs", "lbfgs", "nonlinear-cg", "gradient-descent";
        docs/minimizers.md says which for what.
    jac : ``jac(x, *args) -> (n,)``, or True where fun returns (value, gradient); else finite differences.
    hess, hessp : ``hess(x, *args) -> (n, n)``, ``hessp(x, v, *args) -> (n,)``; where a method needs one that
        is not there it is made by finite differences of the gradient, and the result says so.
    tol : short for gtol.
    callback : called after each iteration as ``callback(intermediate_result=...)`` if its argument has that
        name, else ``callback(x)``; StopIteration ends the run, any other exception reaches the caller.
    options, **keywords : maxiter, gtol, ftol, xtol, goal, max_time, max_fun and the method's own
        (docs/minimizers.md).
    free : indices, or a mask, of the parameters that may move; the others are held.
    certificate : whether to take the spectrum of the Hessian at the end; None: after a second-order method,
        up to 500 parameters.

    Returns
    -------
    A :class:`ravine.MinimizeResult`. The point is never worse than the start (except by "textbook-newton").

    Raises
    ------
    TypeError, ValueError : an argument breaks its rule; an unknown option is named with its nearest.
    What fun, its derivatives or the callback raise goes through unchanged; a risk's theta is then the
    last accepted point.

    >>> import numpy as np, ravine as rv
    >>> def rosenbrock(x):
    ...     return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
    >>> result = rv.minimize(rosenbrock, [-1.2, 1.0], method="trust-region")
    >>> bool(result.success), np.round(result.x, 6)
    (True, array([1., 1.]))
    """
    method = check_method(method)
    problem = _problem(fun, x0, args, jac, hess, hessp, free)
    watch = Watch(callback)
    if method == "auto":
        return run_auto(problem, options, keywords, tol, watch, certificate)
    settings = merge_options(method, options, keywords, tol)
    return problem.finish(method, problem.run(method, settings, watch), certificate)


def _problem(fun: Any, x0: Any, args: Any, jac: Any, hess: Any, hessp: Any, free: Any) -> Problem:
    if isinstance(fun, EmpiricalRisk):
        given = {
            "args": args != (),
            "jac": jac is not None,
            "hess": hess is not None,
            "hessp": hessp is not None,
        }
        for name, there in given.items():
            if there:
                raise TypeError(f"{name} belongs to a plain function: a risk brings its own derivatives")
        return Problem.of_risk(fun, x0, free)
    return Problem.of_function(function_of(fun, args, jac, hess, hessp), start_of(x0), free)
