"""Tables are aligned, and refuse rows that do not fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ravine.tables import format_number, format_percent, format_table

CELL = st.text(st.characters(categories=["L", "N"]), max_size=8)


@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=5)
    )
)
def test_columns_are_aligned(cells: list[list[str]]) -> None:
    lines = format_table(cells[0], cells[1:]).split("\n")
    assert len(lines) == len(cells) + 1
    width = len(lines[1])
    last = max(len(row[-1]) for row in cells)
    assert all(len(line) <= max(width, 1) for line in lines)
    assert all(line == line.rstrip() for line in lines)
    if last and len(cells[0]) > 1:
        for row, line in zip(cells, [lines[0], *lines[2:]], strict=True):
            if row[-1]:
                assert len(line) == width


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"rows\[1\] has 1 cells: expected 2"):
        format_table(["a", "b"], [["1", "2"], ["3"]])


def test_numbers() -> None:
    assert format_number(0.0) == "0"
    assert format_number(float("nan")) == "nan"
    assert format_percent(1.0) == "100.00 %"
