"""`ravine predict`: the answers of the trained network, in the order of the rows, by the names of the
columns."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import ravine as rv
from ravine.model_file import load_model, save_model
from support.command import Run, write_csv

Command = Callable[..., Run]


@pytest.fixture
def flower_model(ravine: Command, flowers: str) -> str:
    arguments = [
        "--target",
        "flower",
        "--hidden",
        "8",
        "--epochs",
        "40",
        "--lr",
        "0.01",
        "--quiet",
        "--no-picture",
    ]
    assert ravine("train", flowers, *arguments).status == 0
    return "flowers.model.npz"


@pytest.fixture
def surface_model(ravine: Command, surface: str) -> str:
    arguments = [
        "--target",
        "height",
        "--hidden",
        "16",
        "--epochs",
        "100",
        "--lr",
        "0.02",
        "--quiet",
        "--no-picture",
    ]
    assert ravine("train", surface, *arguments).status == 0
    return "surface.model.npz"


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_labels_in_the_order_of_the_rows(ravine: Command, flower_model: str) -> None:
    write_csv("new.csv", "length,width", ["2.1,-1.9", "0,0.1", "1.05,-1"])
    done = ravine("predict", flower_model, "new.csv")
    assert (done.status, done.out, done.err) == (0, "flower\nrose\niris\nlily\n", "")


def test_columns_are_found_by_name(ravine: Command, flower_model: str) -> None:
    write_csv("new.csv", "note;width;length", ["a b;-1.9;2.1", ";0.1;0"])
    assert ravine("predict", flower_model, "new.csv").out == "flower\nrose\niris\n"


def test_probabilities_sum_to_one(ravine: Command, flower_model: str, flowers: str) -> None:
    done = ravine("predict", flower_model, flowers, "--proba")
    rows = table(done.out)
    assert list(rows[0]) == ["flower", "p(iris)", "p(lily)", "p(rose)"]
    for row in rows:
        p = {name: float(row[f"p({name})"]) for name in ("iris", "lily", "rose")}
        assert abs(sum(p.values()) - 1) < 1e-5
        assert row["flower"] == max(p, key=lambda name: p[name])


def test_where_the_truth_is_there_the_error_is_told(ravine: Command, flower_model: str) -> None:
    write_csv("new.csv", "length,width,flower", ["2.1,-1.9,rose", "0,0.1,iris", "1.05,-1,rose", "1,-1,tulip"])
    done = ravine("predict", flower_model, "new.csv")
    assert done.err == "ravine: 0-1 error on these 4 rows: 50.00 %\n"
    assert ravine("predict", flower_model, "new.csv", "--quiet").err == ""


def test_a_damaged_truth_does_not_stop_the_prediction(ravine: Command, flower_model: str) -> None:
    write_csv("new.csv", "length,width,flower", ["2.1,-1.9,rose", "0,0.1,"])
    done = ravine("predict", flower_model, "new.csv")
    assert (done.status, done.out) == (0, "flower\nrose\niris\n")
    assert "no comparison with the column 'flower'" in done.err


def test_values_have_the_unit_of_the_target(ravine: Command, surface_model: str, surface: str) -> None:
    done = ravine("predict", surface_model, surface, "--out", "answers.csv")
    assert (done.status, done.out) == (0, "")
    r2 = float(done.err.removeprefix("ravine: R² on these 300 rows: "))
    text = Path("answers.csv").read_text(encoding="utf-8")
    predicted = np.array([float(row["height"]) for row in table(text)])
    truth = np.loadtxt(surface, delimiter=",", skiprows=1)[:, 2]
    residual = 1 - np.square(truth - predicted).sum() / np.square(truth - truth.mean()).sum()
    assert r2 > 0.98
    np.testing.assert_allclose(r2, residual, atol=1e-4)


def test_printed_numbers_are_the_computed_ones(ravine: Command, surface_model: str) -> None:
    write_csv("new.csv", "a,b", ["0.25,-0.5"])
    printed = float(ravine("predict", surface_model, "new.csv").out.splitlines()[1])
    assert printed == rv.load(surface_model).predict([[0.25, -0.5]])[0, 0]


def test_standard_input_to_standard_output(ravine_process: Callable[..., Run], flower_model: str) -> None:
    done = ravine_process("predict", flower_model, "-", stdin="length\twidth\r\n2.1\t-1.9\r\n")
    assert (done.status, done.out.splitlines(), done.err) == (0, ["flower", "rose"], "")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are those of POSIX")
def test_a_reader_that_leaves_is_no_error(flower_model: str) -> None:
    write_csv("new.csv", "length,width", ["1,1"] * 50_000)
    command = f'"{sys.executable}" -m ravine predict {flower_model} new.csv | head -n 1'
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "flower\n", "")


REFUSED = [
    ("width,flower\n1,a\n", "new.csv: there is no feature column 'length': the 2 columns are width, flower"),
    ("length,width\n1,\n", "new.csv, line 2: column 'width': the cell is empty"),
    ("length,width\n1,wide\n", "new.csv, line 2: feature 'width' holds the text 'wide'"),
    ("", "new.csv: the file is empty"),
]


@pytest.mark.parametrize(("content", "message"), REFUSED)
def test_rows_that_cannot_be_predicted(
    ravine: Command, flower_model: str, content: str, message: str
) -> None:
    Path("new.csv").write_text(content, encoding="utf-8")
    before = sorted(p.name for p in Path().iterdir())
    done = ravine("predict", flower_model, "new.csv", "--out", "answers.csv")
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err
    assert sorted(p.name for p in Path().iterdir()) == before


def test_files_that_are_no_models(ravine: Command, flowers: str, flower_model: str) -> None:
    whole = Path(flower_model).read_bytes()
    Path("cut.npz").write_bytes(whole[:-10])
    rv.MLP([2, 3], seed=0).save("bare.npz")
    model, extra = load_model(flower_model)
    assert isinstance(model, rv.ScaledModel)
    for name, change in (
        ("features", ["length"]),
        ("classes", ["iris", "lily"]),
        ("task", "regression"),
        ("target", 3),
    ):
        save_model(model, f"{name}.npz", {**extra, name: change})
    outputs = rv.Standardizer(np.zeros(3), np.ones(3))
    save_model(rv.ScaledModel(model.net, model.inputs, outputs), "outputs.npz", extra)
    for path, message in [
        ("none.npz", "none.npz"),
        (flowers, f"{flowers}: damaged, or not a model file"),
        ("cut.npz", "cut.npz: damaged"),
        ("bare.npz", "bare.npz: it holds a network, but no columns to apply it to"),
        ("features.npz", "does not fit its network"),
        ("classes.npz", "does not fit its network"),
        ("task.npz", "does not fit its network"),
        ("outputs.npz", "does not fit its network"),
        ("target.npz", "is damaged"),
    ]:
        done = ravine("predict", path, flowers)
        assert (done.status, done.out, done.err.count("\n")) == (2, "", 1), path
        assert message in done.err


def test_options_that_cannot_be(ravine: Command, surface_model: str, surface: str) -> None:
    for options, message in [
        (["--proba"], "--proba: surface.model.npz is a regression"),
        (["--out", surface], "this is the data file as well"),
        (["--out", surface_model], "this is the model as well"),
        (["--out", "none/a.csv"], "does not exist"),
    ]:
        done = ravine("predict", surface_model, surface, *options)
        assert (done.status, done.out) == (2, "")
        assert message in done.err


def test_rows_far_outside_are_answered_or_refused(ravine: Command, flower_model: str) -> None:
    write_csv("new.csv", "length,width", ["1e308,1e308"])
    model, extra = load_model(flower_model)
    assert isinstance(model, rv.ScaledModel)
    assert ravine("predict", flower_model, "new.csv").status == 0
    narrow = rv.Standardizer(np.zeros(2), np.full(2, 1e-300))
    save_model(rv.ScaledModel(model.net, narrow), "narrow.npz", extra)
    done = ravine("predict", "narrow.npz", "new.csv")
    assert (done.status, done.out) == (2, "")
    assert "too far from the training data" in done.err
