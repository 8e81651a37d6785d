"""What a risk tells of its curvature: dense matrices, products with vectors, and a point to make many at."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine import _core
from ravine.arrays import finite_number
from ravine.linalg.matrices import NotPositiveDefiniteError, require_room
from ravine.linearization import Linearization, products_like
from ravine.memory import require_memory
from ravine.network import MLP

__all__ = ["SecondDerivatives"]


class SecondDerivatives:
    """The second derivatives of an :class:`EmpiricalRisk`, which inherits them; not to be made by itself."""

    _core: _core.Risk
    _net: MLP
    _rows: NDArray[np.int64] | None
    _normaliser: float
    _count: int

    def hessian(self, theta: NDArray[Any] | None = None, out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return ∂²J/∂θ², exact and symmetric to the bit, in at most N P² flops whatever the loss.

        Parameters
        ----------
        theta : (P,) vector of the network's dtype, or None for the network's own.
        out : (P, P) array to write into: of the network's dtype, C-contiguous, writable, apart from theta.
            What it holds is undefined if an exception ends the call.

        Returns
        -------
        (P, P), 8 P² bytes in float64. Of the penalty it holds l2 on the weights' diagonal; |w| has no
        curvature. At a kink of relu, leaky_relu or elu the derivatives are those of the negative side.

        Raises
        ------
        MemoryError : the matrix does not fit; the text gives its size and what needs none.
        ValueError : the loss is a function of one's own that returns no Hessian.

        Source: the formulas are those of docs/curvature.md, after Bishop (1992) and Pearlmutter (1994).

        >>> import numpy as np, ravine as rv
        >>> risk = rv.EmpiricalRisk(rv.MLP([1, 1]), np.array([[3.0]]), np.array([1.0]))
        >>> risk.hessian()
        array([[9., 3.],
               [3., 1.]])
        """
        return self._dense_matrix(theta, out, positive=False)

    def gauss_newton(
        self, theta: NDArray[Any] | None = None, out: NDArray[Any] | None = None
    ) -> NDArray[Any]:
        """Return Σ w Jᵀ C J / Σ w + ∂² penalty, J = ∂f/∂θ: positive semidefinite, symmetric to the bit.

        C is ∇²L where the loss is convex in the outputs f, else what stands in its place (docs/losses.md);
        the terms in σ″ are left out. At most N P² flops, whatever the number of outputs. Parameters,
        result and errors as for :meth:`hessian`. Source: Schraudolph (2002).

        >>> import numpy as np, ravine as rv
        >>> risk = rv.EmpiricalRisk(rv.MLP([2, 3, 1], seed=0), np.ones((4, 2)), np.zeros(4))
        >>> bool(np.linalg.eigvalsh(risk.gauss_newton()).min() > -1e-12)
        True
        """
        return self._dense_matrix(theta, out, positive=True)

    def hessian_product(
        self, theta: NDArray[Any] | None, v: NDArray[Any], out: NDArray[Any] | None = None
    ) -> NDArray[Any]:
        """Return ∂²J/∂θ² v, exact, without the matrix: one vector or several at once.

        By forward over reverse differentiation (docs/curvature.md): about 16 N P flops, where a gradient
        takes 6 N P. Several vectors share the sweeps at θ; for many products at one θ see :meth:`linearize`.

        Parameters
        ----------
        theta : (P,) vector of the network's dtype, or None for the network's own.
        v : (P,), or (k, P) for k vectors: of the network's dtype, C-contiguous.
        out : array like v to write into: writable, apart from theta, v and data. What it holds is undefined
            if an exception ends the call.

        Returns
        -------
        (P,) or (k, P), row i the product with v[i], to the same bits as with v[i] alone.

        Raises
        ------
        ValueError : v or out has another shape, dtype or layout; the loss is a function of one's own that
            returns no Hessian.

        Source: Pearlmutter, Fast exact multiplication by the Hessian (1994).

        >>> import numpy as np, ravine as rv
        >>> risk = rv.EmpiricalRisk(rv.MLP([1, 1]), np.array([[3.0]]), np.array([1.0]))
        >>> risk.hessian_product(None, np.array([1.0, 0.0]))
        array([9., 3.])
        """
        return self._product(theta, v, out, positive=False)

    def gauss_newton_product(
        self, theta: NDArray[Any] | None, v: NDArray[Any], out: NDArray[Any] | None = None
    ) -> NDArray[Any]:
        """Return the matrix of :meth:`gauss_newton` times v, without the matrix: one vector or several.

        About 10 N P flops. Parameters, result and errors as for :meth:`hessian_product`. Source: Schraudolph
        (2002).

        >>> import numpy as np, ravine as rv
        >>> risk = rv.EmpiricalRisk(rv.MLP([1, 1]), np.array([[3.0]]), np.array([1.0]))
        >>> risk.gauss_newton_product(None, np.eye(2))
        array([[9., 3.],
               [3., 1.]])
        """
        return self._product(theta, v, out, positive=True)

    def _product(
        self, theta: NDArray[Any] | None, v: NDArray[Any], out: NDArray[Any] | None, positive: bool
    ) -> NDArray[Any]:
        products = products_like(v) if out is None else out
        _core.matrix_product(self._core, positive, self._at(theta), v, products, self._rows, self._normaliser)
        return products

    def hessian_solve(
        self,
        theta: NDArray[Any] | None,
        v: NDArray[Any],
        shift: float = 0.0,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]:
        """Return (∂²J/∂θ² + shift I)⁻¹ v: minus a Newton step where v is the gradient.

        The matrix A is made and factored in float32, in half the time and memory of float64, and the
        solution refined by exact products in float64 until the residual ‖v - A x‖ is at most 2.2e-16 (6e-14
        where rounding in the products allows no less) of ‖A‖ ‖x‖ + ‖v‖: up to condition numbers of some 1e6.
        Beyond, below 256 parameters, and for losses of one's own the factor is in float64. For a float32
        network all is in float32.

        Parameters
        ----------
        theta : (P,) vector of the network's dtype, or None for the network's own.
        v : (P,), or (k, P) for k vectors: of the network's dtype, C-contiguous, finite.
        shift : α, what is added to the diagonal; any finite number.
        out : array like v to write into: writable, apart from theta, v and data. What it holds is undefined
            if an exception ends the call.

        Returns
        -------
        (P,) or (k, P), row i the solution for v[i]. Scratch memory is 4 P² bytes, or 8 P².

        Raises
        ------
        NotPositiveDefiniteError : the matrix with the shift has a pivot that is not positive; ``pivot`` and
            ``value`` tell which. Negative curvature below some 1e-7 of ‖A‖ may go unnoticed where v has
            nothing of its direction.
        ValueError : v or out has another shape, dtype or layout; v or shift is not finite; the loss is a
            function of one's own that returns no Hessian.
        MemoryError : the matrix does not fit; the text gives its size and what needs none.

        Source: Langou et al., Exploiting the performance of 32 bit floating point arithmetic (2006); the
        products after Pearlmutter (1994).

        >>> import numpy as np, ravine as rv
        >>> risk = rv.EmpiricalRisk(rv.MLP([1, 1]), np.array([[1.0], [3.0]]), np.array([1.0, 3.0]))
        >>> risk.hessian_solve(None, np.array([1.0, 0.0])).round(12)
        array([ 1., -2.])
        """
        return self._solution(theta, v, shift, out, positive=False)

    def gauss_newton_solve(
        self,
        theta: NDArray[Any] | None,
        v: NDArray[Any],
        shift: float = 0.0,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]:
        """Return (G + shift I)⁻¹ v with the matrix G of :meth:`gauss_newton`.

        Definite for every positive shift; parameters, result and errors as for :meth:`hessian_solve`.

        >>> import numpy as np, ravine as rv
        >>> risk = rv.EmpiricalRisk(rv.MLP([1, 1]), np.array([[1.0], [3.0]]), np.array([1.0, 3.0]))
        >>> risk.gauss_newton_solve(None, np.eye(2), shift=1.0).round(12)
        array([[ 0.25, -0.25],
               [-0.25,  0.75]])
        """
        return self._solution(theta, v, shift, out, positive=True)

    def _solution(
        self,
        theta: NDArray[Any] | None,
        v: NDArray[Any],
        shift: float,
        out: NDArray[Any] | None,
        positive: bool,
    ) -> NDArray[Any]:
        alpha = finite_number(shift, "shift")
        parameters = self._net.parameter_count
        instead = "rv.linalg.conjugate_gradient with linearize() needs products alone"
        require_room(parameters, f"a factor of order P = {parameters}", instead)
        solution = products_like(v) if out is None else out
        pivot, value, _ = _core.solve_curvature(
            self._core, positive, self._at(theta), alpha, v, solution, self._rows, self._normaliser
        )
        if pivot >= 0:
            matrix = "the Gauss-Newton matrix" if positive else "the Hessian"
            raise NotPositiveDefiniteError(f"{matrix} with shift {alpha:g}", pivot, value, parameters)
        return solution

    def linearize(self, theta: NDArray[Any] | None = None) -> Linearization:
        """Return J at θ with the sweeps over all rows kept: value, gradient, and cheaper products there.

        For many products at one θ, as conjugate gradients make them: a product takes about 12 N P flops
        (Hessian) or 8 N P (Gauss-Newton). Memory: :meth:`workspace_bytes` of "linearize".

        Parameters
        ----------
        theta : (P,) vector of the network's dtype, or None for the network's own; copied.

        Raises
        ------
        MemoryError : the sweeps do not fit; the text gives their size and what needs less.
        ValueError : the loss is a function of one's own that returns no Hessian.

        >>> import numpy as np, ravine as rv
        >>> risk = rv.EmpiricalRisk(rv.MLP([1, 1]), np.array([[3.0]]), np.array([1.0]))
        >>> risk.linearize(np.zeros(2)).gradient
        array([-3., -1.])
        """
        needed = self.workspace_bytes("linearize")
        less = "hessian_product and gauss_newton_product keep none, subset(rows) has fewer rows"
        require_memory(needed, f"keeping the sweeps over N = {self._count} rows", less)
        kept = _core.Linearization(self._core, self._at(theta), self._rows, self._normaliser)
        return Linearization(kept, self._net.parameter_count, self._net.dtype, needed)

    def _dense_matrix(
        self, theta: NDArray[Any] | None, out: NDArray[Any] | None, positive: bool
    ) -> NDArray[Any]:
        parameters = self._net.parameter_count
        if out is None:
            size = parameters**2 * self._net.dtype.itemsize
            require_memory(size, f"a matrix of order P = {parameters}", "pass `out`, such as a memory map")
            out = np.empty((parameters, parameters), self._net.dtype)
        self._core.dense_matrix(positive, self._at(theta), out, self._rows, self._normaliser)
        return out

    def workspace_bytes(self, method: str = "value_and_gradient") -> int:
        """Return the bytes of scratch memory that one call of a method takes (formulas: docs/memory.md).

        `method` is "value_and_gradient", "hessian", "gauss_newton", "hessian_product" or
        "gauss_newton_product" (each with one vector), or "linearize", which keeps them.
        """
        if method == "value_and_gradient":
            return self._core.workspace_bytes(self._count)
        if method in ("hessian", "gauss_newton"):
            return self._core.dense_matrix_bytes(method == "gauss_newton", self._count)
        if method in ("hessian_product", "gauss_newton_product"):
            return _core.product_bytes(self._core, self._count, 1)
        if method == "linearize":
            return _core.linearization_bytes(self._core, self._count)
        known = "'value_and_gradient', 'hessian', 'gauss_newton', 'hessian_product', 'gauss_newton_product'"
        raise ValueError(f"method must be {known} or 'linearize', got {method!r}")

    def _at(self, theta: NDArray[Any] | None) -> NDArray[Any]:
        return self._net.theta if theta is None else theta
