"""Matrices and right-hand sides as the dense solvers take them, checked by name before the core sees them."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine.arrays import convert_finite, real_array, require_finite
from ravine.memory import require_memory

__all__ = [
    "ORDER_WORTH_ASKING",
    "FloatMatrix",
    "NotPositiveDefiniteError",
    "SingularMatrixError",
    "require_room",
    "require_symmetric",
    "right_hand_sides",
    "square",
    "strict_square",
    "triangle",
    "zero_square",
]

ORDER_WORTH_ASKING = 256
"""Below, asking the system how much memory there is takes longer than the factorisation."""

FloatMatrix: TypeAlias = NDArray[np.float64]


class NotPositiveDefiniteError(np.linalg.LinAlgError):
    """A matrix has no Cholesky factor: at index ``pivot``, ``value`` was left to take the root of.

    >>> import numpy as np, ravine as rv
    >>> try:
    ...     rv.linalg.cholesky(np.diag([1.0, -4.0]))
    ... except rv.linalg.NotPositiveDefiniteError as error:
    ...     print(error.pivot, error.value)
    1 -4.0
    """

    def __init__(self, name: str, pivot: int, value: float, order: int) -> None:
        super().__init__(
            f"{name} must be positive definite, got pivot {value:.6g} at index {pivot} of {order}; "
            "rv.linalg.shifted_cholesky factors A + αI, rv.linalg.ldlt any symmetric matrix"
        )
        self.pivot = pivot
        self.value = value


class SingularMatrixError(np.linalg.LinAlgError):
    """A triangular matrix has a zero on its diagonal, at index ``position``."""

    def __init__(self, name: str, position: int) -> None:
        super().__init__(f"{name} must not be singular, got {name}[{position}, {position}] = 0")
        self.position = position


def square(value: ArrayLike, name: str) -> FloatMatrix:
    """Return the value as a row-major float64 matrix (n, n): borrowed if it is one, else copied."""
    array = real_array(value, name)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise ValueError(f"{name} must be a square matrix, got shape {array.shape}")
    return row_major(array)


def row_major(array: NDArray[Any]) -> FloatMatrix:
    """The matrix in float64, elements of a row side by side; rows may lie at any distance."""
    size = array.itemsize
    fits = array.dtype == np.float64 and array.dtype.isnative and array.flags.aligned
    if fits and (array.shape[1] <= 1 or array.strides[1] == size) and array.strides[0] % size == 0:
        return array
    return np.array(array, dtype=np.float64, order="C", copy=True)


def strict_square(value: Any, name: str) -> FloatMatrix:
    """Return a matrix that is to be overwritten; TypeError or ValueError if that would need a copy."""
    if not isinstance(value, np.ndarray) or value.dtype != np.float64 or not value.dtype.isnative:
        got = f"dtype {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
        raise TypeError(f"{name} must be a float64 array to be overwritten, got {got}")
    if value.ndim != 2 or value.shape[0] != value.shape[1]:
        raise ValueError(f"{name} must be a square matrix, got shape {value.shape}")
    for rule, holds in (
        ("C-contiguous", value.flags.c_contiguous),
        ("aligned", value.flags.aligned),
        ("writable", value.flags.writeable),
    ):
        if not holds:
            raise ValueError(f"{name} must be {rule} to be overwritten, and is not")
    return value


def require_symmetric(A: FloatMatrix, name: str) -> None:
    """Raise ValueError with place and amount unless A is finite and symmetric to 100 eps of its largest."""
    flaw = _core.find_flaw(A)
    if flaw is None:
        return
    i, j, value, mirrored = flaw
    if not np.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value} at {name}[{i}, {j}]")
    raise ValueError(
        f"{name} must be symmetric, got {name}[{i}, {j}] = {value} and {name}[{j}, {i}] = {mirrored}, "
        f"{abs(value - mirrored):.3g} apart"
    )


def triangle(value: ArrayLike, name: str) -> FloatMatrix:
    """Return a triangular matrix (n, n) whose diagonal is finite and holds no zero."""
    L = square(value, name)
    diagonal = np.diagonal(L)
    require_finite(diagonal, f"the diagonal of {name}")
    if not diagonal.all():
        raise SingularMatrixError(name, int(np.flatnonzero(diagonal == 0)[0]))
    return L


def right_hand_sides(value: ArrayLike, name: str, rows: int) -> FloatMatrix:
    """Return a contiguous float64 copy (rows, columns) of one right-hand side (rows,) or of several."""
    array = real_array(value, name)
    if array.ndim not in (1, 2) or array.shape[0] != rows:
        raise ValueError(f"{name} must have shape ({rows},) or ({rows}, columns), got {array.shape}")
    copy = np.array(convert_finite(array, np.dtype(np.float64), name), order="C", copy=True)
    return copy if array.ndim == 2 else copy[:, None]


def require_room(n: int, what: str, instead: str) -> None:
    """Raise MemoryError with the figures if there is no room for a matrix (n, n)."""
    if n > ORDER_WORTH_ASKING:
        require_memory(8 * n * n, what, instead)


def zero_square(n: int, what: str, instead: str) -> FloatMatrix:
    """Return a matrix (n, n) of zeros, or raise MemoryError with the figures if there is no room for it."""
    require_room(n, what, instead)
    return np.zeros((n, n))
