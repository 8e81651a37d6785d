"""`ravine compare`: the table, the files, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ravine import plots
from ravine.surfaces import SURFACES
from support.command import Run

Command = Callable[..., Run]


def verdicts(out: str) -> dict[str, str]:
    """The last column of the table by rule."""
    lines = out.splitlines()
    table = lines[next(k for k, line in enumerate(lines) if line.startswith("---")) + 1 :]
    rows = table[: table.index("")] if "" in table else table
    return {line.split()[0]: line.rsplit("  ", 1)[1] for line in rows}


def test_without_arguments_a_ravine_is_descended(ravine: Command) -> None:
    pytest.importorskip("matplotlib")
    done = ravine("compare")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("problem  Ravine(condition=100.0")
    assert set(verdicts(done.out).values()) == {"reached"}
    assert done.out.endswith("picture  ravine.compare.png\n")
    assert Path("ravine.compare.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", SURFACES)
def test_every_surface_has_a_name(ravine: Command, name: str) -> None:
    done = ravine("compare", name, "--updates", "2", "--no-picture")
    assert done.status == 0
    assert f"problem  {SURFACES[name]()!r}" in done.out
    assert list(Path().iterdir()) == []


def test_chosen_rules_and_rates(ravine: Command) -> None:
    options = [
        "--rules",
        "sgd=0.0201, ADAM,Adam=0.5",
        "--condition",
        "100",
        "--updates",
        "4000",
        "--no-picture",
    ]
    done = ravine("compare", "ravine", *options)
    assert verdicts(done.out) == {"SGD=0.0201": "diverged", "Adam": "reached", "Adam=0.5": "reached"}


def test_all_rules(ravine: Command) -> None:
    done = ravine("compare", "beale", "--rules", "all", "--no-picture", "--updates", "5")
    assert {"Lion", "Rprop", "RAdam", "Nesterov"} < set(verdicts(done.out))


def test_an_animation_is_written(ravine: Command) -> None:
    pytest.importorskip("matplotlib")
    done = ravine("compare", "saddle", "--animation", "s.gif", "--no-picture", "--updates", "40")
    assert done.out.endswith("moving   s.gif\n")
    assert verdicts(done.out)["SGD"] == "stays at saddle"
    assert Path("s.gif").read_bytes().startswith(b"GIF89a")


def test_digits(ravine: Command) -> None:
    done = ravine("compare", "digits", "--epochs", "3", "--hidden", "16", "--seed", "1", "--no-picture")
    assert done.status == 0
    assert "network 64-16-10, cross_entropy, 3 epochs, batches of 32" in done.out
    assert done.out.count("% wrong") == len(verdicts(done.out))


def test_a_table(ravine: Command, surface: str, flowers: str) -> None:
    done = ravine("compare", surface, "--target", "height", "--hidden", "8", "--goal", "0.2", "--no-picture")
    assert (done.status, verdicts(done.out)["Adam"]) == (0, "reached")
    assert "R² 0." in done.out
    assert "goal     0.2" in done.out
    done = ravine("compare", flowers, "--target", "flower", "--drop", "width", "--hidden", "0")
    assert "network 1-3, cross_entropy" in done.out
    assert Path("flowers.compare.png").exists() == plots.matplotlib_available()


def test_quiet_says_nothing(ravine: Command) -> None:
    assert ravine("compare", "--quiet", "--no-picture", "--updates", "1") == Run(0, "", "")


def test_without_matplotlib_the_table_is_there(ravine: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "matplotlib_available", lambda: False)
    done = ravine("compare", "--updates", "1")
    assert done.out.endswith("picture  none, matplotlib is not installed: pip install 'ravine[cli]'\n")
    done = ravine("compare", "--animation", "a.gif")
    assert (done.status, done.out) == (2, "")
    assert "--animation: matplotlib is not installed: pip install" in done.err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "nothing: there is no such file, and the known problems are ravine, rosenbrock"),
        (["saddle", "--target", "y"], "--target belongs to a data file: saddle is a surface"),
        (["digits", "--target", "y"], "--target belongs to a data file: digits is data"),
        (["saddle", "--batch-size", "3"], "--batch-size belongs to data: saddle is a surface"),
        (["saddle", "--seed", "0"], "--seed belongs to data: saddle is a surface"),
        (["saddle", "--hidden", "8"], "--hidden belongs to data: saddle is a surface"),
        (["digits", "--hidden", "9999999,9999999"], "theta of "),
        (["digits", "--updates", "3"], "--updates belongs to a surface: digits is data"),
        (["digits", "--animation", "a.gif"], "--animation belongs to a surface: digits is data"),
        (["saddle", "--condition", "3"], "--condition belongs to ravine: saddle has none"),
        (["--rules", "SGD,Xyz"], "--rules: there is no rule 'Xyz'; there are SGD, "),
        (["--rules", "Adan"], "--rules: there is no rule 'Adan'; did you mean 'Adam'?"),
        (["--rules", "newton"], "--rules: newton is a method, which takes all rows and no rate"),
        (["--rules", "SGD=-1"], "--rules SGD=-1: expected a positive rate after =, such as SGD=0.01"),
        (["--rules", "SGD="], "--rules SGD=: expected a positive rate after ="),
        (["--picture", "a.png", "--no-picture"], "--picture and --no-picture exclude each other"),
        (["--picture", "a", "--animation", "a"], "--animation a: this is --picture as well"),
        (["data.csv"], "--target is missing: which column is to be predicted? There are x, y"),
        (["data.csv", "--target", "y", "--picture", "data.csv"], "--picture data.csv: this is the data file"),
        (["data.csv", "--target", "z"], "data.csv: there is no target column 'z'"),
    ],
)
def test_what_is_refused(ravine: Command, arguments: list[str], message: str) -> None:
    Path("data.csv").write_text("x,y\n1,2\n2,3\n3,5\n", encoding="utf-8")
    done = ravine("compare", *arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("ravine: ")
    assert message in done.err
    assert done.err.count("\n") == 1
    assert [path.name for path in Path().iterdir()] == ["data.csv"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--updates", "0"], "'0': expected a whole number from 1"),
        (["--condition", "0.5"], "'0.5': expected a number from 1"),
        (["--goal", "nan"], "'nan': expected a number"),
        (["--seed", "-1"], "'-1': expected a whole number from 0"),
    ],
)
def test_options_out_of_range(ravine: Command, arguments: list[str], message: str) -> None:
    done = ravine("compare", *arguments)
    assert done.status == 2
    assert message in done.err
