"""What a user hands in: taken as it is where it fits, else converted once and said, or refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "DTYPES",
    "Converter",
    "as_dtype",
    "convert_finite",
    "finite_number",
    "non_negative",
    "positive",
    "real_array",
    "require_count",
    "require_finite",
]

DTYPES = (np.dtype(np.float32), np.dtype(np.float64))
_CHECK_ROWS = 4096  # rows looked at in one go: a memory-mapped X is never read whole into memory


def as_dtype(dtype: Any) -> np.dtype[Any]:
    """Return float32 or float64 as a dtype; anything else is refused."""
    try:
        result: np.dtype[Any] = np.dtype(dtype)
    except (TypeError, ValueError):  # NumPy has both for what is no dtype
        raise TypeError(f"dtype must be float32 or float64, got {dtype!r}") from None
    if result not in DTYPES or not result.isnative:
        raise TypeError(f"dtype must be float32 or float64, got {result}")
    return result


def require_finite(array: NDArray[Any], name: str, allow_nan: bool = False) -> None:
    """Raise ValueError with the first position at which the array is infinite or, unless allowed, NaN."""
    for first in range(0, array.shape[0], _CHECK_ROWS):
        block = array[first : first + _CHECK_ROWS]
        finite = ~np.isinf(block) if allow_nan else np.isfinite(block)
        if not finite.all():
            where = np.argwhere(~finite)[0]
            where[0] += first
            position = ", ".join(str(int(i)) for i in where)
            raise ValueError(f"{name} must be finite, got {array[tuple(where)]} at {name}[{position}]")


def _number(value: Any, name: str) -> None:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} must be a number, got {value!r}")


def finite_number(value: Any, name: str) -> float:
    """Return the value as a float if it is a finite number."""
    _number(value, name)
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value}")
    return float(value)


def non_negative(value: Any, name: str) -> float:
    """Return the value as a float if it is a finite number that is not negative."""
    _number(value, name)
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be finite and not negative, got {value}")
    return float(value)


def positive(value: Any, name: str) -> float:
    """Return the value as a float if it is a finite number above zero."""
    if non_negative(value, name) == 0:
        raise ValueError(f"{name} must be positive, got {value}")
    return float(value)


def require_count(value: Any, name: str, least: int = 1) -> int:
    """Return the value as an int if it is a whole number of at least `least`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return int(value)


def convert_finite(array: NDArray[Any], dtype: np.dtype[Any], name: str) -> NDArray[Any]:
    """Return the array in that dtype, rounded to nearest; ValueError if a number is not finite in it."""
    with np.errstate(over="ignore"):  # told in words by the check
        result = array.astype(dtype, copy=False)
    if not np.isfinite(result).all():
        raise ValueError(f"{name} must be finite in {dtype}, got {result[~np.isfinite(result)][0]}")
    return result


def real_array(value: ArrayLike, name: str) -> NDArray[Any]:
    """Return the value as an array of real numbers, borrowed if it is one; no mask, no text, no objects."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} must be a plain array, got a masked one: its mask would be lost")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array of numbers: {error}") from None
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")
    return array


class Converter:
    """Converts arguments of one call to a dtype and remembers which of them had to be copied.

    Parameters
    ----------
    dtype : the network's dtype.
    copy : None: convert what does not fit; False: refuse it; True: copy everything.
    """

    def __init__(self, dtype: np.dtype[Any], copy: bool | None) -> None:
        self._dtype = dtype
        self._copy = copy
        self._copied: list[str] = []

    @property
    def dtype(self) -> np.dtype[Any]:
        """What numbers are converted to."""
        return self._dtype

    @property
    def copied(self) -> tuple[str, ...]:
        """Names of the arguments that were copied."""
        return tuple(self._copied)

    def matrix(self, value: ArrayLike, name: str, rows: int | None, cols: int | None) -> NDArray[Any]:
        """Return a (rows, cols) array: any distance between rows, elements of a row side by side."""
        given = isinstance(value, np.ndarray)
        array = real_array(value, name)
        wanted = zip(array.shape, (rows, cols), strict=False)
        if array.ndim != 2 or any(number not in (size, None) for size, number in wanted):
            hint = f"; {name}[:, None] makes a column of it" if array.ndim == 1 and cols == 1 else ""
            expected = f"({'N' if rows is None else rows}, {'any number' if cols is None else cols})"
            raise ValueError(f"{name} must have shape {expected}, got {array.shape}{hint}")
        size = array.itemsize
        rows_fit = array.shape[1] <= 1 or array.strides[1] == size
        return self._fitting(array, name, given and rows_fit and array.strides[0] % size == 0)

    def column(self, value: ArrayLike, name: str, rows: int) -> NDArray[Any]:
        """Return a (rows, 1) array, any distance between rows, of a vector."""
        given = isinstance(value, np.ndarray)
        array = real_array(value, name)
        if array.shape != (rows,):
            raise ValueError(f"{name} must have shape ({rows},), got {array.shape}")
        return self._fitting(array, name, given and array.strides[0] % array.itemsize == 0)[:, None]

    def own(self, array: NDArray[Any], name: str) -> NDArray[Any]:
        """Take an array that had to be computed from the argument of that name."""
        if self._copy is False:
            raise ValueError(f"{name} must be changed here, which copy=False forbids; copy=None allows it")
        if name not in self._copied:
            self._copied.append(name)
        return array

    def _fitting(self, array: NDArray[Any], name: str, can_be_borrowed: bool) -> NDArray[Any]:
        fits = array.dtype == self._dtype and array.dtype.isnative and can_be_borrowed and array.flags.aligned
        if fits and not self._copy:
            return array
        if not fits and self._copy is False:
            raise ValueError(
                f"{name} must be a row-major, aligned {self._dtype} array with copy=False, got {array.dtype} "
                f"with strides {array.strides}; copy=None converts it once"
            )
        self._copied.append(name)
        with np.errstate(
            over="ignore"
        ):  # what overflows float32 is inf, and refused as such by require_finite
            return np.array(array, dtype=self._dtype, order="C", copy=True)
