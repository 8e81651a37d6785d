"""A minimiser as what :func:`ravine.fit` trains with."""

from __future__ import annotations

from typing import Any

from ravine.arrays import require_count
from ravine.minimizers.options import check_method, merge_options

__all__ = ["Minimizer"]

_OF_FIT = {"maxiter": "epochs", "goal": "goal", "max_time": "max_time", "max_fun": "max_updates"}


class Minimizer:
    """A method of :func:`ravine.minimize` with its options, in the place of a rule of :mod:`ravine.optim`.

    Parameters
    ----------
    method : any of rv.minimize's; "auto" is a chain of several.
    iterations : iterations that make one epoch.
    **options : gtol, ftol, xtol and the method's own, by the names that they have in rv.minimize. How far to
        go is told to fit: epochs, max_updates (iterations), max_time and goal.

    Raises
    ------
    TypeError, ValueError : the method or an option is unknown, the nearest is named; or it belongs to fit.

    >>> import numpy as np, ravine as rv
    >>> x = np.linspace(-1, 1, 64)[:, None]
    >>> net = rv.MLP([1, 8, 1], activation="tanh", seed=0)
    >>> rule = rv.Minimizer("levenberg-marquardt", damping=1e-2)
    >>> history = rv.fit(net, x, np.sin(3 * x[:, 0]), optimizer=rule, epochs=50)
    >>> bool(history["loss"][-1] < 1e-4)
    True
    """

    def __init__(self, method: str, iterations: int = 1, **options: float | str) -> None:
        self._method = check_method(method)
        self._iterations = require_count(iterations, "iterations")
        for name in options:
            if name in _OF_FIT:
                raise TypeError(f"{name} is told to fit, as {_OF_FIT[name]}")
        self._options = merge_options(self._method, None, options, None)

    @property
    def method(self) -> str:
        """The method's name."""
        return self._method

    @property
    def iterations(self) -> int:
        """Iterations that make one epoch."""
        return self._iterations

    @property
    def options(self) -> dict[str, float | str]:
        """A copy of the options that were given."""
        return dict(self._options)

    @staticmethod
    def of(value: Any) -> Minimizer | None:
        """What :func:`ravine.fit` is given: a minimiser, the name of one, or something else."""
        if not isinstance(value, str):
            return value if isinstance(value, Minimizer) else None
        try:
            return Minimizer(value)
        except ValueError as error:
            raise ValueError(
                f"optimizer must be a rule of ravine.optim or a method of rv.minimize: {error}"
            ) from None

    def __repr__(self) -> str:
        options = "".join(f", {name}={value!r}" for name, value in self._options.items())
        times = f", iterations={self._iterations}" if self._iterations != 1 else ""
        return f"Minimizer({self._method!r}{times}{options})"
