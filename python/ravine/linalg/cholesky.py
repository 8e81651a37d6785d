"""Definite matrices: Cholesky's factor, and what it is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine.linalg.matrices import (
    FloatMatrix,
    NotPositiveDefiniteError,
    require_room,
    require_symmetric,
    right_hand_sides,
    square,
    strict_square,
    triangle,
    zero_square,
)

__all__ = [
    "ShiftedCholesky",
    "cholesky",
    "cholesky_solve",
    "inverse_diagonal",
    "log_determinant",
    "shifted_cholesky",
    "solve_definite",
    "solve_triangular",
]

_INSTEAD = "overwrite=True needs no second matrix, rv.linalg.conjugate_gradient none at all"


def cholesky(A: ArrayLike, overwrite: bool = False, check: bool = True) -> FloatMatrix:
    """Return the lower factor L of a symmetric positive definite matrix, A = L Lᵀ.

    In n³/3 flops, tiled, on all threads; the same bits whatever their number.

    Parameters
    ----------
    A : (n, n), float64; other numbers are converted.
    overwrite : True: write L into A itself, which must then be a C-contiguous writable float64 array, and
        return A. What A holds is undefined if an exception ends the call.
    check : False leaves the test for finite numbers and symmetry out. Then the lower triangle alone is read,
        and a number in it that is not finite ends in a failing pivot.

    Returns
    -------
    (n, n), zeros above the diagonal.

    Raises
    ------
    NotPositiveDefiniteError : a pivot is not positive; ``pivot`` and ``value`` tell which.
    ValueError : A is not square, not finite, or differs from its transpose by over 100 eps of its largest
        entry; the message gives the place.
    TypeError : A does not hold real numbers, or is not a float64 array with `overwrite`.
    MemoryError : there is no room for L; the text gives its size.

    Source: Golub and Van Loan (2013), section 4.2; docs/linalg.md has the tiling.

    >>> import numpy as np, ravine as rv
    >>> rv.linalg.cholesky(np.array([[4.0, 2.0], [2.0, 5.0]]))
    array([[2., 0.],
           [1., 2.]])
    """
    matrix = strict_square(A, "A") if overwrite else square(A, "A")
    if check:
        require_symmetric(matrix, "A")
    n = len(matrix)
    factor = matrix if overwrite else zero_square(n, f"a factor of order {n}", _INSTEAD)
    pivot, value = _core.cholesky(matrix, factor)
    if pivot >= 0:
        raise NotPositiveDefiniteError("A", pivot, value, n)
    return factor


def cholesky_solve(L: ArrayLike, B: ArrayLike) -> FloatMatrix:
    """Return the solution X of L Lᵀ X = B, for one right-hand side or many.

    2 n² flops a right-hand side. A single one costs what reading L twice costs.

    Parameters
    ----------
    L : (n, n), the lower factor of :func:`cholesky`; what lies above its diagonal is not read.
    B : (n,) or (n, k), finite.

    Returns
    -------
    X, of the shape of B.

    Raises
    ------
    SingularMatrixError : L has a zero on its diagonal.
    ValueError, TypeError : L is not square, or B does not have n rows of finite numbers.

    >>> import numpy as np, ravine as rv
    >>> L = rv.linalg.cholesky(np.array([[4.0, 2.0], [2.0, 5.0]]))
    >>> rv.linalg.cholesky_solve(L, [8.0, 12.0])
    array([1., 2.])
    """
    return _solve(_core.cholesky_solve, triangle(L, "L"), B)


def solve_definite(A: ArrayLike, B: ArrayLike, check: bool = True) -> FloatMatrix:
    """Return the solution X of A X = B, A symmetric positive definite: sooner than by a factor in float64.

    A is factored in float32, n³/3 flops at twice the rate, and X refined by products with A until the
    residual ‖b - A x‖ of each side is at most 2.2e-16 (6e-14 where rounding in the products allows no less)
    of ‖A‖ ‖x‖ + ‖b‖: up to condition numbers of some 1e6. Beyond, and below n = 256, the factor is in
    float64. Who solves with the same A again keeps the factor of :func:`cholesky` instead.

    Parameters
    ----------
    A : (n, n), symmetric; kept as it is. Both triangles are read.
    B : (n,) or (n, k), finite.
    check : False leaves the test of A for finite numbers and symmetry out.

    Returns
    -------
    X, of the shape of B.

    Raises
    ------
    NotPositiveDefiniteError : a pivot is not positive; ``pivot`` and ``value`` tell which. Negative curvature
        below some 1e-7 of ‖A‖ may go unnoticed where b has nothing of its direction.
    ValueError, TypeError : A is not square, finite and symmetric, or B has other than n rows of finite
        numbers.
    MemoryError : there is no room for a copy of A.

    Source: Langou et al., Exploiting the performance of 32 bit floating point arithmetic (2006); Higham
    (2002), chapter 12.

    >>> import numpy as np, ravine as rv
    >>> rv.linalg.solve_definite(np.array([[4.0, 2.0], [2.0, 5.0]]), [8.0, 12.0])
    array([1., 2.])
    """
    matrix = square(A, "A")
    if check:
        require_symmetric(matrix, "A")
    n = len(matrix)
    rows = np.ascontiguousarray(right_hand_sides(B, "B", n).T)
    require_room(n, f"a factor of order {n}", "rv.linalg.conjugate_gradient needs none")
    solution = np.empty_like(rows)
    pivot, value, _ = _core.solve_definite(matrix, rows, solution)
    if pivot >= 0:
        raise NotPositiveDefiniteError("A", pivot, value, n)
    return np.ascontiguousarray(solution.T).reshape(np.shape(B))


def solve_triangular(A: ArrayLike, B: ArrayLike, lower: bool = True, transposed: bool = False) -> FloatMatrix:
    """Return the solution X of A X = B, or of Aᵀ X = B, for a triangular matrix A.

    Parameters
    ----------
    A : (n, n); only the triangle that `lower` names is read. An upper one is copied once, as its transpose.
    B : (n,) or (n, k), finite.
    lower : whether A is lower triangular.
    transposed : whether to solve with Aᵀ.

    Returns
    -------
    X, of the shape of B.

    Raises
    ------
    SingularMatrixError : A has a zero on its diagonal.
    ValueError, TypeError : A is not square, or B does not have n rows of finite numbers.

    >>> import numpy as np, ravine as rv
    >>> rv.linalg.solve_triangular(np.array([[2.0, 0.0], [1.0, 4.0]]), [2.0, 9.0])
    array([1., 2.])
    """
    L = triangle(A, "A")
    if not lower:
        L, transposed = np.ascontiguousarray(L.T), not transposed
    return _solve(_core.solve_lower_transposed if transposed else _core.solve_lower, L, B)


def _solve(solve: Callable[[FloatMatrix, FloatMatrix], None], L: FloatMatrix, B: ArrayLike) -> FloatMatrix:
    X = right_hand_sides(B, "B", len(L))
    solve(L, X)
    return X.reshape(np.shape(B))


def log_determinant(L: ArrayLike) -> float:
    """Return log det A = 2 Σ log L_ii for A = L Lᵀ; neither overflows nor underflows where det A would.

    Raises ValueError unless L is square and its diagonal positive and finite.

    >>> import ravine as rv
    >>> round(rv.linalg.log_determinant([[2.0, 0.0], [1.0, 0.5]]), 12)
    0.0
    """
    factor = _factor(L)
    return _core.log_determinant(factor)


def inverse_diagonal(L: ArrayLike) -> Any:
    """Return the diagonal of A⁻¹ for A = L Lᵀ: variances, where A is the inverse of a covariance matrix.

    (A⁻¹)_ii = Σ_k (L⁻¹)²_ki, in n³/3 flops, with a workspace of 72 columns a thread instead of the inverse.

    Returns
    -------
    (n,)

    Raises ValueError unless L is square and its diagonal positive and finite.

    >>> import numpy as np, ravine as rv
    >>> rv.linalg.inverse_diagonal(rv.linalg.cholesky(np.diag([4.0, 0.5])))
    array([0.25, 2.  ])
    """
    factor = _factor(L)
    out = np.empty(len(factor))
    _core.inverse_diagonal(factor, out)
    return out


def _factor(L: ArrayLike) -> FloatMatrix:
    factor = triangle(L, "L")
    diagonal = np.diagonal(factor)
    if (diagonal < 0).any():
        i = int(np.flatnonzero(diagonal < 0)[0])
        raise ValueError(f"L must have a positive diagonal, got L[{i}, {i}] = {diagonal[i]}")
    return factor


@dataclass(frozen=True)
class ShiftedCholesky:
    """The factor of A + αI.

    Attributes
    ----------
    factor : (n, n), lower, zeros above.
    alpha : α ≥ 0, what was added to the diagonal.
    tries : factorisations that it took.
    """

    factor: FloatMatrix
    alpha: float
    tries: int

    def solve(self, B: ArrayLike) -> FloatMatrix:
        """Return X with (A + αI) X = B, as :func:`cholesky_solve` does."""
        return cholesky_solve(self.factor, B)

    def __repr__(self) -> str:
        return f"ShiftedCholesky(n={len(self.factor)}, alpha={self.alpha:.6g}, tries={self.tries})"


def shifted_cholesky(A: ArrayLike, check: bool = True) -> ShiftedCholesky:
    """Return the factor of A + αI, with the smallest convenient α ≥ 0 that makes it positive definite.

    α is 0 if A is definite. A factorisation that fails shows a vector x of negative curvature, and so the
    bound α ≥ -xᵀAx/‖x‖²; the next α is a tenth above it and at least four times the last one, from
    √eps ‖A‖_F/√n on, up to Gershgorin's bound, which is surely enough.

    Parameters
    ----------
    A : (n, n), symmetric; kept as it is.
    check : False leaves the test for symmetry out; the lower triangle alone is read.

    Raises
    ------
    ValueError : A is not square, finite and symmetric; the message gives the place.
    TypeError : A does not hold real numbers.
    MemoryError : there is no room for the factor.

    Source: Nocedal and Wright (2006), algorithm 3.3; Conn, Gould and Toint (2000), section 7.3.8.

    >>> import numpy as np, ravine as rv
    >>> rv.linalg.shifted_cholesky(np.diag([1.0, -2.0]))
    ShiftedCholesky(n=2, alpha=2.2, tries=1)
    """
    matrix = square(A, "A")
    if check:
        require_symmetric(matrix, "A")
    n = len(matrix)
    factor = zero_square(n, f"a factor of order {n}", "rv.linalg.conjugate_gradient needs none")
    alpha, tries = _core.shifted_cholesky(matrix, factor)
    return ShiftedCholesky(factor, alpha, tries)
