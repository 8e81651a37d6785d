"""The training loop's options from a shell: each reaches fit, each mistake is told in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ravine as rv

Command = Callable[..., Any]
SHORT = ("--hidden", "6", "--epochs", "6", "--no-picture")


def theta(name: str) -> bytes:
    model = rv.load(name)
    return getattr(model, "net", model).theta.tobytes()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--schedule", "constant"), "Adam, 6 epochs, batches of 32, rate 0.003, l2"),
        (("--schedule", "cosine"), "rate 0.003 falling to 3e-05"),
        (
            ("--schedule", "one-cycle", "--optimizer", "rmsprop"),
            "RMSprop, 6 epochs, batches of 32, rate up",
        ),
        (("--schedule", "plateau"), "rate 0.003, lowered on plateaus"),
        (("--clip-norm", "0.5", "--optimizer", "SGD"), "SGD, 6 epochs"),
        (("--starts", "3"), "start     seed"),
        (("--optimizer", "levenberg-marquardt"), "levenberg-marquardt, 6 epochs, all rows, l2 0.0001"),
        (("--optimizer", "LBFGS", "--starts", "2"), "lbfgs, 6 epochs, all rows"),
    ],
)
def test_options_reach_the_loop_and_are_told(
    words: tuple[str, ...], told: str, ravine: Command, surface: str
) -> None:
    plain = ravine("train", surface, "--target", "height", *SHORT, "--out", "plain.npz")
    done = ravine("train", surface, "--target", "height", *SHORT, *words, "--out", "other.npz")
    assert (plain.status, done.status) == (0, 0)
    assert told in done.out
    assert theta("plain.npz") != theta("other.npz")


def test_patience_ends_a_run_early_and_says_so(ravine: Command, surface: str) -> None:
    words = ("--target", "height", "--hidden", "6", "--epochs", "3000", "--lr", "0.3", "--no-picture")
    done = ravine("train", surface, *words, "--patience", "3", "--schedule", "constant")
    assert done.status == 0
    assert "as many epochs as there was patience" in done.out


def test_max_time_ends_a_run_with_a_model(ravine: Command, surface: str) -> None:
    words = ("--target", "height", "--hidden", "6", "--epochs", "1000000", "--no-picture", "--out", "m.npz")
    done = ravine("train", surface, *words, "--max-time", "0.3")
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
        (("--optimizer", "adamm"), "rule must be one of"),
        (("--optimizer", "auto"), "chain of several"),
        (("--optimizer", "newton", "--clip-norm", "1"), "--clip-norm belongs to rules"),
        (("--optimizer", "newton", "--dtype", "float32"), "works in --dtype float64"),
        (("--patience", "3", "--validation", "0"), "--patience needs rows"),
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
