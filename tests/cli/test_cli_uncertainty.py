"""`ravine train --uncertainty`: from a file of people's data to a certified model with honest error bars."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine import plots
from ravine.cli.model_rows import open_model, rows_of
from ravine.model_file import load_posterior
from support.command import Run, write_csv

Command = Callable[..., Run]
SMALL = ("--target", "y", "--hidden", "5", "--uncertainty")


@pytest.fixture
def wave() -> str:
    """A sine with noise of 0.3 around it, 200 rows, in units that are not standardised."""
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, 200)
    y = 50 + 10 * np.sin(3 * x) + 3 * random.normal(size=200)
    return write_csv("wave.csv", "x,y", [f"{a:.6f},{b:.6f}" for a, b in zip(x, y, strict=True)])


def one_line(done: Run) -> str:
    """What was printed, paragraphs under a label in one line each."""
    return re.sub(r"\n {9}", " ", done.out)


def columns(text: str) -> dict[str, np.ndarray]:
    names, *rows = csv.reader(io.StringIO(text))
    return {name: np.array([float(row[k]) for row in rows]) for k, name in enumerate(names)}


def test_a_person_with_a_csv_file_gets_everything_from_one_command(ravine: Command) -> None:
    """scikit-learn's diabetes data, real and noisy: the figures that are printed are those of the model."""
    sk = pytest.importorskip("sklearn.datasets")
    data = sk.load_diabetes(scaled=False)
    rows = [",".join(f"{v:.6g}" for v in [*x, y]) for x, y in zip(data.data, data.target, strict=True)]
    write_csv("diabetes.csv", ",".join([*data.feature_names, "progression"]), rows)

    done = ravine("train", "diabetes.csv", "--target", "progression", "--uncertainty", "--hidden", "8")
    assert done.status == 0
    out = one_line(done)
    posterior = load_posterior("diabetes.model.npz")
    assert "solver   auto on all rows to the minimum, again and again: l2 by the evidence" in out
    assert re.search(r"stopped  l2 [\d.e-]+ makes the data most probable, of \d+ rounds\. The ", out)
    assert re.search(r"point    (A minimum|Degenerate).* Upward go \d+ directions, downward 0, flat are", out)
    gamma = posterior.effective_parameters
    assert f"fit      The data determine {gamma:.1f} of 97 parameters; the penalty holds the others." in out
    assert posterior.noise_std is not None
    assert f"noise    progression scatters by {posterior.noise_std[0]:.4g} around its mean" in out
    told = re.search(
        r"held out The root mean square error of the rows is ([\d.]+); bars of 68 % hold (\d+) % of them "
        r"\(± 5 by chance\), bars of 95 % hold (\d+) % of them \(± 2 by chance\)\.",
        out,
    )
    assert told is not None
    root, inner, outer = map(float, told.groups())
    assert 40 < root < 70
    assert abs(inner - 68) <= 15
    assert outer >= 88
    r2 = float(next(line for line in out.splitlines() if line.startswith("R²")).split()[-1])
    assert r2 > 0.4  # early stopping and all: a linear model has 0.45 to 0.5
    if plots.matplotlib_available():
        for kind in ("curve", "fit"):
            assert f"picture  diabetes.model.{kind}.png" in out
            assert Path(f"diabetes.model.{kind}.png").read_bytes().startswith(b"\x89PNG")

    found = json.loads(ravine("inspect", "diabetes.model.npz", "diabetes.csv", "--json").out)
    assert found["training_rows_known"]
    assert found["point"]["verdict"] in ("MINIMUM", "DEGENERATE")
    np.testing.assert_allclose(found["posterior"]["effective_parameters"], gamma)
    np.testing.assert_allclose(found["errors"]["held out"]["metric"], r2, atol=5e-5)


