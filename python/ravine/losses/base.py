"""What all losses have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine.arrays import DTYPES

__all__ = ["Loss", "LossTerms"]


class LossTerms(NamedTuple):
    """What a loss says of N samples.

    Attributes
    ----------
    value : (N,) L of each sample.
    gradient : (N, c) ∇L by the outputs.
    hessian : (N, c, c) ∇²L; None where a custom function gives none.
    curvature : (N, c, c) positive semidefinite, what Gauss-Newton methods put in the place of ∇²L: the same
        for losses that are convex in f. None with a custom function.
    """

    value: NDArray[Any]
    gradient: NDArray[Any]
    hessian: NDArray[Any] | None
    curvature: NDArray[Any] | None


@dataclass(frozen=True)
class Loss:
    """What all losses have in common; use one of its subclasses.

    Attributes
    ----------
    name : what the loss is called, in arguments and in reports.
    target_kind : "numbers", "counts" (not negative), "shares" (in [0, 1]), "labels" (integers below c),
        "labels or probabilities", or "anything".
    sums_over_outputs : whether L is a sum over outputs, so that single entries of y may be missing.
    """

    name: ClassVar[str] = ""
    target_kind: ClassVar[str] = "numbers"
    sums_over_outputs: ClassVar[bool] = True

    @property
    def parameter(self) -> float:
        """The number that the loss depends on; 0 where there is none."""
        return 0.0

    @property
    def smooth(self) -> bool:
        """Whether L has a gradient everywhere."""
        return True

    def target_columns(self, outputs: int) -> int | None:
        """Return the columns of y that belong to so many outputs; None: any number. Raises ValueError."""
        return None if self.target_kind == "anything" else outputs

    def evaluate(self, outputs: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None) -> LossTerms:
        """Return the loss of each sample with its derivatives, times the weight of the sample.

        Parameters
        ----------
        outputs : (N, c) raw outputs; float32 stays float32, all else is float64.
        targets : as for the loss, but not checked beyond their shape. A NaN leaves its term out of a sum over
            outputs.
        weights : (N,), or None for 1.
        """
        f = np.asarray(outputs)
        dtype = f.dtype if f.dtype in DTYPES else np.dtype(np.float64)
        f = np.ascontiguousarray(f, dtype)
        if f.ndim != 2:
            raise ValueError(f"outputs must have shape (N, c), got {f.shape}")
        w = None if weights is None else np.ascontiguousarray(weights, dtype)
        return self._terms(f, self._targets_for(f, np.asarray(targets)), w)

    def values(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
        """Return the value of each sample alone, (N,); arguments as for :meth:`evaluate`."""
        f = np.ascontiguousarray(outputs)
        value, gradient = np.empty(len(f), f.dtype), np.empty_like(f)
        y = self._targets_for(f, np.asarray(targets))
        _core.loss(self.name, self.parameter, f, y, None, value, gradient, None, False)
        return value

    def _targets_for(self, f: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
        if y.ndim == 1 and y.dtype.kind in "iub" and "labels" in self.target_kind:
            return np.ascontiguousarray(y, np.int64)
        return np.ascontiguousarray(y[:, None] if y.ndim == 1 else y, f.dtype)

    def _terms(self, f: NDArray[Any], y: NDArray[Any], w: NDArray[Any] | None) -> LossTerms:
        value, gradient = np.empty(len(f), f.dtype), np.empty_like(f)
        hessian, curvature = (np.empty((*f.shape, f.shape[1]), f.dtype) for _ in range(2))
        for matrix, is_curvature in ((curvature, True), (hessian, False)):
            _core.loss(self.name, self.parameter, f, y, w, value, gradient, matrix, is_curvature)
        return LossTerms(value, gradient, hessian, curvature)
