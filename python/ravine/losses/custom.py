"""A loss that the user writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine.losses.base import Loss, LossTerms

__all__ = ["Custom"]

_BLOCK = 256  # rows, as in the core
_ANSWER = "(value, gradient) or (value, gradient, hessian)"


@dataclass(frozen=True)
class Custom(Loss):
    """A loss that is your own Python function of a block of samples.

    ``function(f, y)`` gets the outputs (n, c) and targets (n, m) of some rows, as arrays of its own of the
    network's dtype, and returns ``(value, gradient)`` or ``(value, gradient, hessian)``: (n,), (n, c),
    (n, c, c), all finite; a value that overflows may be inf, and ends a run of fit. It is called for up to
    256 rows at a time, always on the thread that called ravine, so the rest of a small network's work runs on
    that thread too; rows of weight 0 are not shown to it. What it raises reaches the caller unchanged. Where
    the outputs are not finite it is not called: L is NaN.

    y : (N, m) numbers with any m, or (N,) for m = 1. differentiable : whether L has a gradient everywhere.

    >>> import numpy as np, ravine as rv
    >>> def quartic(f, y):
    ...     e = f - y
    ...     return (e**4).sum(axis=1), 4 * e**3
    >>> net = rv.MLP([1, 1], initializer="zeros")
    >>> risk = rv.EmpiricalRisk(net, np.array([[1.0]]), np.array([2.0]), loss=rv.losses.Custom(quartic))
    >>> risk.value_and_gradient()
    (16.0, array([-32., -32.]))
    """

    name = "custom"
    target_kind = "anything"
    sums_over_outputs = False
    function: Callable[[NDArray[Any], NDArray[Any]], Any]
    differentiable: bool = True

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise TypeError(f"function must be callable, got {self.function!r}")

    @property
    def smooth(self) -> bool:
        """As the user says."""
        return self.differentiable

    def values(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
        """Return the value of each sample alone, (N,)."""
        y = self._targets_for(outputs, np.asarray(targets))
        blocks = range(0, len(outputs), _BLOCK)
        return np.concatenate(
            [self.call(outputs[first : first + _BLOCK], y[first : first + _BLOCK])[0] for first in blocks]
        )

    def _terms(self, f: NDArray[Any], y: NDArray[Any], w: NDArray[Any] | None) -> LossTerms:
        value, gradient, hessian = self.call(f, y)
        if w is not None:
            value, gradient = w * value, w[:, None] * gradient
            hessian = None if hessian is None else w[:, None, None] * hessian
        return LossTerms(value, gradient, hessian, None)

    def call(
        self, f: NDArray[Any], y: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None]:
        """Return what the function says of a block, checked by name: shapes, numbers, finiteness.

        Raises
        ------
        TypeError, ValueError : what the function returned breaks the rule.
        """
        n, c = f.shape
        answer = self.function(f, y)
        if not isinstance(answer, tuple):
            raise TypeError(f"the custom loss must return {_ANSWER}, got {type(answer).__name__}")
        if len(answer) not in (2, 3):
            raise TypeError(f"the custom loss must return {_ANSWER}, got a tuple of {len(answer)}")
        value = _answer(answer[0], "value", (n,), f.dtype)
        gradient = _answer(answer[1], "gradient", (n, c), f.dtype)
        hessian = None if len(answer) == 2 else _answer(answer[2], "hessian", (n, c, c), f.dtype)
        _require_finite(value, "value", allow_inf=True)
        if not np.isinf(value).any():  # where the value overflows, so may what goes with it
            _require_finite(gradient, "gradient")
            if hessian is not None:
                _require_finite(hessian, "hessian")
        return value, gradient, hessian


def _answer(given: ArrayLike, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    array = np.asarray(given)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} of the custom loss must hold real numbers, got dtype {array.dtype}")
    if array.shape != shape:
        raise ValueError(f"{name} of the custom loss must have shape {shape}, got {array.shape}")
    with np.errstate(over="ignore"):  # what overflows float32 is not finite, and said right afterwards
        return np.ascontiguousarray(array, dtype)


def _require_finite(array: NDArray[Any], name: str, allow_inf: bool = False) -> None:
    finite = np.isfinite(array) | (array == np.inf) if allow_inf else np.isfinite(array)
    if not finite.all():
        where = np.argwhere(~finite)[0]
        place = ", ".join(str(int(i)) for i in where)
        raise ValueError(
            f"{name} of the custom loss must be finite, got {array[tuple(where)]} at {name}[{place}]"
        )