def test_noise_and_error_bars_are_in_the_units_of_the_table(ravine: Command, wave: str) -> None:
    assert ravine("train", wave, *SMALL, "--no-picture", "--quiet").out == ""
    posterior = load_posterior("wave.model.npz")
    assert posterior.at_minimum
    assert posterior.noise_std is not None
    np.testing.assert_allclose(posterior.noise_std, 3, rtol=0.15)
    write_csv("new.csv", "x", ["0", "0.5", "4"])
    shown = columns(ravine("predict", "wave.model.npz", "new.csv").out)
    mean, std = posterior.predict([[0.0], [0.5], [4.0]], noise=True)
    np.testing.assert_allclose(shown["y"], mean[:, 0])
    np.testing.assert_allclose(shown["std(y)"], std[:, 0], rtol=1e-5)
    assert shown["std(y)"][2] > 1.5 * shown["std(y)"][0] > 4
    alone = columns(ravine("predict", "wave.model.npz", "new.csv", "--without-noise").out)
    np.testing.assert_allclose(alone["std(y)"] ** 2 + posterior.noise_std**2, shown["std(y)"] ** 2, rtol=1e-4)


def test_probabilities_are_averaged_over_the_posterior(ravine: Command) -> None:
    random = np.random.default_rng(1)
    rows = [
        f"{random.normal(shift, 1):.4f},{random.normal(-shift, 1):.4f},{name}"
        for name, shift in (("no", -0.7), ("yes", 0.7))
        for _ in range(60)
    ]
    table = write_csv("answers.csv", "a,b,y", rows)
    done = ravine("train", table, *SMALL)
    assert done.status == 0
    told = re.search(
        r"The log loss of averaged probabilities is (\S+), of the minimum's own (\S+);", one_line(done)
    )
    assert told is not None
    assert float(told[1]) < float(told[2])
    assert "ravine predict gives the averages." in one_line(done)
    assert "noise" not in done.out
    write_csv("new.csv", "a,b", ["8,-8", "0,0"])
    shown = ravine("predict", "answers.model.npz", "new.csv", "--proba").out.splitlines()
    assert shown[0] == "y,p(no),p(yes)"
    stored = open_model("answers.model.npz")
    assert stored.posterior is not None
    X = np.array([[8.0, -8.0], [0.0, 0.0]])
    averaged, plain = stored.posterior.predict_proba(X), stored.model.predict_proba(X, loss="cross_entropy")
    assert 0.5 < averaged[0, 1] < plain[0, 1]
    np.testing.assert_allclose([float(cell) for cell in shown[1].split(",")[1:]], averaged[0], rtol=1e-5)
    assert shown[1].startswith("yes,")


def test_where_averages_are_worse_predictions_are_those_of_the_minimum(ravine: Command, flowers: str) -> None:
    """Classes that lie apart: the curvature says next to nothing, and the posterior doubts everything."""
    done = ravine("train", flowers, "--target", "flower", "--hidden", "4", "--uncertainty", "--no-picture")
    assert done.status == 0
    assert "averages doubt too much here, ravine predict gives the latter." in one_line(done)
    shown = ravine("predict", "flowers.model.npz", flowers, "--proba", "--quiet").out.splitlines()[1:]
    table = np.loadtxt(flowers, delimiter=",", skiprows=1, usecols=(0, 1))
    model = rv.load("flowers.model.npz")
    told = [[float(cell) for cell in line.split(",")[1:]] for line in shown]
    np.testing.assert_allclose(told, model.predict_proba(table, loss="cross_entropy"), rtol=1e-4, atol=1e-12)


def test_a_penalty_that_is_given_is_kept(ravine: Command, wave: str) -> None:
    done = ravine("train", wave, *SMALL, "--l2", "0.01", "--solver", "newton", "--starts", "3")
    assert "solver   newton on all rows to the minimum, l2 0.01" in done.out
    assert "stopped  The norm of the gradient is at most gtol." in done.out
    stored = open_model("wave.model.npz")
    rows = rows_of(stored, wave)
    assert rows.recipe.l2 == 0.01
    risk = rv.EmpiricalRisk(stored.model.net, rows.training.X, rows.training.y, l2=0.01)
    best = min(
        rv.minimize(
            rv.EmpiricalRisk(rv.MLP([1, 5, 1], seed=k), rows.training.X, rows.training.y, l2=0.01),
            method="newton",
        ).fun
        for k in range(3)
    )
    np.testing.assert_allclose(risk.value(), best, rtol=1e-9)


