"""`ravine inspect`: the figures are those of the diagnostics, on the rows of the training."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine import datasets, plots
from ravine.cli.model_rows import open_model, rows_of
from ravine.model_file import load_model, save_model
from support.command import Run, write_csv

Command = Callable[..., Run]
TO_THE_END = ("--hidden", "3", "--solver", "newton", "--early-stopping", "0", "--l2", "0.01", "--no-picture")


@pytest.fixture
def minimum(ravine: Command, surface: str) -> str:
    """A model at a minimum of its training loss."""
    done = ravine("train", surface, "--target", "height", *TO_THE_END, "--seed", "4")
    assert done.status == 0
    assert "The norm of the gradient is at most gtol" in done.out
    return "surface.model.npz"


def risk_of(name: str, surface: str, l2: float) -> rv.EmpiricalRisk:
    """The training risk, made by hand."""
    model = rv.load(name)
    assert isinstance(model, rv.ScaledModel)
    table = np.loadtxt(surface, delimiter=",", skiprows=1)
    rows, _ = datasets.random_split(300, 0.2, 4)
    X, y = model.network_inputs(table[rows, :2]), model.network_targets(table[rows, 2])
    return rv.EmpiricalRisk(model.net, X, y, l2=l2)


def test_a_minimum_is_told_with_its_figures(ravine: Command, minimum: str, surface: str) -> None:
    done = ravine("inspect", minimum, surface)
    assert (done.status, done.err) == (0, "")
    point = rv.diagnostics.critical_point(risk_of(minimum, surface, 0.01))
    assert point.verdict is rv.diagnostics.PointVerdict.MINIMUM
    assert f"model    {minimum}: 2-3-1, tanh, 13 parameters, float64" in done.out
    assert f"data     {surface}: the rows of its training are known again" in done.out
    assert "loss     squared_error, l2 0.01" in done.out
    assert "point    A minimum: the gradient vanishes and J curves upward in every direction." in done.out
    assert f"\n\n{point.table}\n\n" in done.out
    assert str(rv.diagnostics.ill_conditioning(risk_of(minimum, surface, 0.01))) in done.out
    assert "rows             240        60" in done.out
    if plots.matplotlib_available():
        assert done.out.endswith("pictures surface.model.spectrum.png, surface.model.layers.png\n")
        for name in ("spectrum", "layers"):
            assert Path(f"surface.model.{name}.png").read_bytes().startswith(b"\x89PNG")


def test_figures_for_a_program(ravine: Command, minimum: str, surface: str) -> None:
    found = json.loads(ravine("inspect", minimum, surface, "--json").out)
    risk = risk_of(minimum, surface, 0.01)
    point = rv.diagnostics.critical_point(risk)
    assert found["training_rows_known"]
    assert found["point"]["verdict"] == "MINIMUM"
    assert found["point"]["inertia"] == [13, 0, 0]
    np.testing.assert_allclose(found["point"]["value"], risk.value(), rtol=1e-15)
    np.testing.assert_allclose(found["point"]["condition_number"], point.condition_number)
    assert found["errors"]["training"]["rows"] == 240
    assert found["errors"]["held out"]["rows"] == 60
    assert found["posterior"] is None
    assert [layer["units"] for layer in found["layers"]] == [3, 1]
    assert found["pictures"] == []
    assert not list(Path().glob("*.png"))


def test_what_is_no_number_is_null(ravine: Command, surface: str) -> None:
    ravine("train", surface, "--target", "height", "--hidden", "3", "--epochs", "1", "--no-picture")
    text = ravine("inspect", "surface.model.npz", surface, "--json").out
    assert "NaN" not in text
    assert json.loads(text)["point"]["newton_decrement"] is None
    done = ravine("inspect", "surface.model.npz", surface, "--no-picture")
    assert "Not a critical point: the gradient does not vanish." in done.out
    assert "none, H is indefinite" in done.out


def test_another_table_is_taken_as_a_whole(ravine: Command, minimum: str, surface: str) -> None:
    lines = Path(surface).read_text(encoding="utf-8").splitlines()
    write_csv("other.csv", lines[0], lines[1:101])
    done = ravine("inspect", minimum, "other.csv", "--no-picture")
    assert "data     other.csv: not the table of its training" in done.out
    assert re.search(r"^ +all rows\n-+ +-+\nrows +100$", done.out, re.MULTILINE)
    lines[5] = "0.5,0.5,7"  # as many rows, one of them another
    write_csv("changed.csv", lines[0], lines[1:])
    assert not rows_of(open_model(minimum), "changed.csv").known
    moved = [",".join(line.split(",")[::-1]) for line in Path(surface).read_text("utf-8").splitlines()]
    write_csv("moved.csv", moved[0], moved[1:])
    assert rows_of(open_model(minimum), "moved.csv").known


def test_classes_and_digits(ravine: Command, flowers: str) -> None:
    ravine("train", flowers, "--target", "flower", "--hidden", "4", "--epochs", "3", "--no-picture")
    done = ravine("inspect", "flowers.model.npz", flowers, "--no-picture")
    assert "0-1 error" in done.out
    ravine("train", "--hidden", "4", "--epochs", "2", "--no-picture")
    done = ravine("inspect", "digits.model.npz", "--no-picture")
    assert "data     digits (embedded): the rows of its training are known again" in done.out


def test_many_parameters_are_seen_by_products(ravine: Command, surface: str) -> None:
    ravine("train", surface, "--target", "height", "--hidden", "45,45", "--epochs", "2", "--no-picture")
    done = ravine("inspect", "surface.model.npz", surface)
    assert "2-45-45-1, tanh, 2,251 parameters" in done.out
    assert "(By the ends of the spectrum, from products: Lanczos.)" in done.out.replace("\n         ", " ")
    assert "not known" in done.out


def test_a_model_saved_from_python(ravine: Command, surface: str, flowers: str) -> None:
    rv.MLP([2, 4, 1], seed=0).save("net.npz")
    done = ravine("inspect", "net.npz", surface, "--target", "height", "--l2", "0.1", "--no-picture")
    assert done.status == 0
    assert "loss     squared_error, l2 0.1" in done.out
    rv.MLP([2, 3], seed=0).save("flowers.npz")
    done = ravine("inspect", "flowers.npz", flowers, "--target", "flower", "--no-picture")
    assert "loss     cross_entropy, l2 0" in done.out


def test_files_of_earlier_versions_have_no_split(ravine: Command, minimum: str, surface: str) -> None:
    model, extra = load_model(minimum)
    for name in ("l2", "split"):
        del extra[name]
    save_model(model, "old.npz", extra)
    done = ravine("inspect", "old.npz", surface, "--no-picture")
    assert "not the table of its training" in done.out
    assert "l2 0\n" in done.out


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("l2", -1.0),
        ("l2", "much"),
        ("l2", [0.1, None]),
        ("split", {"rows": 3}),
        ("split", {"rows": "3", "validation": 0.2, "seed": 0, "checksum": 1}),
        ("split", [1, 2]),
    ],
)
def test_damaged_recipes_are_refused(
    ravine: Command, minimum: str, surface: str, name: str, value: Any
) -> None:
    model, extra = load_model(minimum)
    save_model(model, "bad.npz", {**extra, name: value})
    done = ravine("inspect", "bad.npz", surface)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert "its description of the columns is damaged" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["surface.model.npz"], "which data? surface.model.npz was not trained on the digits"),
        (["none.npz", "surface.csv"], "none.npz"),
        (["surface.csv", "surface.csv"], "damaged, or not a model file"),
        (["surface.model.npz", "surface.csv", "--target", "a"], "was trained with --target height"),
        (
            ["surface.model.npz", "surface.csv", "--task", "classification"],
            "was trained with --task regression",
        ),
        (["surface.model.npz", "short.csv"], "there is no target column 'height'"),
        (["surface.model.npz", "surface.csv", "--picture", "p", "--no-picture"], "exclude each other"),
        (["surface.model.npz", "surface.csv", "--picture", "none/p"], "does not exist"),
        (["net.npz", "surface.csv"], "--target is missing: net.npz does not say which column it predicts"),
        (["net.npz", "surface.csv", "--target", "a"], "surface.csv: 2 features, net.npz has 3"),
        (["net.npz"], "which data? net.npz"),
    ],
)
def test_what_is_refused(
    ravine: Command, minimum: str, surface: str, arguments: list[str], message: str
) -> None:
    assert (minimum, surface) == ("surface.model.npz", "surface.csv")
    write_csv("short.csv", "a,b", ["1,2"])
    rv.MLP([3, 4, 1], seed=0).save("net.npz")
    before = sorted(Path().iterdir())
    done = ravine("inspect", *arguments)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err
    assert sorted(Path().iterdir()) == before


def test_a_class_that_the_model_does_not_know(ravine: Command, flowers: str) -> None:
    ravine("train", flowers, "--target", "flower", "--hidden", "0", "--epochs", "1", "--no-picture")
    write_csv("new.csv", "length,width,flower", ["1,2,iris", "1,2,tulip"])
    done = ravine("inspect", "flowers.model.npz", "new.csv")
    assert "new.csv, line 3: 'tulip' is none of the model's classes" in done.err
