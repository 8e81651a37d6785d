"""CSV files as spreadsheets, databases and people write them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ravine.cli.csv_table import csv_table
from ravine.cli.errors import InputError
from ravine.cli.table import Table, parse_number


def read(content: str | bytes, delimiter: str | None = None) -> Table:
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    return csv_table(data, "data.csv", delimiter)


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,2\n3,4\n",
        "a;b\n1;2\n3;4\n",
        "a\tb\n1\t2\n3\t4\n",
        "a,b\r\n1,2\r\n3,4\r\n",
        "a,b\r1,2\r3,4",
        "\ufeffa,b\n1,2\n3,4",
        '"a","b"\n"1","2"\n"3","4"\n',
        ' a , b\n 1 , "2"\n3,4\n',
        "\na,b\n\n1,2\n   \n3,4\n\n",
    ],
)
def test_the_same_table_in_many_dresses(content: str) -> None:
    table = read(content)
    assert table.names == ["a", "b"]
    assert table.columns == [["1", "3"], ["2", "4"]]
    np.testing.assert_array_equal(table.numbers("b", "feature"), [2.0, 4.0])


def test_quoted_cells_keep_delimiters_quotes_and_lines() -> None:
    table = read('"name, unit";y\n"a;""b""\nc";1\nd;2\n')
    assert table.names == ["name, unit", "y"]
    assert table.columns == [['a;"b"\nc', "d"], ["1", "2"]]
    assert table.lines == [2, 4]


def test_a_delimiter_can_be_said() -> None:
    assert read("a|b,c\n1|2\n", "|").names == ["a", "b,c"]


def test_single_column() -> None:
    assert read("a\n1\n2\n").columns == [["1", "2"]]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1", 1.0),
        ("-2.5e3", -2500.0),
        (".5", 0.5),
        ("+4.", 4.0),
        ("1e999", np.inf),
        ("1_0", None),
        ("١", None),
    ]
    + [(text, None) for text in ("", "a", "1,5", "0x1", "1 2", "--1", "½", "1e")],
)
def test_numbers(cell: str, number: float | None) -> None:
    assert parse_number(cell) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read_as_they_were_written(number: float) -> None:
    assert parse_number(repr(number)) == number


def test_numeric_cells_are_told_from_text() -> None:
    assert read("a,b\n1,x\n2,3\n").numeric_cells("b") == [1]


@given(st.text(max_size=60))
def test_any_text_is_a_table_or_an_input_error(content: str) -> None:
    try:
        table = read(content.encode("utf-8", errors="surrogatepass"))
    except InputError:
        return
    assert [len(column) for column in table.columns] == [len(table)] * len(table.names)
    assert len(set(table.names)) == len(table.names)
