"""CSV files as people have them: a header, and comma, semicolon or tab between the cells."""

from __future__ import annotations

import csv
import io

from ravine.cli.errors import InputError
from ravine.cli.table import Table, checked_names

__all__ = ["csv_table"]

_DELIMITERS = (",", ";", "\t")
_DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}


def csv_table(content: bytes, source: str, delimiter: str | None = None) -> Table:
    """The bytes of a file as a table in which every row has as many cells as the header.

    The delimiter is the one of comma, semicolon and tab that cuts the header into most names, unless given.
    Blank lines are skipped; blanks around names and cells are not part of them.
    """
    text = _text(content, source)
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
                names = checked_names(cells, source)
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
    return Table(source, names, [list(column) for column in zip(*rows, strict=True)], lines)


def _text(content: bytes, source: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{source}: the text is UTF-16: save it as UTF-8")
    if b"\0" in content:
        raise InputError(
            f"{source}: the file holds zero bytes: expected text with one row a line, Parquet or NumPy"
        )
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
