"""The training loop's options from a shell: each reaches fit, each mistake is told in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ravine as rv

Command = Callable[..., Any]
SHORT = ("--hidden", "6", "--epochs", "6", "--no-picture")
ADAM = ("--solver", "adam")


def theta(name: str) -> bytes:
    model = rv.load(name)
    return getattr(model, "net", model).theta.tobytes()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--schedule", "constant"), "Adam, 6 epochs, batches of 32, rate 0.003, the best is kept, l2"),
        (("--schedule", "cosine"), "rate 0.003 falling to 3e-05"),
        (
            ("--schedule", "one-cycle", "--solver", "rmsprop"),
            "RMSprop, 6 epochs, batches of 32, rate up",
        ),
        (("--schedule", "plateau"), "rate 0.003, lowered on plateaus"),
        (("--clip-norm", "0.5", "--solver", "SGD"), "SGD, 6 epochs"),
        (("--starts", "3"), "start     seed"),
        (("--solver", "levenberg-marquardt"), "levenberg-marquardt on all rows, at most 6 epochs"),
        (("--solver", "auto"), "auto on all rows, at most 6 epochs"),
        (("--solver", "LBFGS", "--starts", "2"), "lbfgs on all rows, at most 6 epochs"),
    ],
)
def test_options_reach_the_loop_and_are_told(
    words: tuple[str, ...], told: str, ravine: Command, surface: str
) -> None:
    plain = ravine("train", surface, "--target", "height", *SHORT, *ADAM, "--out", "plain.npz")
    done = ravine("train", surface, "--target", "height", *SHORT, *words, "--out", "other.npz")
    assert (plain.status, done.status) == (0, 0)
    assert told in done.out
    assert theta("plain.npz") != theta("other.npz")


def test_patience_ends_a_run_early_and_says_so(ravine: Command, surface: str) -> None:
    words = ("--target", "height", "--hidden", "6", "--epochs", "3000", "--lr", "0.3", "--no-picture")
    done = ravine("train", surface, *words, "--early-stopping", "3", "--schedule", "constant")
    assert done.status == 0
    assert "3 epochs in a row brought nothing better" in done.out


def test_max_time_ends_a_run_with_a_model(ravine: Command, surface: str) -> None:
    words = ("--target", "height", "--hidden", "6", "--epochs", "1000000", "--no-picture", "--out", "m.npz")
    done = ravine("train", surface, *words, *ADAM, "--time-budget", "0.3")
    assert done.status == 0
    assert "The time was up." in done.out
    assert Path("m.npz").exists()


def test_a_resumed_run_gives_the_model_of_the_whole_one(ravine: Command, surface: str) -> None:
    words = (
        "train",
        surface,
        "--target",
        "height",
        "--hidden",
        "6",
        "--no-picture",
        "--schedule",
        "constant",
    )
    resumed = ("--checkpoint", "run.npz", "--resume", "--out", "parts.npz")
    assert ravine(*words, "--epochs", "9", "--out", "whole.npz").status == 0
    assert ravine(*words, "--epochs", "4", *resumed).status == 0
    assert ravine(*words, "--epochs", "9", *resumed).status == 0
    assert theta("parts.npz") == theta("whole.npz")
    other = ravine(*words, "--epochs", "9", *resumed, "--batch-size", "7")
    assert (other.status, other.err.count("\n")) == (2, 1)
    assert "its batch_size is 32, here it is 7" in other.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--solver", "adamm"), "--solver: there is no 'adamm'; did you mean 'adam'?"),
        (("--solver", "levenberg_marquart"), "did you mean 'levenberg-marquardt'?"),
        (("--solver", "xyz"), "the rules are sgd, "),
        (("--solver", "newton", "--clip-norm", "1"), "--clip-norm belongs to rules such as adam"),
        (("--solver", "newton", "--dtype", "float32"), "works in --dtype float64"),
        (("--early-stopping", "3", "--validation", "0"), "--early-stopping needs rows"),
        (("--resume",), "--resume needs --checkpoint"),
        (("--starts", "2", "--checkpoint", "run.npz"), "exclude each other"),
        (("--checkpoint", "no/such/run.npz"), "folder"),
    ],
)
def test_mistakes_are_told_in_one_line(
    words: tuple[str, ...], told: str, ravine: Command, surface: str
) -> None:
    done = ravine("train", surface, "--target", "height", *SHORT, *words)
    assert done.status == 2
    assert told in done.err
    assert not Path("surface.model.npz").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            (),
            "solver   auto on all rows, at most 500 epochs, the best is kept, the end 20",
        ),
        (("--dtype", "float32"), "solver   Adam"),
        (("--lr", "0.1"), "solver   Adam, 100 epochs, batches of 32, rate 0.1 falling to 0.001"),
        (("--early-stopping",), "the end 20 after it"),
        (("--early-stopping", "7"), "the end 7 after it"),
        (("--early-stopping", "0"), "auto on all rows, at most 500 epochs, l2"),
        (("--validation", "0"), "auto on all rows, at most 500 epochs, l2"),
    ],
)
def test_who_trains_a_quantity(words: tuple[str, ...], told: str, ravine: Command, surface: str) -> None:
    done = ravine("train", surface, "--target", "height", "--time-budget", "0.5", "--no-picture", *words)
    assert done.status == 0
    assert told in done.out.replace("\n         ", " ")


def test_classes_are_learned_by_adam_and_the_best_epoch_is_kept(ravine: Command, flowers: str) -> None:
    done = ravine("train", flowers, "--target", "flower", "--hidden", "4", "--no-picture")
    assert (
        "solver   Adam, 100 epochs, batches of 32, rate 0.003 falling to 3e-05, the best is kept" in done.out
    )


def test_without_early_stopping_the_model_is_the_last_epoch(ravine: Command, surface: str) -> None:
    words = (
        surface,
        "--target",
        "height",
        "--solver",
        "lbfgs",
        "--no-picture",
        "--epochs",
        "40",
        "--l2",
        "0",
    )
    assert "The model is that of" not in ravine("train", *words, "--early-stopping", "0").out
    kept = ravine("train", *words, "--early-stopping", "40", "--out", "kept.npz")
    assert "The model is that of epoch" in kept.out
    assert theta("surface.model.npz") != theta("kept.npz")


def test_an_unknown_option_names_its_nearest(ravine: Command, surface: str) -> None:
    done = ravine("train", surface, "--targt", "height")
    assert (done.status, done.out) == (2, "")
    assert "unrecognized arguments: --targt height; did you mean --target?" in done.err.replace("\n", " ")
    done = ravine("predict", "a.npz", surface, "--xyz")
    assert "(ravine predict --help has what there is)" in done.err
