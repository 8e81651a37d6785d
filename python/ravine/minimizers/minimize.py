"""One door to all minimisers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import ArrayLike

from ravine.arrays import require_count
from ravine.minimizers.auto import run_auto
from ravine.minimizers.functions import function_of, start_of
from ravine.minimizers.options import check_method, merge_options
from ravine.minimizers.result import MinimizeResult
from ravine.minimizers.run import Problem, Watch, refuse_beside_risk
from ravine.minimizers.starts import minimize_starts
from ravine.objective import EmpiricalRisk
from ravine.seeds import Seed, seeds_of

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
    starts: int = 1,
    seed: Seed = 0,
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
    starts : so many runs of a risk, each from what ``net.initialize`` draws with a seed of its own (seed,
        seed + 1, …; parameters that are not free are held), as many at a time as there are threads, each to
        the bit what it would be alone. theta and the result are those of the lowest, and ``result.starts``
        tells of all. "auto" makes its first stage from every start and goes on from the lowest. max_time
        holds for each; Ctrl-C and exceptions leave theta as it was.
    seed : int, SeedSequence, Generator or None, for `starts`.

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
    if require_count(starts, "starts") > 1:
        _require_alone(starts, fun, x0, callback)
    problem = _problem(fun, x0, args, jac, hess, hessp, free)
    if starts > 1:
        return minimize_starts(problem, method, (options, keywords, tol), certificate, seeds_of(seed, starts))
    watch = Watch(callback)
    if method == "auto":
        return run_auto(problem, options, keywords, tol, watch, certificate)
    settings = merge_options(method, options, keywords, tol)
    return problem.finish(method, problem.run(method, settings, watch), certificate)


def _require_alone(starts: int, fun: Any, x0: Any, callback: Any) -> None:
    """Several starts are drawn by a network, and have no single course that somebody could look at."""
    if not isinstance(fun, EmpiricalRisk):
        raise TypeError(
            f"starts={starts} needs a risk, whose network draws them: fun is {type(fun).__name__}"
        )
    for name, value in (("x0", x0), ("callback", callback)):
        if value is not None:
            raise ValueError(f"{name} must be left out with starts={starts}")


def _problem(fun: Any, x0: Any, args: Any, jac: Any, hess: Any, hessp: Any, free: Any) -> Problem:
    if isinstance(fun, EmpiricalRisk):
        given = {
            "args": args != (),
            "jac": jac is not None,
            "hess": hess is not None,
            "hessp": hessp is not None,
        }
        refuse_beside_risk(given)
        return Problem.of_risk(fun, x0, free)
    return Problem.of_function(function_of(fun, args, jac, hess, hessp), start_of(x0), free)
