"""Arrays in awkward places: the same numbers, laid out so that careless code goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
LINE = 64


def laid_out_at(x: Array, offset: int) -> Array:
    """A C-ordered copy whose first byte lies ``offset`` bytes after a multiple of 64."""
    block = np.zeros(x.nbytes + 2 * LINE + offset, np.uint8)
    start = -block.ctypes.data % LINE + offset
    copy = np.ndarray(x.shape, x.dtype, block.data, start)
    copy[...] = x
    return copy


def reversed_rows(x: Array) -> Array:
    return np.ascontiguousarray(x[::-1])[::-1]


def reversed_columns(x: Array) -> Array:
    return np.ascontiguousarray(x[..., ::-1])[..., ::-1]


def every_other_row(x: Array) -> Array:
    wide = np.zeros((2 * len(x), *x.shape[1:]), x.dtype)
    wide[::2] = x
    return wide[::2]


def part_of_wider_rows(x: Array) -> Array:
    wide = np.zeros((*x.shape[:-1], x.shape[-1] + 5), x.dtype)
    wide[..., 2 : 2 + x.shape[-1]] = x
    return wide[..., 2 : 2 + x.shape[-1]]


def every_third_column(x: Array) -> Array:
    wide = np.zeros((*x.shape[:-1], 3 * x.shape[-1]), x.dtype)
    wide[..., ::3] = x
    return wide[..., ::3]


def fortran(x: Array) -> Array:
    return np.asfortranarray(x)


def read_only(x: Array) -> Array:
    copy = x.copy()
    copy.flags.writeable = False
    return copy


def other_byte_order(x: Array) -> Array:
    return x.astype(x.dtype.newbyteorder())


def unaligned(x: Array) -> Array:
    return laid_out_at(x, 1)


def memory_mapped(x: Array, path: Path) -> Array:
    """A read-only map of a file."""
    x.tofile(path)
    return np.memmap(path, x.dtype, "r", shape=x.shape)


# X and weights with any row stride are used where they lie …
BORROWED: dict[str, Callable[[Array], Array]] = {
    "reversed_rows": reversed_rows,
    "every_other_row": every_other_row,
    "part_of_wider_rows": part_of_wider_rows,
    "read_only": read_only,
}
# … and these are converted once, or refused with copy=False.
CONVERTED: dict[str, Callable[[Array], Array]] = {
    "reversed_columns": reversed_columns,
    "every_third_column": every_third_column,
    "fortran": fortran,
    "other_byte_order": other_byte_order,
    "unaligned": unaligned,
}
