"""`ravine bench`: both sides do the same work, the table is plain, and a program can read the figures."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine import benchmarks
from support.command import Run

Command = Callable[..., Run]
BENCH = importlib.import_module("ravine.cli.bench")  # the package has a function of that name
NAMES = [kernel.name for kernel in benchmarks.KERNELS]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sample a side, and a machine that is quiet by order."""
    monkeypatch.setattr(BENCH, "_QUICK", {"seconds": 0.0, "rounds": 1})
    monkeypatch.setattr(BENCH, "busy_share", lambda _: 0.0)


@pytest.mark.usefixtures("hasty")
def test_a_row_for_each_kernel(ravine: Command) -> None:
    done = ravine("bench", "--quick", "--threads", "1")
    assert (done.status, done.err) == (0, "")
    head, table = done.out.split("\n\n")
    assert [line.split()[0] for line in head.splitlines()][-3:] == ["ravine", "NumPy", "threads"]
    assert "threads   1 of " in head
    title, rule, *rows = table.splitlines()
    assert title.split() == ["ravine", "NumPy", "ratio"]
    assert set(rule) == {"-"}
    assert [row.split(",")[0] for row in rows] == NAMES
    assert max(map(len, rows)) <= len(rule) < 80
    assert "\x1b" not in done.out


@pytest.mark.usefixtures("hasty")
def test_figures_for_a_program(ravine: Command) -> None:
    figures = json.loads(ravine("bench", "--quick", "--json").out)
    assert figures["NumPy"] == np.__version__
    assert figures["threads"].startswith(f"{rv.get_num_threads()} of ")
    assert [row["kernel"] for row in figures["kernels"]] == NAMES
    for row in figures["kernels"]:
        assert 0 < row["ravine"]["median"] < 60
        np.testing.assert_allclose(row["ratio"], row["numpy"]["median"] / row["ravine"]["median"])


@pytest.mark.usefixtures("hasty")
def test_a_busy_machine_is_told(ravine: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BENCH, "busy_share", lambda _: 0.5)
    assert "the machine is busy: others use 50% of its cores' time" in ravine("bench", "--quick").out


@pytest.mark.parametrize("kernel", benchmarks.KERNELS, ids=lambda kernel: f"{kernel.name}, {kernel.size}")
def test_sides_that_differ_are_not_compared(kernel: benchmarks.Kernel) -> None:
    def prepare() -> benchmarks.Work:
        work = kernel.prepare()
        return replace(work, twin=lambda: work.twin() * (1 + 3 * work.tolerance))

    with pytest.raises(ArithmeticError, match="the sides differ by"):
        next(benchmarks.measure([replace(kernel, prepare=prepare)], seconds=0.0, rounds=1))


def test_times_are_medians_over_rounds_in_turns() -> None:
    calls: list[str] = []

    def side(name: str) -> Callable[[], Any]:
        def run() -> Any:
            calls.append(name)
            return np.ones(1)

        return run

    work = benchmarks.Work(side("ours"), side("twin"))
    kernel = benchmarks.Kernel("nothing", "1", "itself", lambda: work)
    (row,) = benchmarks.measure([kernel], seconds=0.001, rounds=3)
    turns = [name for name, before in zip(calls, ["", *calls], strict=False) if name != before]
    assert turns[-6:] == ["ours", "twin"] * 3
    assert row.ours.lower <= row.ours.median <= row.ours.upper
    assert row.ours.samples >= 3
