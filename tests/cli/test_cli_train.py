"""`ravine train` as a person meets it: what it prints, what it writes, and that both are right."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import ravine as rv
from ravine import datasets
from ravine.model_file import load_model
from support.command import Run, write_csv

Command = Callable[..., Run]

GOLDEN_CLASSES = """\
data     flowers.csv: 120 rows, 2 features, target 'flower' (3 classes)
split    96 rows to train on, 24 held out (seed 0)
network  2-8-3, tanh, 51 parameters, float64
solver   Adam, 40 epochs, batches of 16, rate 0.01 falling to 0.0001, the best is kept, l2 0

stopped  All epochs were done. The model is that of epoch NUMBER of 40, the best on the rows held out.

           training  held out
---------  --------  --------
rows             96          24
loss           NUMBER        NUMBER
0-1 error    0.00 %      0.00 %
seconds        NUMBER

model    flowers.model.npz
picture  flowers.model.curve.png
"""

GOLDEN_QUANTITY = """\
data     surface.csv: 300 rows, 2 features, target 'height' (a quantity)
split    240 rows to train on, 60 held out (seed 3)
network  2-16-1, tanh, 65 parameters, float32
solver   Adam, 150 epochs, batches of 32, rate 0.02 falling to 0.0002, the best is kept, l2 1e-06

stopped  All epochs were done. The model is that of epoch NUMBER of 150, the best on the rows held out.

            training  held out
----------  --------  --------
rows             240          60
loss            NUMBER        NUMBER
l2 penalty      NUMBER
R²            NUMBER      NUMBER
seconds         NUMBER

