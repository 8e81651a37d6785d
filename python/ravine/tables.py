"""Tables as aligned plain text: the same in a terminal, a log file and a test."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["format_number", "format_percent", "format_table"]


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Columns two blanks apart under a ruled header, no line with trailing blanks.

    Parameters
    ----------
    header : the column titles.
    rows : the cells as text, as many in each row as there are titles.
    left : the first `left` columns are aligned to the left (names), the others to the right (numbers).

    Returns
    -------
    The lines joined by newlines, without one at the end.

    Raises
    ------
    ValueError : a row has another number of cells than the header.

    >>> print(format_table(["rows", "loss"], [["training", "0.125"], ["validation", "10.5"]]))
    rows         loss
    ----------  -----
    training    0.125
    validation   10.5
    """
    for k, row in enumerate(rows):
        if len(row) != len(header):
            raise ValueError(f"rows[{k}] has {len(row)} cells: expected {len(header)}, one for each title")
    widths = [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        aligned = [
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "  ".join(aligned).rstrip()

    return "\n".join([line(header), line(["-" * width for width in widths]), *map(line, rows)])


def format_number(value: float) -> str:
    """Four significant digits: enough to compare runs, short enough for a column.

    >>> format_number(0.0123456), format_number(1234567.0)
    ('0.01235', '1.235e+06')
    """
    return f"{value:.4g}"


def format_percent(share: float) -> str:
    """A share between 0 and 1 as a percentage with two decimals.

    >>> format_percent(0.0278)
    '2.78 %'
    """
    return f"{100 * share:.2f} %"
