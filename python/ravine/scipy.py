"""Ravine's minimisers as methods of ``scipy.optimize.minimize``; SciPy is imported when one is called.

>>> import numpy as np, ravine as rv
>>> from scipy import optimize
>>> result = optimize.minimize(
...     optimize.rosen, [-1.2, 1.0], jac=optimize.rosen_der, hess=optimize.rosen_hess, method=rv.scipy.newton
... )
>>> bool(result.success), np.round(result.x, 6)
(True, array([1., 1.]))
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ravine.minimizers.minimize import minimize

__all__ = [
    "auto",
    "bfgs",
    "damped_newton",
    "gradient_descent",
    "lbfgs",
    "levenberg_marquardt",
    "newton",
    "newton_cg",
    "nonlinear_cg",
    "saddle_free_newton",
    "textbook_newton",
    "trust_region",
]


class Method:
    """A method with the arguments that SciPy passes to one; returns SciPy's ``OptimizeResult``.

    The options are those of :func:`ravine.minimize`; the result holds its fields besides SciPy's own. Bounds
    and constraints are refused with a ValueError.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.__name__ = name.replace("-", "_")

    def __repr__(self) -> str:
        return f"ravine.scipy.{self.__name__}"

    def __call__(
        self,
        fun: Callable[..., Any],
        x0: Any,
        args: Any = (),
        jac: Any = None,
        hess: Any = None,
        hessp: Any = None,
        bounds: Any = None,
        constraints: Any = (),
        callback: Callable[..., Any] | None = None,
        **options: Any,
    ) -> Any:
        """Minimise and return an ``OptimizeResult``."""
        from scipy.optimize import OptimizeResult

        if bounds is not None or constraints not in ((), None, []):
            raise ValueError(f"{self!r} takes neither bounds nor constraints")
        result = minimize(
            fun, x0, args, self.name, jac or None, hess, hessp, callback=_translated(callback), **options
        )
        return OptimizeResult(result)


def _translated(callback: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """SciPy hands over a callback of its own, which wants an OptimizeResult."""
    if callback is None or list(inspect.signature(callback).parameters) != ["res"]:
        return callback

    def told(intermediate_result: Any) -> None:
        from scipy.optimize import OptimizeResult

        callback(OptimizeResult(vars(intermediate_result)))

    return told


auto = Method("auto")
bfgs = Method("bfgs")
damped_newton = Method("damped-newton")
gradient_descent = Method("gradient-descent")
lbfgs = Method("lbfgs")
levenberg_marquardt = Method("levenberg-marquardt")
newton = Method("newton")
newton_cg = Method("newton-cg")
nonlinear_cg = Method("nonlinear-cg")
saddle_free_newton = Method("saddle-free-newton")
textbook_newton = Method("textbook-newton")
trust_region = Method("trust-region")