model    out/surface.npz
picture  out/surface.curve.png
"""


def masked(text: str) -> str:
    """Numbers that differ between CPUs replaced, and with them the widths of the columns."""
    lines = []
    text = re.sub(r"of epoch \d+\s+of", "of epoch NUMBER of", text).replace("held\n         out", "held out")
    for line in text.splitlines():
        name = line.split("  ")[0]
        if name in ("loss", "l2 penalty", "seconds", "R²"):
            shown = name + re.sub(r"\S+", "NUMBER", line.removeprefix(name))
        else:
            shown = line
        lines.append(re.sub(r" {2,}", "  ", re.sub(r"-{2,}", "--", shown)))
    return "\n".join(lines) + "\n"


def test_text_is_classified(ravine: Command, flowers: str) -> None:
    options = "--hidden 8 --epochs 40 --batch-size 16 --lr 0.01 --l2 0"
    done = ravine("train", flowers, "--target", "flower", *shlex.split(options))
    assert done.status == 0
    assert masked(done.out) == masked(GOLDEN_CLASSES)
    assert done.err.splitlines()[-1].startswith("epoch 40/40  loss ")
    assert done.err.endswith("validation error 0.00 %\n")
    model, extra = load_model("flowers.model.npz")
    assert isinstance(model, rv.ScaledModel)
    assert list(model.net.widths) == [2, 8, 3]
    assert model.targets is None
    assert extra["classes"] == ["iris", "lily", "rose"]
    assert Path("flowers.model.curve.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(p.name for p in Path().iterdir()) == [
        flowers,
        "flowers.model.curve.png",
        "flowers.model.npz",
    ]


def test_numbers_are_fitted(ravine: Command, surface: str) -> None:
    Path("out").mkdir()
    options = "--hidden 16 --epochs 150 --lr 0.02 --l2 1e-6 --seed 3 --dtype float32 --out out/surface.npz"
    done = ravine("train", surface, "--target", "height", *shlex.split(options))
    assert done.status == 0
    assert masked(done.out) == masked(GOLDEN_QUANTITY)
    training, validation = map(
        float, re.findall(r"0\.\d{4}", next(x for x in done.out.splitlines() if "R²" in x))
    )
    assert training > 0.99
    assert validation > 0.98
    model, extra = load_model("out/surface.npz")
    assert isinstance(model, rv.ScaledModel)
    assert model.net.dtype == np.float32
    assert extra["classes"] == []
    # The mean is that of the training rows, and of no others.
    height = np.loadtxt(surface, delimiter=",", skiprows=1)[:, 2]
    rows, _ = datasets.random_split(300, 0.2, 3)
    assert model.targets is not None
    np.testing.assert_allclose(model.targets.mean, height[rows].mean(), rtol=1e-12)


def test_weights_start_as_told(ravine: Command, surface: str) -> None:
    options = "--initializer orthogonal --hidden 2,2 --epochs 1 --lr 1e-300 --no-picture --quiet"
    assert ravine("train", surface, "--target", "height", *shlex.split(options)).status == 0
    model = rv.load("surface.model.npz")
    assert isinstance(model, rv.ScaledModel)
    want = rv.MLP([2, 2, 2, 1], initializer="orthogonal", seed=0).theta
    np.testing.assert_allclose(model.net.theta, want, rtol=0, atol=1e-290)  # biases moved by such a rate


def test_the_printed_loss_is_that_of_the_model(ravine: Command, surface: str) -> None:
    done = ravine("train", surface, "--target", "height", "--hidden", "4", "--epochs", "3")
    model = rv.load("surface.model.npz")
    assert isinstance(model, rv.ScaledModel)
    table = np.loadtxt(surface, delimiter=",", skiprows=1)
    rows, _ = datasets.random_split(300, 0.2, 0)
    # The loss is that of standardised targets: the variance is its unit.
    height = table[rows, 2:]
    loss = 0.5 * np.square(model.predict(table[rows, :2]) - height).mean() / height.var()
    printed = next(line for line in done.out.splitlines() if line.startswith("loss"))
    assert printed.split()[1] == f"{loss:.4g}"


def test_without_a_file_the_digits_are_learned(ravine: Command) -> None:
    done = ravine("train", "--epochs", "2", "--no-picture")
    assert done.status == 0
    assert done.out.startswith(
        "data     digits (embedded): 1,797 rows, 64 features, target 'digit' (10 classes)\n"
        "split    1,438 rows to train on, 359 held out (seed 0)\n"
        "network  64-64-64-10, tanh, 8,970 parameters, float64\n"
    )
    assert [p.name for p in Path().iterdir()] == ["digits.model.npz"]


def test_task_overrides(ravine: Command) -> None:
    write_csv("labels.csv", "x,kind", [f"{k % 3 + 0.1 * (k % 7)},{k % 3:02d}" for k in range(60)])
    done = ravine("train", "labels.csv", "--target", "kind", "--epochs", "2", "--no-picture")
    assert done.status == 0
    assert "note     the target 'kind' has 3 different whole numbers and is learned as a quantity" in done.out
    done = ravine(
        "train", "labels.csv", "--target", "kind", "--epochs", "2", "--task", "classification", "--quiet"
    )
    assert done.status == 0
    assert load_model("labels.model.npz")[1]["classes"] == ["0", "1", "2"]


def test_quiet_prints_nothing(ravine: Command, flowers: str) -> None:
    done = ravine("train", flowers, "--target", "flower", "--epochs", "2", "--quiet")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert Path("flowers.model.npz").exists()


def test_the_same_seed_gives_the_same_file(ravine: Command, flowers: str) -> None:
    def model(name: str, seed: str) -> bytes:
        arguments = [
            "--target",
            "flower",
            "--epochs",
            "3",
            "--quiet",
            "--no-picture",
            "--out",
            name,
            "--seed",
            seed,
        ]
        assert ravine("train", flowers, *arguments).status == 0
        return Path(name).read_bytes()

    assert model("a.npz", "7") == model("b.npz", "7")
    assert model("a.npz", "7") != model("c.npz", "8")


@pytest.mark.parametrize("validation", ["0", "0.5"])
def test_share_of_validation_rows(ravine: Command, flowers: str, validation: str) -> None:
    done = ravine("train", flowers, "--target", "flower", "--epochs", "2", "--validation", validation)
    assert done.status == 0
    assert ("held out\n" in done.out) == (validation != "0")
    assert (
        "60 rows to train on, 60 held out" if validation != "0" else "120 rows to train on, none"
    ) in done.out


def test_no_hidden_layer_and_threads(ravine: Command, flowers: str) -> None:
    done = ravine("train", flowers, "--target", "flower", "--hidden", "0", "--epochs", "30", "--threads", "1")
    assert done.status == 0
    assert "network  2-3, 9 parameters, float64" in done.out


def test_a_column_can_be_left_out(ravine: Command) -> None:
    write_csv("named.csv", "name,x,y", [f"n{k},{k},{2 * k}" for k in range(20)])
    done = ravine("train", "named.csv", "--target", "y", "--drop", "name", "--epochs", "2", "--quiet")
    assert done.status == 0
    assert load_model("named.model.npz")[1]["features"] == ["x"]


def test_standard_input(ravine_process: Callable[..., Run], flowers: str) -> None:
    text = Path(flowers).read_text(encoding="utf-8")
    done = ravine_process("train", "-", "--target", "flower", "--epochs", "2", "--no-picture", stdin=text)
    assert done.status == 0
    assert "data     standard input: 120 rows" in done.out
    assert Path("stdin.model.npz").exists()


def test_without_the_extras_it_works_and_says_so(ravine_process: Callable[..., Run], flowers: str) -> None:
    # A module that fails to import stands for one that is not installed.
    for name in ("matplotlib", "tqdm"):
        Path(name + ".py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    done = ravine_process("train", flowers, "--target", "flower", "--epochs", "2", "--picture", "a.png")
    assert done.status == 0
    assert done.out.endswith("picture  none, matplotlib is not installed: pip install 'ravine[cli]'\n")
    assert done.err.count("\n") == 2
    assert not Path("a.png").exists()
    assert Path("flowers.model.npz").exists()


def test_a_log_file_gets_few_plain_lines(ravine_process: Callable[..., Run], flowers: str) -> None:
    done = ravine_process(
        "train", flowers, "--target", "flower", "--epochs", "500", "--hidden", "2", "--no-picture"
    )
    assert done.status == 0
    assert "\r" not in done.err + done.out
    assert "\x1b" not in done.err + done.out
    assert [line.split("/")[0].split()[1] for line in done.err.splitlines()] == [
        str(n) for n in (1, 50, 100, 150, 200, 250, 300, 350, 400, 450, 500)
    ]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Whoever was started in the background ignores Ctrl-C, and so would its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupted(*arguments: str) -> tuple[int, str, str]:
    """Status and streams of a long run that Ctrl-C ends."""
    command = [sys.executable, "-m", "ravine", "train", *arguments, "--epochs", "1000000", "--out", "a.npz"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("data")
        time.sleep(0.5)  # into the epochs
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    return process.returncode, out, err


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_keeps_the_best_so_far(flowers: str, ravine: Command) -> None:
    status, out, err = interrupted(flowers, "--target", "flower", "--no-picture")
    assert (status, "Traceback" in err) == (130, False)
    assert re.search(r"stopped  Ctrl-C ended the run, in epoch \d+. The model is that of epoch", out)
    assert "model    a.npz" in out
    assert ravine("predict", "a.npz", flowers).status == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_of_several_starts_writes_nothing(flowers: str) -> None:
    status, _, err = interrupted(flowers, "--target", "flower", "--starts", "2")
    assert status == 130
    assert err.endswith("ravine: interrupted; nothing was written\n")
    assert [p.name for p in Path().iterdir()] == [flowers]


def test_a_failure_while_writing_leaves_the_old_model(
    ravine: Command, flowers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("old.npz").write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ravine.atomic_file.os.fsync", full)
    done = ravine("train", flowers, "--target", "flower", "--epochs", "2", "--quiet", "--out", "old.npz")
    assert done.status == 2
    assert "No space left" in done.err
    assert Path("old.npz").read_bytes() == b"old"
    assert sorted(p.name for p in Path().iterdir()) == [flowers, "old.npz"]


def test_a_loss_that_is_not_finite_is_told(ravine: Command, surface: str) -> None:
    done = ravine("train", surface, "--target", "height", "--activation", "relu", "--lr", "1e200", "--quiet")
    assert done.status == 1
    assert "were not finite" in done.err
    assert "in epoch 1. Nothing was written; a smaller --lr may help" in done.err
    assert [p.name for p in Path().iterdir()] == [surface]
