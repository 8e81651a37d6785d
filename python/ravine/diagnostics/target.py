"""What the diagnostics of curvature look at: a smooth function at one point, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine.linalg.lapack import eigh
from ravine.linalg.ldlt import ldlt
from ravine.linalg.products import FloatArray, float_vector
from ravine.linearization import Linearization
from ravine.memory import available_bytes, require_memory
from ravine.objective import EmpiricalRisk

__all__ = ["Target", "eigenpairs", "length_of"]


def length_of(v: FloatArray) -> float:
    """‖v‖₂, whose squares may overflow."""
    largest = float(np.abs(v).max())
    return largest * float(np.linalg.norm(v / largest)) if largest > 0 else 0.0


def eigenpairs(A: FloatArray) -> tuple[FloatArray, FloatArray]:
    """All eigenvalues of a symmetric matrix, ascending, and their vectors in columns."""
    values, vectors = eigh(A, check=False)
    return values, np.asarray(vectors)


class Target:
    """J near θ: values, gradients, Hessian, products with it, as float64 and checked.

    Parameters
    ----------
    function : an :class:`ravine.EmpiricalRisk`, or any object with ``value(theta)``, ``gradient(theta)`` or
        ``value_and_gradient(theta)``, and ``hessian(theta)`` or ``hessian_product(theta, v)``, such as a
        surface, or functions in a ``types.SimpleNamespace``.
    theta : (P,); None for the parameters of the risk's network.

    Attributes
    ----------
    theta : (P,), float64.
    order : P.
    eps : of the numbers that the function computes with; those of a float32 network are coarser.
    """

    def __init__(self, function: Any, theta: ArrayLike | None) -> None:
        self._function = function
        self._dtype: np.dtype[Any] = np.dtype(np.float64)
        if isinstance(function, EmpiricalRisk):
            if any(function.l1):
                raise ValueError("l1 must be 0: |w| has no second derivative at 0, so curvature says nothing")
            self._dtype = function.net.dtype
            theta = function.net.theta if theta is None else theta
        elif theta is None:
            raise TypeError(f"theta must be given for a {type(function).__name__}")
        missing = [] if callable(getattr(function, "value", None)) else ["value"]
        if not any(callable(getattr(function, name, None)) for name in ("gradient", "value_and_gradient")):
            missing.append("gradient")
        self._forms = callable(getattr(function, "hessian", None))
        self._multiplies = callable(getattr(function, "hessian_product", None))
        if not (self._forms or self._multiplies):
            missing.append("hessian or hessian_product")
        if missing:
            raise TypeError(f"a {type(function).__name__} must have the methods {' and '.join(missing)}")
        size = function.net.parameter_count if isinstance(function, EmpiricalRisk) else None
        self.theta = float_vector(theta, "theta", size).copy()
        self.order = self.theta.size
        self.eps = float(np.finfo(self._dtype).eps)
        self._kept: Linearization | None = None
        self._formed: FloatArray | None = None
        self._eigen: tuple[FloatArray, FloatArray] | None = None

    def value(self, at: FloatArray | None = None) -> float:
        """J at θ, or at another point; not finite if J is not."""
        value = self._function.value(self._own(self.theta if at is None else at))
        if np.ndim(value) != 0 or not np.isreal(value):
            raise TypeError(f"value(theta) must be a number, got {value!r}")
        return float(value)

    def value_and_gradient(self) -> tuple[float, FloatArray]:
        """J and ∇J at θ, in one sweep where the function offers that."""
        if not callable(getattr(self._function, "value_and_gradient", None)):
            return self.value(), self.gradient()
        value, gradient = self._function.value_and_gradient(self._own(self.theta))
        return float(value), self._vector(gradient, "the gradient")

    def gradient(self) -> FloatArray:
        """∇J at θ."""
        if callable(getattr(self._function, "gradient", None)):
            return self._vector(self._function.gradient(self._own(self.theta)), "gradient(theta)")
        return self.value_and_gradient()[1]

    def hessian(self, instead: str) -> FloatArray:
        """The Hessian at θ, kept; `instead` is the way out where memory lacks."""
        if self._formed is None:
            n = self.order
            require_memory(8 * n * n, f"the Hessian of P = {n} parameters", instead)
            if self._forms:
                H = np.asarray(self._function.hessian(self._own(self.theta)), dtype=np.float64)
            else:
                H = np.stack([self.product(unit) for unit in np.eye(n)])
            if H.shape != (n, n):
                raise ValueError(f"hessian(theta) must have shape ({n}, {n}), got {H.shape}")
            if not np.isfinite(H).all():
                raise ValueError("hessian(theta) must be finite, and is not")
            exact = isinstance(self._function, EmpiricalRisk) and self._forms  # symmetric to the bit as it is
            self._formed = H if exact else (H + H.T) / 2
        return self._formed

    def eigen(self) -> tuple[FloatArray, FloatArray]:
        """All eigenvalues, ascending, and their vectors in columns, by LAPACK; kept."""
        if self._eigen is None:
            n, instead = self.order, "method='lanczos' needs no matrix"
            # H, the vectors, and twice as much for LAPACK.
            require_memory(32 * n * n, f"the full spectrum of P = {n} parameters", instead)
            self._eigen = eigenpairs(self.hessian(instead))
        return self._eigen

    def product(self, v: FloatArray) -> FloatArray:
        """H v, by products if there are any; else the Hessian is formed once."""
        if self._kept is not None:
            return self._vector(self._kept.hessian_product(self._own(v)), "hessian_product(v)")
        if not self._multiplies:
            return np.asarray(self.hessian("give it a method hessian_product(theta, v)") @ v)
        image = self._function.hessian_product(self._own(self.theta), self._own(v))
        return self._vector(image, "hessian_product(theta, v)")

    def inertia(self, tolerance: float) -> tuple[int, int, int]:
        """How many eigenvalues lie above, within and below ±tolerance, without computing one.

        By Sylvester's law H + τI has as many negative eigenvalues as its factor D, and so for H - τI.
        """
        n, instead = self.order, "method='lanczos' needs no matrix"
        require_memory(16 * n * n, f"the inertia of P = {n} parameters", instead)
        H = self.hessian(instead)
        diagonal = np.diagonal(H).copy()
        places = np.diag_indices(n)
        try:
            H[places] = diagonal + tolerance
            negative = ldlt(H, check=False).inertia_within(0.0).negative
            H[places] = diagonal - tolerance
            positive = ldlt(H, check=False).inertia_within(0.0).positive
        finally:
            H[places] = diagonal
        return positive, n - positive - negative, negative

    def keep_sweeps(self) -> None:
        """Make the products that follow cheaper, where there is plenty of memory for it."""
        risk = self._function
        if isinstance(risk, EmpiricalRisk) and 4 * risk.workspace_bytes("linearize") <= available_bytes():
            self._kept = risk.linearize(self._own(self.theta))

    def _own(self, v: FloatArray) -> NDArray[Any]:
        """A copy in the function's own numbers: whatever it does to it, ours stays."""
        return v.astype(self._dtype)

    def _vector(self, value: Any, name: str) -> FloatArray:
        array = np.asarray(value)
        if array.shape != (self.order,) or array.dtype.kind not in "fiu":
            raise ValueError(f"{name} must have shape ({self.order},), got {array.shape} of {array.dtype}")
        if not np.isfinite(array).all():
            where = int(np.flatnonzero(~np.isfinite(array))[0])
            raise ValueError(f"{name} must be finite, got {array[where]} at index {where}")
        return array.astype(np.float64)
