"""Linear least squares by orthogonal reduction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine.arrays import non_negative, real_array, require_finite
from ravine.linalg.matrices import ORDER_WORTH_ASKING, FloatMatrix, right_hand_sides, row_major
from ravine.memory import require_memory

__all__ = ["QRLeastSquares", "qr_least_squares"]


@dataclass(frozen=True)
class QRLeastSquares:
    """The solution of a linear least squares problem.

    Attributes
    ----------
    x : (n,) or (n, k), of the shape of b.
    rank : of A, together with the rows of damping.
    condition : an estimate of its condition number in the 1-norm, after scaling; infinite where rank < n.
    squares : ‖A x - b‖², without the damping; one number, or (k,).
    """

    x: FloatMatrix
    rank: int
    condition: float
    squares: float | NDArray[np.float64]

    def __repr__(self) -> str:
        return (
            f"QRLeastSquares(n={len(self.x)}, rank={self.rank}, condition={self.condition:.3g}, "
            f"squares={self.squares})"
        )


def qr_least_squares(
    A: ArrayLike,
    b: ArrayLike,
    scale: bool = True,
    damping: ArrayLike | None = None,
    tolerance: float | None = None,
) -> QRLeastSquares:
    """Return the x that makes ‖A x - b‖² + Σ_j damping_j x_j² least, by Householder reflections.

    AᵀA, whose condition number is the square of A's, is not formed: of a matrix with condition number κ some
    16 - log₁₀ κ digits come through. 2 m n² flops, all threads, the same bits whatever their number; A is
    read once, block by block, and the workspace holds eight triangles (n, n) at most.

    Parameters
    ----------
    A : (m, n), finite; m may be smaller than n.
    b : (m,) or (m, k), finite.
    scale : True: columns are divided by their norms, so that parameters of very different units do not spoil
        the rank. Where the rank is below n, x is the shortest of all minimisers in the scaled variables, and
        with False in x itself, as numpy.linalg.lstsq gives it.
    damping : λ ≥ 0, one number or (n,); None for none. Rows √λ_j are put below A.
    tolerance : columns count for the rank as long as what is left of them is above `tolerance` times the
        longest; max(m, n) eps if not given. Columns are pivoted only where the estimated condition number
        leaves the rank in doubt.

    Raises
    ------
    ValueError : shapes do not fit, a number is not finite, λ is negative; the message gives the place.
    TypeError : A or b does not hold real numbers.
    MemoryError : there is no room for a triangle (n, n).

    Source: Golub and Van Loan (2013), chapter 5; Demmel et al. (2012) for tall matrices.

    >>> import numpy as np, ravine as rv
    >>> A = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    >>> rv.linalg.qr_least_squares(A, [1.0, 3.0, 5.0]).x.round(12)
    array([1., 2.])
    """
    array = real_array(A, "A")
    if array.ndim != 2:
        raise ValueError(f"A must be a matrix (m, n), got shape {array.shape}")
    require_finite(array, "A")
    matrix = row_major(array)
    m, n = matrix.shape
    B = right_hand_sides(b, "b", m)
    if n > ORDER_WORTH_ASKING:
        instead = "rv.linalg.conjugate_gradient needs none"
        require_memory(16 * n * (n + B.shape[1]), f"a triangle of order {n}", instead)
    relative = max(m, n) * float(np.finfo(np.float64).eps) if tolerance is None else tolerance
    X, squares = np.empty((n, B.shape[1])), np.empty(B.shape[1])
    rank, condition = _core.least_squares(
        matrix,
        B,
        _scales(matrix, scale),
        _damping(damping, n),
        non_negative(relative, "tolerance"),
        X,
        squares,
    )
    shape = (n, *np.shape(b)[1:])
    return QRLeastSquares(
        X.reshape(shape), rank, condition, squares if len(shape) == 2 else float(squares[0])
    )


def _scales(A: FloatMatrix, by_column: bool) -> NDArray[np.float64]:
    """The norms of the columns, or one power of two for all: squares shall not overflow."""
    scales = np.empty(A.shape[1])
    _core.column_norms(A, scales)
    if not by_column and A.size:
        scales[:] = 2.0 ** np.frexp(np.abs(A).max(initial=0.0) or 1.0)[1]
    return scales


def _damping(damping: ArrayLike | None, n: int) -> NDArray[np.float64] | None:
    if damping is None:
        return None
    array = real_array(damping, "damping")
    if array.shape not in ((), (n,)):
        raise ValueError(f"damping must be a number or have shape ({n},), got {array.shape}")
    values: NDArray[np.float64] = np.broadcast_to(array.astype(np.float64), (n,)).copy()
    require_finite(values, "damping")
    if (values < 0).any():
        i = int(np.flatnonzero(values < 0)[0])
        raise ValueError(f"damping must not be negative, got {values[i]} at damping[{i}]")
    roots: NDArray[np.float64] = np.sqrt(values)
    return roots
