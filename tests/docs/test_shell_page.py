"""docs/shell.md shows what the commands print, word for word but for what differs between machines."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from ravine import plots
from ravine.cli import main

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "shell.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```console\n\$ ravine ([^\n]*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PROGRAM = re.search(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
OF_THE_MACHINE = ("processor", "cores", "system", "ravine ", "NumPy", "threads", "note      the machine")


def masked(text: str) -> list[str]:
    """The words, with figures, units of time and the breaks of lines taken out."""
    text = re.sub(r"\n {9}(?=\S)", " ", text)  # a paragraph under its label
    kept = [line for line in text.splitlines() if line.strip() and not line.startswith(OF_THE_MACHINE)]
    # To which of its minima a network comes is the CPU's to say, where it rounds otherwise.
    kept = [line.split()[0] if line.startswith(("stopped", "point")) else line for line in kept]
    figures = r"(?<![\w-])-?\d[\d.,]*(e[+-]?\d+)?( [mµn]?s\b)?"
    return [re.sub(r"[-\s]{2,}", " ", re.sub(figures, "#", line)).strip() for line in kept]


def test_every_command_prints_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not plots.matplotlib_available():
        pytest.skip("the page names the pictures that are written")
    monkeypatch.chdir(tmp_path)
    assert PROGRAM is not None
    exec(PROGRAM[1], {})
    assert [shlex.split(words)[0] for words, _ in SHOWN] == ["train", "predict", "train", "inspect", "bench"]
    for words, shown in SHOWN:
        capsys.readouterr()
        assert main(shlex.split(words)) == 0
        assert masked(capsys.readouterr().out) == masked(shown), words
