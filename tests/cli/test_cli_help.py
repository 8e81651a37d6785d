"""Help that teaches: it fits the screen, has examples, and the examples use options that there are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

import pytest

import ravine as rv
from ravine.cli.parser import build_parser
from support.command import Run

COMMANDS = ("", "train", "predict", "compare", "inspect", "bench", "export")


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_the_screen(
    ravine: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, command: str, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    done = ravine(*command.split(), "--help")
    assert (done.status, done.err) == (0, "")
    assert [line for line in done.out.splitlines() if len(line) > columns] == []
    assert "\nexamples:\n" in done.out


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_can_be_typed(ravine: Callable[..., Run], command: str) -> None:
    """Each line is accepted by the parser; two blanks begin a remark."""
    lines = re.findall(r"^  ravine (.*)$", ravine(*command.split(), "--help").out, re.MULTILINE)
    assert lines
    for line in lines:
        words = shlex.split(re.split(r" {2,}| > ", line)[0])
        _, unknown = build_parser(rv.__version__).parse_known_args(words)
        assert unknown == [], line
