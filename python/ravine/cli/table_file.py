"""Tables from and to files: CSV (plain or gzip), Parquet, NumPy."""

from __future__ import annotations

import csv
import gzip
import io
import sys
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ravine.atomic_file import atomic_output
from ravine.cli.array_table import numpy_table, parquet_table, require_pyarrow
from ravine.cli.csv_table import csv_table
from ravine.cli.errors import InputError
from ravine.cli.table import Column, Table, checked_names

__all__ = ["AnswerColumn", "check_format", "read_table", "table_stem", "write_table"]


def read_table(path: str, delimiter: str | None = None) -> Table:
    """Read a file, or standard input for "-"; its first bytes tell what it is, whatever its name."""
    source = "standard input" if path == "-" else path
    content = _content(path)
    if content.startswith(b"\x1f\x8b"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{source}: not a whole gzip file: {error}") from error
    parquet = len(content) > 8 and content[:4] == content[-4:] == b"PAR1"
    if not parquet and not content.startswith((b"\x93NUMPY", b"PK\3\4", b"PK\5\6")):
        if path.endswith((".parquet", ".npy", ".npz")):
            raise InputError(f"{source}: not a whole {Path(path).suffix} file")
        return csv_table(content, source, delimiter)
    if delimiter is not None:
        raise InputError(f"--delimiter belongs to CSV files: {source} is none")
    return parquet_table(content, source) if parquet else numpy_table(content, source)


def table_stem(path: str) -> str:
    """What the files made from a data file are called: its name without folder and endings."""
    return "stdin" if path == "-" else Path(path.removesuffix(".gz")).stem


def _content(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


@dataclass(frozen=True)
class AnswerColumn:
    """A column to write: its numbers as they are, in CSV as text of this format ("": all their digits)."""

    name: str
    values: Column
    format: str = ""

    def cells(self) -> list[str]:
        """As text, a plain number in the shortest form that reads back as the same number."""
        if isinstance(self.values, np.ndarray):
            return [format(value, self.format) for value in self.values.tolist()]
        return list(self.values)

    def array(self) -> NDArray[np.generic]:
        """As an array of numbers or of text."""
        return np.asarray(self.values)


def check_format(path: str) -> None:
    """Raise InputError for a file that :func:`write_table` could not write."""
    if path.endswith(".parquet"):
        require_pyarrow(path)


def write_table(path: str | None, columns: Sequence[AnswerColumn]) -> None:
    """Write by the suffix: .parquet, .npy (structured), .npz (an array a column), else CSV; None: stdout."""
    if path is None:
        sys.stdout.write(_csv(columns))
        sys.stdout.flush()
        return
    checked_names([column.name for column in columns], path)
    with atomic_output(path) as file:
        if path.endswith(".parquet"):
            import pyarrow as pa
            import pyarrow.parquet as pq

            table = pa.table({column.name: pa.array(column.array()) for column in columns})
            sink = io.BytesIO()
            pq.write_table(table, sink)
            file.write(sink.getvalue())
        elif path.endswith(".npy"):
            fields = [(column.name, column.array().dtype) for column in columns]
            rows = np.empty(len(columns[0].values), dtype=fields)
            for column in columns:
                rows[column.name] = column.array()
            np.save(file, rows, allow_pickle=False)
        elif path.endswith(".npz"):
            with zipfile.ZipFile(file, "w") as archive:
                for column in columns:
                    with archive.open(f"{column.name}.npy", "w") as member:
                        npy.write_array(member, column.array(), allow_pickle=False)
        else:
            text = _csv(columns).encode("utf-8")
            file.write(gzip.compress(text, mtime=0) if path.endswith(".gz") else text)


def _csv(columns: Sequence[AnswerColumn]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    writer.writerows(zip(*(column.cells() for column in columns), strict=True))
    return text.getvalue()
