"""What every data file becomes: named columns of text or numbers, and where in the file each row stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ravine.cli.errors import InputError

__all__ = ["Column", "Table", "checked_names", "parse_number"]

# Text cells, or integers, floating-point numbers, truth values as the file has them.
Column: TypeAlias = Sequence[str] | NDArray[Any]

_MISSING = frozenset({"", "?", "na", "n/a", "nan", "null"})


@dataclass(frozen=True)
class Table:
    """Named columns of equal length.

    lines : the line of the file in which each row starts; None where a file has rows, not lines.
    """

    source: str
    names: list[str]
    columns: list[Column]
    lines: list[int] | None = None

    def __len__(self) -> int:
        return len(self.columns[0])

    def text(self, name: str) -> list[str]:
        """One column as text; a missing cell is an InputError that tells where it is."""
        cells = self._cells(name)
        missing = [k for k, cell in enumerate(cells) if cell.lower() in _MISSING]
        if missing:
            raise self._missing(name, missing, cells[missing[0]])
        return cells

    def numbers(self, name: str, role: str) -> NDArray[np.float64]:
        """One column as finite numbers; anything else in it is an InputError that tells where it is."""
        column = self._column(name)
        if isinstance(column, np.ndarray):
            values = column.astype(np.float64)
            missing = np.flatnonzero(np.isnan(values))
            if missing.size:
                raise self._missing(name, missing.tolist(), "")
        else:
            values = np.array([self._number(name, role, *row) for row in enumerate(self.text(name))])
        infinite = np.flatnonzero(~np.isfinite(values))
        if infinite.size:
            k = int(infinite[0])
            found = self._cells(name)[k]
            raise InputError(f"{self.place(k)}: column {name!r} holds {found}: expected finite numbers")
        return values

    def numeric_cells(self, name: str) -> list[int]:
        """The rows in which a column holds a number, not text or a truth value (missing: InputError)."""
        column = self._column(name)
        if isinstance(column, np.ndarray) and column.dtype == np.bool_:
            return []
        return [k for k, cell in enumerate(self.text(name)) if parse_number(cell) is not None]

    def place(self, row: int) -> str:
        """Where a row stands, for a message."""
        where = f"row {row} (the first is 0)" if self.lines is None else f"line {self.lines[row]}"
        return f"{self.source}, {where}"

    def _column(self, name: str) -> Column:
        return self.columns[self.names.index(name)]

    def _cells(self, name: str) -> list[str]:
        return [str(cell) for cell in self._column(name)]

    def _number(self, name: str, role: str, row: int, cell: str) -> float:
        number = parse_number(cell)
        if number is None:
            raise self._not_a_number(name, role, row, cell)
        return number

    def _missing(self, name: str, rows: list[int], cell: str) -> InputError:
        empty = "the value is missing" if self.lines is None else "the cell is empty"
        found = f"{cell!r} stands for a missing value" if cell else empty
        more = f" (and {len(rows) - 1} more in this column)" if len(rows) > 1 else ""
        return InputError(
            f"{self.place(rows[0])}: column {name!r}: {found}{more}. "
            "Gaps are not filled in: remove these rows, or the column with --drop"
        )

    def _not_a_number(self, name: str, role: str, row: int, cell: str) -> InputError:
        shown = cell if len(cell) <= 40 else cell[:37] + "..."
        message = f"{self.place(row)}: {role} {name!r} holds the text {shown!r}: expected numbers"
        if parse_number(cell.replace(",", ".", 1)) is not None:
            return InputError(message + " with a decimal point, not a decimal comma")
        if role == "feature":
            message += f". Leave the column out with --drop {name}, or replace it by numbers"
        return InputError(message)


def parse_number(cell: str) -> float | None:
    """The number that a cell spells, with a decimal point; None for any other text."""
    if "_" in cell or not cell.isascii():  # float() would read 1_000, and digits of other scripts
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def checked_names(names: list[str], source: str) -> list[str]:
    """The names themselves, all there and different; else InputError."""
    for k, name in enumerate(names):
        if not name:
            raise InputError(
                f"{source}: column {k + 1} of {len(names)} has no name in the header "
                "(if it holds row numbers, write the file without them)"
            )
        if name in names[:k]:
            raise InputError(f"{source}: two columns are called {name!r}: expected different names")
    return names
