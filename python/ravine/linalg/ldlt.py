"""Symmetric matrices that need not be definite: LDLᵀ with pivots, inertia, solves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine.arrays import non_negative
from ravine.linalg.matrices import (
    FloatMatrix,
    SingularMatrixError,
    require_symmetric,
    right_hand_sides,
    square,
    zero_square,
)

__all__ = ["LDLT", "Inertia", "ldlt"]


class Inertia(NamedTuple):
    """How many eigenvalues are positive, zero, negative."""

    positive: int
    zero: int
    negative: int


@dataclass(frozen=True)
class LDLT:
    """A[order][:, order] = L D Lᵀ.

    Attributes
    ----------
    L : (n, n), unit lower triangular, zeros above.
    order : (n,), the permutation of rows and columns.
    diagonal, below : (n,) each, the blocks of D: ``below[i]`` stands between i and i + 1, and is not 0
        exactly where they belong to one block of order 2.
    """

    L: FloatMatrix
    order: NDArray[np.int64]
    diagonal: NDArray[np.float64]
    below: NDArray[np.float64]

    @property
    def D(self) -> FloatMatrix:
        """D as a matrix (n, n)."""
        D = np.diag(self.diagonal)
        at = np.flatnonzero(self.below)
        D[at, at + 1] = D[at + 1, at] = self.below[at]
        return D

    @property
    def eigenvalues_of_D(self) -> NDArray[np.float64]:
        """The eigenvalues (n,) of D; they have the signs of A's, not their sizes."""
        values: NDArray[np.float64] = self.diagonal.copy()
        i = np.flatnonzero(self.below)
        middle, half = (values[i] + values[i + 1]) / 2, (values[i] - values[i + 1]) / 2
        radius = np.hypot(half, self.below[i])
        values[i], values[i + 1] = middle - radius, middle + radius
        return values

    @property
    def inertia(self) -> Inertia:
        """The inertia of A, by Sylvester's law, with the default tolerance of :meth:`inertia_within`."""
        return self.inertia_within()

    def inertia_within(self, tolerance: float | None = None) -> Inertia:
        """Return how many eigenvalues of D are above, within and below ±tolerance times the largest of them.

        `tolerance` is n eps if not given: what rounding can make of a zero.
        """
        eps = float(np.finfo(np.float64).eps)
        relative = len(self.L) * eps if tolerance is None else non_negative(tolerance, "tolerance")
        values = self.eigenvalues_of_D
        bound = relative * float(np.abs(values).max(initial=0.0))
        positive, negative = int((values > bound).sum()), int((values < -bound).sum())
        return Inertia(positive, len(values) - positive - negative, negative)

    def solve(self, B: ArrayLike) -> FloatMatrix:
        """Return X with A X = B, for B (n,) or (n, k), finite.

        Raises SingularMatrixError where D holds a zero.
        """
        zeros = np.flatnonzero((self.diagonal == 0) & (self.below == 0) & (np.roll(self.below, 1) == 0))
        if zeros.size:
            raise SingularMatrixError("D", int(zeros[0]))
        X = right_hand_sides(B, "B", len(self.L))
        _core.ldlt_solve(self.L, self.order, self.diagonal, self.below, X)
        return X.reshape(np.shape(B))

    def log_determinant(self) -> tuple[float, float]:
        """Return (sign, log |det A|), as numpy.linalg.slogdet; (0, -inf) for a singular A."""
        values = self.eigenvalues_of_D
        if not values.all():
            return 0.0, -np.inf
        return float(np.prod(np.sign(values))), float(np.log(np.abs(values)).sum())

    def __repr__(self) -> str:
        return f"LDLT(n={len(self.L)}, {self.inertia!r})"


def ldlt(A: ArrayLike, check: bool = True) -> LDLT:
    """Return the factors of A[p][:, p] = L D Lᵀ for a symmetric matrix, definite or not, singular or not.

    n³/3 flops, in blocks, on all threads; the same bits whatever their number. Pivots of order 1 and 2 are
    chosen as by Bunch and Kaufman, and keep the factors from growing.

    Parameters
    ----------
    A : (n, n), symmetric; kept as it is.
    check : False leaves the test for finite numbers and symmetry out; the lower triangle alone is read.

    Returns
    -------
    LDLT
        with ``inertia``, ``solve`` and ``log_determinant``.

    Raises
    ------
    ValueError : A is not square, finite and symmetric; the message gives the place.
    TypeError : A does not hold real numbers.
    MemoryError : there is no room for L.

    Source: Bunch and Kaufman (1977); Golub and Van Loan (2013), section 4.4.4.

    >>> import numpy as np, ravine as rv
    >>> saddle = rv.linalg.ldlt(np.array([[1.0, 2.0], [2.0, 1.0]]))
    >>> saddle.inertia
    Inertia(positive=1, zero=0, negative=1)
    >>> saddle.solve([3.0, 3.0])
    array([1., 1.])
    """
    matrix = square(A, "A")
    if check:
        require_symmetric(matrix, "A")
    n = len(matrix)
    L = zero_square(n, f"a factor of order {n}", "rv.linalg.lanczos finds the ends of the spectrum without")
    order, diagonal, below = np.empty(n, np.int64), np.empty(n), np.empty(n)
    _core.ldlt(matrix, L, order, diagonal, below)
    return LDLT(L, order, diagonal, below)
