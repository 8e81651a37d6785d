"""Parquet, NumPy and gzip files: the same table as from CSV, and messages as good."""

from __future__ import annotations

import gzip
import importlib.util
import io
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ravine.cli.errors import InputError
from ravine.cli.table_file import AnswerColumn, read_table, table_stem, write_table
from support.command import Run

Command = Callable[..., Run]
TRAIN = ["--hidden", "8", "--epochs", "30", "--lr", "0.01", "--quiet", "--no-picture"]
A = np.array([0.5, -1.0, 2.25])
PYARROW = importlib.util.find_spec("pyarrow") is not None
LABELS = ["iris", "lily", "rose"]


def parquet(columns: dict[str, Any]) -> str:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), "data.parquet")
    return "data.parquet"


def npz(**arrays: Any) -> str:
    np.savez("data.npz", **arrays)
    return "data.npz"


def npy(array: Any) -> str:
    np.save("data.npy", array)
    return "data.npy"


def structured(**columns: Any) -> np.ndarray[Any, Any]:
    arrays = {name: np.asarray(values) for name, values in columns.items()}
    result = np.empty(len(A), [(name, array.dtype, array.shape[1:]) for name, array in arrays.items()])
    for name, array in arrays.items():
        result[name] = array
    return result


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "npz", "npy"])
def test_written_tables_are_read_back(kind: str) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    numbers = np.array([0.1, -5e-324, 1e300])
    path = f"answers.{kind}"
    columns = [AnswerColumn("a, b/c", numbers), AnswerColumn("kind", LABELS), AnswerColumn("file", numbers)]
    write_table(path, columns)
    table = read_table(path)
    assert (table.names, len(table)) == (["a, b/c", "kind", "file"], 3)
    assert table.numbers("a, b/c", "feature").tobytes() == numbers.tobytes()
    assert table.text("kind") == LABELS
    assert (table.numeric_cells("kind"), table.numeric_cells("file")) == ([], [0, 1, 2])
    before = Path(path).read_bytes()
    write_table(path, columns)
    assert Path(path).read_bytes() == before or kind == "npz"  # zip keeps the time of day


def test_two_columns_of_one_name_are_not_written() -> None:
    with pytest.raises(InputError, match=r"twice.npz: two columns are called 'a'"):
        write_table("twice.npz", [AnswerColumn("a", A), AnswerColumn("a", A)])
    assert not Path("twice.npz").exists()


def test_numbers_in_csv_have_the_format_they_are_given(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(None, [AnswerColumn("a", np.array([1 / 3])), AnswerColumn("b", np.array([1 / 3]), ".6g")])
    assert capsys.readouterr().out == "a,b\n0.3333333333333333,0.333333\n"


def test_the_shapes_of_numpy_arrays() -> None:
    X = np.arange(6, dtype=np.float32).reshape(3, 2)
    cases: list[tuple[Callable[[], str], list[str]]] = [
        (lambda: npy(X), ["x0", "x1"]),
        (lambda: npy(A), ["x"]),
        (lambda: npy(structured(a=A, kind=LABELS)), ["a", "kind"]),
        (lambda: npz(X=X, y=A), ["X0", "X1", "y"]),
        (lambda: npz(X=X.T.copy().T, y=A[:, None], flag=A > 0), ["X0", "X1", "y", "flag"]),
        (lambda: npz(part=structured(a=A, b=A), names=np.array(LABELS)), ["a", "b", "names"]),
    ]
    for make, names in cases:
        assert read_table(make()).names == names
    table = read_table(npz(X=X, day=np.array(["2024-05-01"] * 3, "datetime64[D]"), n=np.array([2, 3, 5])))
    np.testing.assert_array_equal(table.numbers("X1", "feature"), [1, 3, 5])
    assert table.text("day") == ["2024-05-01"] * 3
    assert table.text("n") == ["2", "3", "5"]


def test_truth_values_are_numbers_as_features_and_classes_as_a_target() -> None:
    made: list[Callable[[], str]] = [lambda: npz(on=A > 0), lambda: npy(structured(on=A > 0))]
    for make in [*made, *([lambda: parquet({"on": A > 0})] if PYARROW else [])]:
        table = read_table(make())
        np.testing.assert_array_equal(table.numbers("on", "feature"), [1, 0, 1])
        assert (table.numeric_cells("on"), table.text("on")) == ([], ["True", "False", "True"])


def test_the_types_of_parquet() -> None:
    pa = pytest.importorskip("pyarrow")
    from decimal import Decimal

    table = read_table(
        parquet(
            {
                "small": pa.array([1, 2, 3], pa.int8()),
                "half": pa.array(A.astype(np.float16)),
                "money": pa.array([Decimal("1.25"), Decimal("2.50"), Decimal("-3.00")]),
                "kind": pa.array(LABELS).dictionary_encode(),
                "day": pa.array([0, 1, 2], pa.date32()),
                "moment": pa.array([0, 1, 2], pa.timestamp("ns")),
                "long": pa.array(LABELS, pa.large_string()),
                "nothing": pa.nulls(3),
                "__index_level_0__": pa.array([7, 8, 9]),
            }
        )
    )
    assert table.names == ["small", "half", "money", "kind", "day", "moment", "long", "nothing"]
    np.testing.assert_array_equal(table.numbers("money", "feature"), [1.25, 2.5, -3])
    np.testing.assert_array_equal(table.numbers("half", "feature"), A)
    assert table.text("kind") == LABELS
    assert table.text("day")[1] == "1970-01-02"
    assert table.text("moment")[1] == "1970-01-01 00:00:00.000000001"
    assert table.text("long") == LABELS
    with pytest.raises(InputError, match=r"column 'nothing': the value is missing \(and 2 more"):
        table.text("nothing")
    assert table.text("small") == ["1", "2", "3"]


def test_what_pandas_writes_is_read() -> None:
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"a": A, "kind": pd.Categorical(LABELS)}, index=[3, 4, 5])
    frame.to_parquet("frame.parquet")
    assert read_table("frame.parquet").names == ["a", "kind"]


