"""CSV files as people have them: a header, and comma, semicolon or tab between the cells."""

from __future__ import annotations

import csv
import io
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ravine.cli.errors import InputError

__all__ = ["CsvTable", "parse_number", "read_csv"]

_DELIMITERS = (",", ";", "\t")
_DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}
_MISSING = frozenset({"", "?", "na", "n/a", "nan", "null"})


@dataclass(frozen=True)
class CsvTable:
    """Named columns of text cells, and where in the file each row stands."""

    source: str
    names: list[str]
    rows: list[list[str]]
    lines: list[int]

    def __len__(self) -> int:
        return len(self.rows)

    def text(self, name: str) -> list[str]:
        """One column as text; a missing cell is an InputError that tells its line."""
        cells = [row[self.names.index(name)] for row in self.rows]
        missing = [k for k, cell in enumerate(cells) if cell.lower() in _MISSING]
        if missing:
            raise self._missing(name, missing)
        return cells

    def numbers(self, name: str, role: str) -> NDArray[np.float64]:
        """One column as finite numbers; anything else in it is an InputError that tells its line."""
        cells = self.text(name)
        column = np.empty(len(cells))
        for k, cell in enumerate(cells):
            number = parse_number(cell)
            if number is None:
                raise self._not_a_number(name, role, k, cell)
            if not math.isfinite(number):
                raise InputError(f"{self.place(k)}: column {name!r} holds {cell}: expected finite numbers")
            column[k] = number
        return column

    def numeric_cells(self, name: str) -> list[int]:
        """The rows in which a column holds a number (a missing cell is an InputError)."""
        return [k for k, cell in enumerate(self.text(name)) if parse_number(cell) is not None]

    def place(self, row: int) -> str:
        """Where a row stands, for a message."""
        return f"{self.source}, line {self.lines[row]}"

    def _missing(self, name: str, rows: list[int]) -> InputError:
        cell = self.rows[rows[0]][self.names.index(name)]
        found = f"{cell!r} stands for a missing value" if cell else "the cell is empty"
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


def read_csv(path: str, delimiter: str | None = None) -> CsvTable:
    """Read a file, or standard input for "-", as a table in which every row has as many cells as the header.

    The delimiter is the one of comma, semicolon and tab that cuts the header into most names, unless given.
    Blank lines are skipped; blanks around names and cells are not part of them.
    """
    source = "standard input" if path == "-" else path
    text = _text(_content(path), source)
    chosen = delimiter if delimiter is not None else _guess_delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=chosen, skipinitialspace=True, strict=True)
    names: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    end = 0
    try:
        for record in reader:
            # A quoted cell may span lines: the row starts after the one before it.
            start, end = end + 1, reader.line_num
            cells = [cell.strip() for cell in record]
            if cells in ([], [""]):
                continue
            if not names:
                names = _checked_header(cells, source)
                continue
            if len(cells) != len(names):
                separator = _DELIMITER_NAMES.get(chosen, repr(chosen))
                raise InputError(
                    f"{source}, line {start}: {len(cells)} cells, the header has {len(names)} "
                    f"(separated by {separator})"
                )
            rows.append(cells)
            lines.append(start)
    except csv.Error as error:
        unclosed = "unexpected end" in str(error)
        reason = "a quotation mark is opened here and never closed" if unclosed else str(error)
        raise InputError(f"{source}, line {end + 1}: {reason}") from error
    if not names:
        raise InputError(f"{source}: the file is empty")
    if not rows:
        raise InputError(f"{source}: there is a header, but no row below it")
    return CsvTable(source, names, rows, lines)


def parse_number(cell: str) -> float | None:
    """The number that a cell spells, with a decimal point; None for any other text."""
    if "_" in cell or not cell.isascii():  # float() would read 1_000, and digits of other scripts
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _content(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def _text(content: bytes, source: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{source}: the text is UTF-16: save it as UTF-8")
    if b"\0" in content:
        raise InputError(f"{source}: the file holds zero bytes: expected text, with one row a line")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{source}, line {line}: a character is not UTF-8: save the file as UTF-8"
        ) from error


def _guess_delimiter(text: str) -> str:
    def names(delimiter: str) -> int:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
        try:
            return next((len(record) for record in reader if record), 0)
        except csv.Error:  # reported by the reading proper, with its line
            return 0

    return max(_DELIMITERS, key=names)


def _checked_header(names: list[str], source: str) -> list[str]:
    for k, name in enumerate(names):
        if not name:
            raise InputError(
                f"{source}: column {k + 1} of {len(names)} has no name in the header "
                "(if it holds row numbers, write the file without them)"
            )
        if name in names[:k]:
            raise InputError(f"{source}: two columns are called {name!r}: expected different names")
    return names
