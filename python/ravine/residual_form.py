"""A risk that is a sum of squares, as residuals and their Jacobian: what least-squares methods ask for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine import _core
from ravine.memory import require_memory
from ravine.network import MLP

__all__ = ["ResidualForm"]


class ResidualForm:
    """The residual form of an :class:`EmpiricalRisk`, which inherits it; not to be made by itself."""

    _core: _core.Risk
    _net: MLP
    _rows: NDArray[np.int64] | None
    _normaliser: float
    _count: int
    _l1: list[float]
    _l2: list[float]
    _prior: NDArray[Any] | None

    def _at(self, theta: NDArray[Any] | None) -> NDArray[Any]:
        return self._net.theta if theta is None else theta

    def residuals(self, theta: NDArray[Any] | None = None, *, penalty: bool = False) -> NDArray[Any]:
        """Return r(θ) with J(θ) = ½‖r‖² + penalty, for the loss squared_error.

        r_ik = √(w_i / Σw) (f_k(x_i; θ) - y_ik); without the division for reduction="sum", and for a subset
        with its share of Σw, as in J itself. A row of weight 0 and a missing target have residuals 0.

        Parameters
        ----------
        theta : (P,) vector of the network's dtype, or None for the network's own.
        penalty : append √l2 (W - V), one for each weight whose layer has l2 > 0, in θ's order: then
            J(θ) = ½‖r‖².

        Returns
        -------
        (N n_out,), sample after sample; with `penalty` longer by the number of penalised weights.

        Raises
        ------
        ValueError : the loss has no residual form; or `penalty` with an l1 penalty, which has none either.

        >>> import numpy as np, ravine as rv
        >>> net = rv.MLP([1, 1], initializer="zeros")
        >>> risk = rv.EmpiricalRisk(net, np.array([[1.0], [2.0]]), np.array([1.0, 3.0]), reduction="sum")
        >>> risk.residuals()
        array([-1., -3.])
        """
        r = np.empty(self._residual_count(), self._net.dtype)
        _core.residuals(self._core, self._at(theta), r, None, self._rows, self._normaliser)
        if not penalty:
            return r
        index, roots = self._penalty_roots()
        shift = self._at(theta) - (0 if self._prior is None else self._prior)
        return np.concatenate([r, roots * shift[index]])

    def jacobian(
        self, theta: NDArray[Any] | None = None, out: NDArray[Any] | None = None, *, penalty: bool = False
    ) -> NDArray[Any]:
        """Return ∂r/∂θ of :meth:`residuals`: ∇J = Jᵀr and the Gauss-Newton matrix is JᵀJ, plus the penalty's.

        It can be factored without JᵀJ being formed, which keeps twice the digits. It has n_out rows a sample:
        for more than a few outputs :meth:`gauss_newton` is cheaper to make and to keep.

        Parameters
        ----------
        theta : (P,) vector of the network's dtype, or None for the network's own.
        out : (N n_out, P) array to write into: of the network's dtype, C-contiguous, writable, apart from
            theta and data. Undefined if an exception ends the call. Not with `penalty`.
        penalty : append the rows √l2 e_p of the penalised weights, as in :meth:`residuals`.

        Returns
        -------
        (N n_out, P), row i n_out + k for sample i and output k.

        Raises
        ------
        MemoryError : the matrix does not fit; the text gives its size and what needs less.
        ValueError : as for :meth:`residuals`; `out` does not fit.

        >>> import numpy as np, ravine as rv
        >>> net = rv.MLP([1, 1], initializer="zeros")
        >>> risk = rv.EmpiricalRisk(net, np.array([[1.0], [2.0]]), np.array([1.0, 3.0]), reduction="sum")
        >>> risk.jacobian()
        array([[1., 1.],
               [2., 1.]])
        """
        count, parameters = self._residual_count(), self._net.parameter_count
        index, roots = self._penalty_roots() if penalty else (np.empty(0, np.int64), np.empty(0))
        if out is not None and penalty:
            raise ValueError("out must be None with penalty=True: it has no room for the penalty's rows")
        shape = (count + index.size, parameters)
        if out is None:
            size = shape[0] * parameters * self._net.dtype.itemsize
            require_memory(
                size, f"a Jacobian of shape {shape}", "gauss_newton needs P² numbers, subset fewer rows"
            )
            whole = np.empty(shape, self._net.dtype)
        else:
            whole = out
        r = np.empty(count, self._net.dtype)
        data = whole[:count] if penalty else whole
        _core.residuals(self._core, self._at(theta), r, data, self._rows, self._normaliser)
        if penalty:
            whole[count:] = 0
            whole[count + np.arange(index.size), index] = roots
        return whole

    def _residual_count(self) -> int:
        return self._count * self._net.widths[-1]

    def _penalty_roots(self) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Which weights have a quadratic penalty, and the root of its strength for each."""
        if any(self._l1):
            raise ValueError(f"penalty=True needs l1 = 0, got {tuple(self._l1)}: |w| is no square")
        widths, offsets = self._net.widths, self._net._core.offsets
        index, roots = [np.empty(0, np.int64)], [np.empty(0)]
        for n, m, offset, strength in zip(widths[:-1], widths[1:], offsets, self._l2, strict=True):
            if strength > 0:
                index.append(np.arange(offset, offset + n * m))
                roots.append(np.full(n * m, np.sqrt(strength)))
        return np.concatenate(index), np.concatenate(roots).astype(self._net.dtype)