def test_starts_are_chosen_by_the_evidence(ravine: Command, wave: str) -> None:
    one = ravine("train", wave, *SMALL, "--no-picture", "--out", "one.npz")
    assert "from" not in next(line for line in one.out.splitlines() if line.startswith("stopped"))
    done = ravine("train", wave, *SMALL, "--no-picture", "--starts", "3")
    assert "from 3 starts." in done.out.replace("\n         ", " ")
    most = load_posterior("wave.model.npz").log_evidence
    assert most >= load_posterior("one.npz").log_evidence - 1e-6


def test_a_time_budget_bounds_the_search(ravine: Command, wave: str) -> None:
    began = time.perf_counter()
    done = ravine("train", wave, "--target", "y", "--hidden", "40,40", "--uncertainty", "--no-picture",
                  "--time-budget", "0.5")  # fmt: skip
    assert time.perf_counter() - began < 15
    assert done.status == 0
    assert re.search("time was up|did not come near enough", done.out.replace("\n         ", " "))


def test_a_pipe_gets_few_plain_lines(ravine_process: Command, wave: str) -> None:
    done = ravine_process("train", wave, *SMALL, "--no-picture")
    assert done.status == 0
    assert "\r" not in done.err + done.out
    assert "\x1b" not in done.err + done.out
    assert 1 <= len(done.err.splitlines()) <= 12
    assert done.err.startswith("round   1/100  loss ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out", "m.safetensors"], "--out m.safetensors: error bars are kept in .npz files alone"),
        (["--solver", "adam"], "--uncertainty needs a method that goes to the minimum, such as auto"),
        (["--solver", "newtn"], "--solver: there is no 'newtn'; did you mean 'newton'?"),
        (["--lr", "0.1"], "--lr does not go together with --uncertainty"),
        (["--batch-size", "8"], "--batch-size does not go together with --uncertainty"),
        (["--early-stopping"], "--early-stopping does not go together with --uncertainty"),
        (["--checkpoint", "c.npz"], "--checkpoint does not go together with --uncertainty"),
        (["--dtype", "float32"], "--uncertainty works in --dtype float64"),
        (["--hidden", "3000,3000"], "--uncertainty: a posterior of P = 9"),
        (["--picture", "a.fit.png", "--out", "a.fit.fit.png"], "this is --out as well"),
    ],
)
def test_what_does_not_go_together(ravine: Command, wave: str, words: list[str], message: str) -> None:
    done = ravine("train", wave, *SMALL, *words)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert message in done.err
    assert [path.name for path in Path().iterdir()] == [wave]


def test_data_without_noise_are_told(ravine: Command) -> None:
    """Six rows and 41 parameters: nothing is left over to tell noise by."""
    table = write_csv("few.csv", "x,y", [f"{k},{k * k % 7}" for k in range(6)])
    done = ravine("train", table, "--target", "y", "--hidden", "10", "--uncertainty", "--l2", "0", "--quiet")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("ravine: --uncertainty: ")
    assert "Nothing was written" in done.err
    assert [path.name for path in Path().iterdir()] == [table]


def test_a_model_without_error_bars_has_none(ravine: Command, wave: str) -> None:
    ravine("train", wave, "--target", "y", "--hidden", "3", "--no-picture")
    assert ravine("predict", "wave.model.npz", wave).out.startswith("y\n")
    done = ravine("predict", "wave.model.npz", wave, "--without-noise")
    assert (done.status, done.out) == (2, "")
    assert "--without-noise: wave.model.npz has no error bars of a quantity" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
def test_an_interrupt_keeps_the_best_round(wave: str, ravine: Command) -> None:
    lines = (
        "import signal, sys",
        "signal.signal(signal.SIGINT, signal.default_int_handler)",
        "from ravine.cli import main",
        "sys.exit(main(sys.argv[1:]))",
    )
    words: list[Any] = ["train", wave, *SMALL, "--no-picture", "--starts", "100000"]
    command = [sys.executable, "-c", "\n".join(lines), *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("round")
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in err) == (130, False)
    assert "Ctrl-C ended the search, in round" in out
    assert "std(y)" in ravine("predict", "wave.model.npz", wave).out
