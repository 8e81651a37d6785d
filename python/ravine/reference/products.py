"""Matrix products: by definition, and by NumPy."""

from __future__ import annotations

import math

import numpy as np

from ravine.reference.types import Array


def product(A: Array, B: Array) -> Array:
    """C = A B, shape (n, m), as NumPy computes it: the twin that the benchmarks stand beside.

    >>> product(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]))
    array([[11.]])
    """
    C: Array = A @ B
    return C


def product_by_definition(A: Array, B: Array) -> Array:
    """C_ij = Σ_k A_ik B_kj in float64, each entry a sum that is rounded once.

    The products of float32 numbers are exact in float64, so for float32 matrices every entry is the correctly
    rounded one.

    >>> product_by_definition(np.array([[1e16, 1.0, -1e16]]), np.ones((3, 1)))
    array([[1.]])
    """
    rows, columns = A.astype(np.float64), B.astype(np.float64).T
    return np.array([[math.fsum(row * column) for column in columns] for row in rows]).reshape(
        len(rows), len(columns)
    )


def rounding_bound(A: Array, B: Array) -> Array:
    """K · eps · |A| |B|, entry by entry: no order of summation of the k terms errs by more (to first order).

    Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., eq. (3.13).

    >>> rounding_bound(np.array([[1.0, -1.0]]), np.array([[1.0], [1.0]])) == 4 * np.finfo(float).eps
    array([[ True]])
    """
    eps = np.finfo(np.result_type(A, B)).eps
    bound: Array = A.shape[1] * eps * (np.abs(A) @ np.abs(B))
    return bound
