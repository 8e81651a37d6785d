"""Running the command as a person does, in this process or in one of its own, in an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import ravine as rv
from ravine.cli import main
from support.command import Run, write_csv


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Commands run in a folder of their own, and leave the number of threads as it was."""
    monkeypatch.chdir(tmp_path)
    threads = rv.get_num_threads()
    yield tmp_path
    rv.set_num_threads(threads)


@pytest.fixture
def ravine(capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """The command in this process: `ravine("train", "a.csv", "--target", "y")`."""

    def run(*arguments: str) -> Run:
        capsys.readouterr()
        try:
            status = main(list(arguments))
        except SystemExit as stopped:  # argparse's own way to end
            status = int(stopped.code or 0)
        captured = capsys.readouterr()
        return Run(status, captured.out, captured.err)

    return run


@pytest.fixture
def ravine_process() -> Callable[..., Run]:
    """The command in a process of its own, its streams being pipes."""

    def run(*arguments: str, stdin: str | None = None, **environment: str) -> Run:
        done = subprocess.run(
            [sys.executable, "-m", "ravine", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        )
        return Run(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def flowers() -> str:
    """Three well separated classes by name, 40 rows each."""
    random = np.random.default_rng(0)
    rows = [
        f"{random.normal(k, 0.2):.4f},{random.normal(-k, 0.2):.4f},{name}"
        for k, name in enumerate(["iris", "lily", "rose"])
        for _ in range(40)
    ]
    return write_csv("flowers.csv", "length,width,flower", rows)


@pytest.fixture
def surface() -> str:
    """A smooth function of two variables, 300 rows."""
    random = np.random.default_rng(1)
    rows = [f"{a:.17g},{b:.17g},{100 + 30 * a * b:.17g}" for a, b in random.uniform(-1, 1, (300, 2))]
    return write_csv("surface.csv", "a,b,height", rows)