def gap() -> dict[str, Any]:
    return {"a": [1.0, None, None], "y": [1.0, 2.0, 3.0]}


REFUSED: list[tuple[str, Callable[[], str], str]] = [
    (
        "nan",
        lambda: npz(a=[1, np.nan, 2], y=A),
        "data.npz, row 1 (the first is 0): column 'a': the value is miss",
    ),
    (
        "infinity",
        lambda: npz(a=[1, 2, -np.inf], y=A),
        "data.npz, row 2 (the first is 0): column 'a' holds -inf",
    ),
    (
        "text",
        lambda: npz(a=LABELS, y=A),
        "row 0 (the first is 0): feature 'a' holds the text 'iris': expected",
    ),
    ("null", lambda: parquet(gap()), "row 1 (the first is 0): column 'a': the value is missing (and 1 more"),
    (
        "null text",
        lambda: parquet({"a": ["1", None, "2"], "y": A}),
        "row 1 (the first is 0): column 'a': the",
    ),
    (
        "null truth",
        lambda: parquet({"a": [True, None, True], "y": A}),
        "row 1 (the first is 0): column 'a': the",
    ),
    ("bytes", lambda: parquet({"a": [b"1", b"2", b"3"], "y": A}), "column 'a' holds binary: expected"),
    ("lists", lambda: parquet({"a": [[1], [2], [3]], "y": A}), "column 'a' holds list<"),
    ("no target", lambda: npz(X=A), "there is no target column 'y': the 1 columns are X"),
    ("lengths", lambda: npz(a=A, y=A[:2]), "'y' has 2 rows, 'a' has 3: expected as many in each array"),
    ("no rows", lambda: npz(y=A[:0]), "there are columns, but no row"),
    ("no arrays", npz, "there is no column in the file"),
    (
        "images",
        lambda: npz(a=np.zeros((3, 2, 2)), y=A),
        "the array 'a' has the shape (3, 2, 2): expected (N,) or",
    ),
    ("scalar", lambda: npz(a=np.float64(3), y=A), "the array 'a' has the shape ()"),
    ("complex", lambda: npz(a=A + 1j, y=A), "the array 'a' holds complex128: expected numbers"),
    (
        "subarray",
        lambda: npy(structured(a=np.zeros((3, 2)), y=A)),
        "field 'a' holds float64 of shape (2,) in each",
    ),
    ("same names", lambda: npz(a=np.zeros((3, 2)), a0=A, y=A), "two columns are called 'a0'"),
    ("named by nothing", lambda: npy(A), "there is no target column 'y': the 1 columns are x"),
]


