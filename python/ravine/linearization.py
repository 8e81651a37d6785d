"""A risk at one point whose sweeps are kept, for many products there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine import _core

__all__ = ["Linearization", "products_like"]


class Linearization:
    """J, ∇J, and products with second derivatives at one θ; made by :meth:`ravine.EmpiricalRisk.linearize`.

    Later changes of θ, of the data or of the network do not reach it. Several threads may share one: their
    products take turns.

    >>> import numpy as np, ravine as rv
    >>> risk = rv.EmpiricalRisk(rv.MLP([1, 1]), np.array([[3.0]]), np.array([1.0]))
    >>> at = risk.linearize(np.zeros(2))
    >>> at.value, at.hessian_product(np.array([0.0, 1.0]))
    (0.5, array([3., 1.]))
    """

    def __init__(
        self, kept: _core.Linearization, parameter_count: int, dtype: np.dtype[Any], nbytes: int
    ) -> None:
        self._kept = kept
        self._nbytes = nbytes
        self._gradient: NDArray[Any] = np.empty(parameter_count, dtype)
        kept.copy_gradient(self._gradient)
        self._gradient.flags.writeable = False

    @property
    def value(self) -> float:
        """J(θ)."""
        return self._kept.value

    @property
    def gradient(self) -> NDArray[Any]:
        """∇J(θ), (P,), read-only."""
        return self._gradient

    @property
    def nbytes(self) -> int:
        """Bytes that are kept (formula: docs/memory.md)."""
        return self._nbytes

    def hessian_product(self, v: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return ∂²J/∂θ² v, for 12 N P flops, to the bits of :meth:`ravine.EmpiricalRisk.hessian_product`.

        Parameters
        ----------
        v : (P,), or (k, P) for k vectors: of the network's dtype, C-contiguous.
        out : array like v to write into, apart from v; undefined if an exception ends the call.

        Raises
        ------
        ValueError : v or out has another shape, dtype or layout.
        """
        return self._product(v, out, positive=False)

    def gauss_newton_product(self, v: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return the Gauss-Newton matrix times v for about 8 N P flops; see :meth:`hessian_product`."""
        return self._product(v, out, positive=True)

    def _product(self, v: NDArray[Any], out: NDArray[Any] | None, positive: bool) -> NDArray[Any]:
        products = products_like(v) if out is None else out
        self._kept.product(positive, v, products)
        return products

    def __repr__(self) -> str:
        return f"Linearization(P={self._gradient.size}, value={self.value:.6g}, {self._nbytes} bytes)"


def products_like(v: Any) -> NDArray[Any]:
    """Return a new array for the products with v; what v is, the core checks."""
    return np.empty(v.shape, v.dtype) if isinstance(v, np.ndarray) else np.empty(0)
