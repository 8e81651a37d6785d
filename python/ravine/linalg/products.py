"""Symmetric matrices as iterative methods take them: an array, something with `@`, or a product function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine.arrays import convert_finite, real_array, require_count
from ravine.linalg.matrices import require_symmetric, square

__all__ = ["FloatArray", "Product", "Symmetric", "as_product", "float_vector", "symmetric_matrix"]

FloatArray: TypeAlias = NDArray[np.float64]
Product: TypeAlias = FloatArray | Callable[[FloatArray], FloatArray]
"""What the core takes: a contiguous matrix, or a function whose answers have been checked."""

Symmetric: TypeAlias = ArrayLike | Callable[[FloatArray], Any] | Any
"""What a user may hand in."""


def float_vector(value: ArrayLike, name: str, size: int | None = None) -> FloatArray:
    """Return the value as a contiguous float64 vector, borrowed if it is one; finite, of that size."""
    array = real_array(value, name)
    if array.ndim != 1 or array.size == 0 or size not in (None, array.size):
        raise ValueError(f"{name} must have shape ({'n' if size is None else size},), got {array.shape}")
    return np.ascontiguousarray(convert_finite(array, np.dtype(np.float64), name))


def symmetric_matrix(value: ArrayLike, name: str, order: int | None = None) -> FloatArray:
    """Return the value as a contiguous float64 matrix, borrowed if it is one; finite, symmetric."""
    A = np.ascontiguousarray(square(value, name))
    if len(A) == 0 or order not in (None, len(A)):
        raise ValueError(f"{name} must have shape ({order or 'n'}, {order or 'n'}), got {A.shape}")
    require_symmetric(A, name)
    return A


def as_product(value: Symmetric, n: int | None, name: str = "product") -> tuple[Product, int]:
    """Return what the core takes, and its order.

    Parameters
    ----------
    value : a symmetric matrix (n, n); or any object with `shape` and `@`, such as a sparse matrix or a linear
        operator of SciPy; or a function of a vector (n,), for which n must be known.
    n : the order, if it is known.
    name : of the argument, for messages.

    Raises
    ------
    TypeError, ValueError : it is none of these, or of another order. The function that is returned checks
        each answer, and lets what the user's function raises go through unchanged.
    """
    if isinstance(value, (np.ndarray, list, tuple)):
        matrix = symmetric_matrix(value, name, n)
        return matrix, len(matrix)
    if hasattr(value, "__matmul__") and hasattr(value, "shape"):
        shape = tuple(value.shape)
        if len(shape) != 2 or shape[0] != shape[1] or n not in (None, shape[0]):
            order = "n" if n is None else n
            raise ValueError(f"{name} must have shape ({order}, {order}), got {shape}")
        operator: Any = value
        return _checked(lambda v: operator @ v, int(shape[0]), name), int(shape[0])
    if not callable(value):
        raise TypeError(f"{name} must be a matrix or a function of a vector, got {type(value).__name__}")
    if n is None:
        raise TypeError(f"n, the order of the matrix, must be given where {name} is a function")
    return _checked(value, require_count(n, "n"), name), int(n)


def _checked(function: Callable[[FloatArray], Any], n: int, name: str) -> Callable[[FloatArray], FloatArray]:
    def product(v: FloatArray) -> FloatArray:
        answer = np.asarray(function(v))
        if answer.shape != (n,) or answer.dtype.kind not in "fiu":
            raise ValueError(
                f"{name}(v) must be a vector of {n} real numbers, got shape {answer.shape} of {answer.dtype}"
            )
        if not np.isfinite(answer).all():
            where = int(np.flatnonzero(~np.isfinite(answer))[0])
            raise ValueError(f"{name}(v) must be finite, got {answer[where]} at {name}(v)[{where}]")
        return np.ascontiguousarray(answer, dtype=np.float64)

    return product
