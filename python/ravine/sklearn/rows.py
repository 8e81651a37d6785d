"""Rows and their weights as scikit-learn's users hand them in."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_array

from ravine.memory import require_memory

__all__ = ["checked_weights", "dense"]


def dense(X: Any) -> NDArray[Any]:
    """Return the array, or the sparse matrix made one if it fits the memory there is."""
    if not hasattr(X, "toarray"):
        return np.asarray(X)
    rows, columns = X.shape
    needed = rows * columns * X.dtype.itemsize
    require_memory(needed, f"the sparse matrix {X.shape}, made dense,", "use fewer columns")
    array: NDArray[Any] = X.toarray()
    return array


def checked_weights(sample_weight: Any, rows: int) -> NDArray[Any] | None:
    """Return a weight for each row, a copy; None for none. ValueError says what is wrong with them."""
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real):
        sample_weight = np.full(rows, sample_weight)
    weights = check_array(sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight")
    if weights.shape != (rows,):
        raise ValueError(f"sample_weight must have the shape {(rows,)}, got {weights.shape}")
    if weights.min() < 0:
        raise ValueError(f"sample_weight must not be negative, got {weights.min()}")
    if not weights.any():
        raise ValueError("sample_weight must not be all zero")
    return np.array(weights)
