"""Bad input: one clear line on standard error, exit status 2, and no file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from support.command import Run

Command = Callable[..., Run]
LETTERS = "".join(f"{k},n{k}\n" for k in range(8))

FILES = [
    (
        "missing cell",
        "x,y\n1,2\n,3\nNA,4\n",
        "line 3: column 'x': the cell is empty (and 1 more in this column)",
    ),
    ("missing word", "x,y\n1,2\nnan,3\n", "line 3: column 'x': 'nan' stands for a missing value"),
    ("missing target cell", "x,y\n1,a\n2,\n", "line 3: column 'y': the cell is empty"),
    ("text in a feature", "x,y\n1,2\nred,3\n", "line 3: feature 'x' holds the text 'red': expected numbers"),
    (
        "decimal comma",
        "x;y\n1,5;2\n2,5;3\n",
        "line 2: feature 'x' holds the text '1,5': expected numbers with a dec",
    ),
    ("digit grouping", "x,y\n1_000,2\n2,3\n", "line 2: feature 'x' holds the text '1_000': expected numbers"),
    ("infinity", "x,y\n1,2\n1e999,3\n3,4\n", "line 3: column 'x' holds 1e999: expected finite numbers"),
    ("no target column", "a,b\n1,2\n", "there is no target column 'y': the 2 columns are a, b"),
    (
        "no header",
        "1,2\n3,4\n",
        "there is no target column 'y': the 2 columns are 1, 2. Does the file have a header?",
    ),
    ("one class", "x,y\n1,a\n2,a\n", "the target 'y' has only one class, 'a': expected at least two"),
    ("constant target", "x,y\n1,2\n2,2\n3,2\n", "the target 'y' is 2 in every row: nothing to learn"),
    ("names as target", "x,y\n" + LETTERS, "each of the 8 classes of 'y' has 1 row"),
    (
        "mixed target",
        "x,y\n1,2\n2,3\n3,4x\n",
        "line 4: the target 'y' is the text '4x' here, but a number in 2 of 3",
    ),
    ("too few rows", "x,y\n1,2\n2,3\n", "2 rows: expected at least 3"),
    ("empty", "", "the file is empty"),
    ("blank lines", "\n\n\n", "the file is empty"),
    ("header only", "x,y\n", "there is a header, but no row below it"),
    ("target only", "y\n1\n2\n3\n", "there is no column beside the target 'y'"),
    ("duplicated name", "x,x,y\n1,2,3\n", "two columns are called 'x'"),
    ("no name", ",x,y\n0,1,2\n", "column 1 of 3 has no name in the header"),
    ("ragged", 'x,y\n1,"2\n"\n1,2,3\n', "line 4: 3 cells, the header has 2 (separated by comma)"),
    ("open quote", 'x,y\n1,2\n2,"3\n3,4\n', "line 3: a quotation mark is opened here and never closed"),
    ("stray quote", 'x,y\n1,2\n"2"2,3\n', "line 3: "),
    ("zero bytes", "x,y\n1,\0\n", "the file holds zero bytes"),
    ("huge cell", "x,y\n1,2\n" + "1" * 200_000 + ",2\n", "line 3: field larger than field limit"),
]


def assert_refused(done: Run, message: str, files: list[str]) -> None:
    assert done.status == 2, done.err
    assert done.out == ""
    assert done.err.startswith("ravine")
    assert message in done.err
    assert done.err.count("\n") == 1
    assert sorted(p.name for p in Path().iterdir()) == sorted(files)


@pytest.mark.parametrize(
    ("content", "message"), [case[1:] for case in FILES], ids=[case[0] for case in FILES]
)
def test_files_that_cannot_be_learned_from(ravine: Command, content: str, message: str) -> None:
    Path("data.csv").write_text(content, encoding="utf-8", newline="")
    done = ravine("train", "data.csv", "--target", "y")
    assert_refused(done, f"data.csv{',' if message.startswith('line') else ':'} {message}", ["data.csv"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x,y\n1,é\n".encode("latin-1"), "line 2: a character is not UTF-8"),
        ("x,y\n1,2\n".encode("utf-16"), "the text is UTF-16"),
        (bytes(range(256)), "zero bytes"),
    ],
)
def test_files_that_are_not_utf8(ravine: Command, content: bytes, message: str) -> None:
    Path("data.csv").write_bytes(content)
    assert_refused(ravine("train", "data.csv", "--target", "y"), message, ["data.csv"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "--target is missing: which column is to be predicted? There are a, b, height"),
        ("--target height --drop none", "there is no column to drop 'none'"),
        ("--target height --drop height", "--drop height: this column is the target"),
        ("--target height --out surface.csv", "--out surface.csv: this is the data file as well"),
        ("--target height --out a.npz --picture ./a.npz", "--picture ./a.npz: this is --out as well"),
        ("--target height --out none/a.npz", "does not exist"),
        ("--target height --out .", "not a regular file"),
        ("--target height --picture none/a.png", "does not exist"),
        ("--target height --picture a.png --no-picture", "exclude each other"),
        ("--target height --activation tahn", "tahn"),
        ("--target height --initializer xavier", "xavier"),
        ("--target height --hidden 3000000000,3000000000", "size overflow"),
        ("--target height --threads 100000", "1024"),
    ],
)
def test_options_that_cannot_be(ravine: Command, surface: str, options: str, message: str) -> None:
    assert_refused(ravine("train", surface, *options.split()), message, [surface])


def test_text_is_no_quantity(ravine: Command, flowers: str) -> None:
    done = ravine("train", flowers, "--target", "flower", "--task", "regression")
    assert_refused(done, "line 2: target 'flower' holds the text 'iris': expected numbers", [flowers])


@pytest.mark.parametrize("option", ["--target y", "--task regression", "--drop x", "--delimiter ;"])
def test_options_that_need_a_file(ravine: Command, option: str) -> None:
    assert_refused(ravine("train", *option.split()), f"{option.split(maxsplit=1)[0]} needs a data file", [])


@pytest.mark.parametrize(
    ("option", "rule"),
    [
        ("--hidden 3,x", "expected whole numbers from 1 separated by commas"),
        ("--hidden 3,0", "expected whole numbers from 1 separated by commas"),
        ("--epochs 0", "expected a whole number from 1"),
        ("--epochs 1.5", "expected a whole number from 1"),
        ("--batch-size -1", "expected a whole number from 1"),
        ("--threads 0", "expected a whole number from 1"),
        ("--lr 0", "expected a positive number"),
        ("--lr nan", "expected a positive number"),
        ("--l2 -1", "expected a number from 0"),
        ("--l2 inf", "expected a number from 0"),
        ("--validation 1", "expected a share from 0 to less than 1"),
        ("--seed -1", "expected a whole number from 0"),
        ("--delimiter ab", "expected one character"),
        ("--dtype float16", "invalid choice"),
        ("--task clustering", "invalid choice"),
        ("--no-such-option 1", "unrecognized arguments"),
        ("--hid 3", "unrecognized arguments"),
    ],
)
def test_values_that_cannot_be(ravine: Command, surface: str, option: str, rule: str) -> None:
    done = ravine("train", surface, "--target", "height", *option.split())
    assert done.status == 2
    assert rule in done.err
    assert done.out == ""
    assert [p.name for p in Path().iterdir()] == [surface]


def test_a_file_that_is_not_there(ravine: Command) -> None:
    assert_refused(ravine("train", "none.csv", "--target", "y"), "none.csv: No such file", [])
    Path("folder").mkdir()
    done = ravine("train", "folder", "--target", "y")
    assert_refused(done, "folder: ", ["folder"])


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere"
)
def test_a_folder_that_may_not_be_written_to(ravine: Command, surface: str) -> None:
    Path("locked").mkdir(mode=0o500)
    done = ravine("train", surface, "--target", "height", "--out", "locked/a.npz")
    assert_refused(done, "no permission", [surface, "locked"])


def test_no_command_shows_the_usage(ravine: Command) -> None:
    done = ravine()
    assert done.status == 2
    assert "usage: ravine" in done.err


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["predict", "--help"]])
def test_help_fits_the_screen(ravine: Command, arguments: list[str]) -> None:
    done = ravine(*arguments)
    assert done.status == 0
    assert done.out.startswith("usage: ravine")
    assert max(len(line) for line in done.out.splitlines()) <= 120


def test_version(ravine: Command) -> None:
    import ravine as rv

    done = ravine("--version")
    assert (done.status, done.out) == (0, f"ravine {rv.__version__}\n")


def test_random_tables_never_end_in_a_traceback(ravine: Command) -> None:
    """Whatever the cells, the answer is a model or one line: 60 tables of odd cells."""
    random = np.random.default_rng(0)
    cells = [
        "1",
        "2.5",
        "-3e4",
        "",
        "nan",
        "inf",
        "a",
        "é",
        '"',
        '"q"',
        "1,5",
        "0x10",
        " 7 ",
        "1e400",
        "\t",
        "½",
    ]
    for _ in range(60):
        rows = [
            ",".join(random.choice(cells[: random.integers(2, len(cells))], 2))
            for _ in range(random.integers(0, 9))
        ]
        Path("data.csv").write_text("\n".join(["x,y", *rows]), encoding="utf-8")
        done = ravine(
            "train", "data.csv", "--target", "y", "--epochs", "1", "--hidden", "2", "--quiet", "--no-picture"
        )
        assert done.status in (0, 2)
        assert (done.err == "") == (done.status == 0)
        assert Path("data.model.npz").exists() == (done.status == 0)
        Path("data.model.npz").unlink(missing_ok=True)
