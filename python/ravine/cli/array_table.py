"""Data files that hold arrays: Parquet (by pyarrow), NumPy's .npy and .npz (never pickled objects)."""

from __future__ import annotations

import importlib.util
import io
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine.cli.errors import InputError
from ravine.cli.table import Column, Table, checked_names

__all__ = ["numpy_table", "parquet_table", "require_pyarrow"]

_INDEX_OF_PANDAS = re.compile(r"__index_level_\d+__")
_READABLE = "expected numbers, truth values or text"


def numpy_table(content: bytes, source: str) -> Table:
    """The bytes of a .npy or .npz file as a table.

    A structured array has its fields as columns, a matrix (N, n) has x0 to x{n-1}, a vector has x. In an .npz
    file a vector is one column and a matrix has n, under the name of the array: y, X0, X1, ...
    """
    try:
        loaded = np.load(io.BytesIO(content), allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            arrays = [("x", loaded)]
        else:
            with loaded:
                arrays = [(name, loaded[name]) for name in loaded.files]
    # For a damaged file NumPy, zipfile and tokenize have some ten exception types between them.
    except Exception as error:
        reason = "it holds pickled objects, which are not read" if "allow_pickle" in str(error) else error
        raise InputError(f"{source}: not a whole NumPy file: {reason}") from error
    if not all(isinstance(array, np.ndarray) for _, array in arrays):
        raise InputError(
            f"{source}: an archive of files that are no arrays: expected NumPy's .npz, Parquet or CSV "
            "(save the sheet of a spreadsheet as CSV)"
        )
    named = [pair for name, array in arrays for pair in _columns(name, array, source)]
    return _table(source, named)


def _columns(name: str, array: NDArray[Any], source: str) -> Iterator[tuple[str, Column]]:
    """The columns of one array, with their names."""
    if array.dtype.names is not None and array.ndim == 1:
        for field in array.dtype.names:
            yield field, _column(f"field {field!r}", array[field], source)
    elif array.dtype.names is not None or array.ndim not in (1, 2):
        raise InputError(
            f"{source}: the array {name!r} has the shape {array.shape}: "
            "expected (N,) or (N, n), one row a sample"
        )
    elif array.ndim == 1 or array.shape[1] == 1:
        yield name, _column(f"array {name!r}", array.reshape(-1), source)
    else:
        for k in range(array.shape[1]):
            yield f"{name}{k}", _column(f"array {name!r}", array[:, k], source)


def _column(what: str, values: NDArray[Any], source: str) -> Column:
    if values.ndim != 1 or values.dtype.kind not in "biufUMm":
        shape = f" of shape {values.shape[1:]} in each row" if values.ndim > 1 else ""
        raise InputError(f"{source}: the {what} holds {values.dtype}{shape}: {_READABLE}")
    return values if values.dtype.kind in "biuf" else [str(cell) for cell in values]


def require_pyarrow(path: str) -> None:
    """Raise InputError, with what to install, where Parquet files cannot be read or written."""
    if importlib.util.find_spec("pyarrow") is None:
        raise InputError(f"{path}: Parquet files need pyarrow: pip install 'ravine[parquet]'")


def parquet_table(content: bytes, source: str) -> Table:
    """The bytes of a Parquet file as a table; an index without a name, as pandas adds it, is left out."""
    require_pyarrow(source)
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(content))
        named = [
            (name, _parquet_column(name, column, source))
            for name, column in zip(table.column_names, table.columns, strict=True)
            if not _INDEX_OF_PANDAS.fullmatch(name)
        ]
    except InputError:
        raise
    except Exception as error:  # Arrow has some ten types, and text that is not UTF-8 one of Python's
        raise InputError(f"{source}: not a whole Parquet file: {error}") from error
    return _table(source, named)


def _parquet_column(name: str, column: Any, source: str) -> Column:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):  # pandas's categories
        column = column.cast(column.type.value_type)
    kind = column.type
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    elif pa.types.is_boolean(kind) and not column.null_count:
        return np.asarray(column.to_numpy(), dtype=np.bool_)
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        if pa.types.is_nested(kind) or "binary" in str(kind):
            raise InputError(f"{source}: column {name!r} holds {kind}: {_READABLE}")
        return ["" if cell is None else cell for cell in column.cast(pa.string()).to_pylist()]
    return np.asarray(column.to_numpy())


def _table(source: str, named: list[tuple[str, Column]]) -> Table:
    if not named:
        raise InputError(f"{source}: there is no column in the file")
    names, columns = [name for name, _ in named], [column for _, column in named]
    for name, column in named:
        if len(column) != len(columns[0]):
            raise InputError(
                f"{source}: {name!r} has {len(column)} rows, {names[0]!r} has {len(columns[0])}: "
                "expected as many in each array"
            )
    if not len(columns[0]):
        raise InputError(f"{source}: there are columns, but no row")
    return Table(source, checked_names(names, source), columns)