@pytest.mark.parametrize(
    ("make", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_arrays_that_cannot_be_learned_from(ravine: Command, make: Callable[[], str], message: str) -> None:
    path = make()
    done = ravine("train", path, "--target", "y")
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err
    assert [p.name for p in Path().iterdir()] == [path]


class Bomb:
    """Unpickling this creates a file: the test would see it."""

    def __reduce__(self) -> Any:
        return Path.touch, (Path("exploded"),)


@pytest.mark.parametrize("save", [npy, lambda array: npz(y=array)])
def test_pickles_are_not_executed(ravine: Command, save: Callable[[Any], str]) -> None:
    path = save(np.array([Bomb()], dtype=object))
    done = ravine("train", path, "--target", "y")
    assert done.status == 2
    assert f"{path}: not a whole NumPy file: it holds pickled objects, which are not read" in done.err
    assert not Path("exploded").exists()


@pytest.mark.parametrize("name", ["data.npz", "data.npy", "data.csv.gz", "data.parquet"])
def test_damaged_files_are_one_line(ravine: Command, name: str) -> None:
    if name == "data.parquet":
        pytest.importorskip("pyarrow")
    write_table(name, [AnswerColumn("a", A), AnswerColumn("y", A)])
    whole = Path(name).read_bytes()
    for end in range(0, len(whole), max(1, len(whole) // 25)):
        Path(name).write_bytes(whole[:end])
        done = ravine("train", name, "--target", "y")
        assert (done.status, done.out) == (2, ""), (end, done.err)
        assert done.err.startswith(f"ravine: {name}: "), (end, done.err)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(),
    name=st.sampled_from(["data.npz", "data.npy", "data.csv.gz", *(["data.parquet"] if PYARROW else [])]),
)
def test_flipped_bytes_are_a_table_or_an_input_error(data: st.DataObject, name: str) -> None:
    write_table(name, [AnswerColumn("a", A), AnswerColumn("y", LABELS)])
    content = bytearray(Path(name).read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    Path(name).write_bytes(content)
    try:
        read_table(name)
    except InputError as error:
        assert name in str(error)  # noqa: PT017 - any other exception fails the test


def test_a_claimed_size_is_not_believed(ravine: Command) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (2**60,)})
    Path("data.npy").write_bytes(header.getvalue() + bytes(24))
    done = ravine("train", "data.npy", "--target", "y")
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert "not a whole NumPy file" in done.err


def test_a_spreadsheet_is_told_what_to_do(ravine: Command) -> None:
    with zipfile.ZipFile("book.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    done = ravine("train", "book.xlsx", "--target", "y")
    assert done.status == 2
    assert "save the sheet of a spreadsheet as CSV" in done.err


def test_delimiters_belong_to_text(ravine: Command) -> None:
    done = ravine("train", npz(a=A, y=A), "--target", "y", "--delimiter", ";")
    assert (done.status, done.err) == (2, "ravine: --delimiter belongs to CSV files: data.npz is none\n")


def test_without_pyarrow_one_line_names_the_extra(ravine: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("data.parquet").write_bytes(b"PAR1....PAR1")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    done = ravine("train", "data.parquet", "--target", "y")
    assert (done.status, done.out) == (2, "")
    assert done.err == "ravine: data.parquet: Parquet files need pyarrow: pip install 'ravine[parquet]'\n"


def test_every_kind_of_file_gives_the_same_model(ravine: Command, flowers: str) -> None:
    table = read_table(flowers)
    columns = [AnswerColumn(name, table.numbers(name, "feature")) for name in ("length", "width")]
    columns.append(AnswerColumn("flower", table.text("flower")))
    models = []
    kinds = ["csv", "csv.gz", "npz", "npy", *(["parquet"] if PYARROW else [])]
    for kind in kinds:
        write_table(f"bed.{kind}", columns)
        done = ravine("train", f"bed.{kind}", "--target", "flower", *TRAIN)
        assert (done.status, done.err) == (0, "")
        models.append(Path("bed.model.npz").read_bytes())
    assert models == models[:1] * len(kinds)


@pytest.mark.parametrize("kind", ["parquet", "npz", "npy", "csv.gz"])
def test_predictions_in_the_format_of_their_ending(ravine: Command, flowers: str, kind: str) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    assert ravine("train", flowers, "--target", "flower", *TRAIN).status == 0
    path = f"answers.{kind}"
    done = ravine("predict", "flowers.model.npz", flowers, "--proba", "--out", path, "--quiet")
    assert (done.status, done.out, done.err) == (0, "", "")
    table = read_table(path)
    assert table.names == ["flower", "p(iris)", "p(lily)", "p(rose)"]
    assert table.text("flower") == read_table(flowers).text("flower")
    total = sum(table.numbers(name, "feature") for name in table.names[1:])
    np.testing.assert_allclose(total, 1, atol=1e-5 if kind == "csv.gz" else 1e-15)


def test_standard_input_can_be_of_any_kind(flowers: str) -> None:
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "ravine", "train", "-", "--target", "flower", *TRAIN],
        input=gzip.compress(Path(flowers).read_bytes()),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert Path("stdin.model.npz").exists()


def test_comparisons_take_them_too(ravine: Command) -> None:
    x = np.linspace(-1, 1, 40)
    path = npz(x=x, y=x**2)
    done = ravine("compare", path, "--target", "y", "--epochs", "2", "--no-picture", "--rules", "Adam")
    assert (done.status, done.err) == (0, "")


def test_names_of_what_is_made() -> None:
    assert [table_stem(path) for path in ("-", "a/b.csv", "b.csv.gz", "b.parquet")] == [
        "stdin",
        "b",
        "b",
        "b",
    ]
