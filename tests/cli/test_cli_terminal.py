"""What stands on the screen of a real (pseudo-)terminal while the command runs, and at its end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("pseudo-terminals are those of POSIX", allow_module_level=True)

import fcntl
import pty
import struct
import termios


def screen_output(*arguments: str, columns: int = 100) -> str:
    """Everything the command writes to a terminal of that width."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    command = [sys.executable, "-m", "ravine", *arguments]
    environment = {**os.environ, "TERM": "xterm", "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(command, stdout=terminal, stderr=terminal, stdin=terminal, env=environment)
    os.close(terminal)
    chunks = []
    while True:
        try:
            chunk = os.read(controller, 65536)
        except OSError:  # Linux' way to say that the other end is closed
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(controller)
    assert process.wait(timeout=60) == 0
    return b"".join(chunks).decode("utf-8")


def final_lines(output: str) -> list[str]:
    """What is left on the screen: a carriage return starts the line anew."""
    lines = []
    for line in output.replace("\r\n", "\n").split("\n"):
        shown = ""
        for piece in line.split("\r"):
            shown = piece + shown[len(piece) :]
        lines.append(shown.rstrip())
    return lines


@pytest.mark.parametrize("columns", [100, 40, 0])
@pytest.mark.parametrize("with_tqdm", [True, False])
def test_one_moving_line_then_the_table(flowers: str, with_tqdm: bool, columns: int) -> None:
    if with_tqdm:
        pytest.importorskip("tqdm")
    else:
        Path("tqdm.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    options = ["--target", "flower", "--epochs", "300", "--no-picture", "--hidden", "4"]
    output = screen_output("train", flowers, *options, columns=columns)
    lines = final_lines(output)
    progress = [line for line in lines if line.startswith("epoch")]
    assert len(progress) == 1
    assert "300/300" in progress[0]
    assert len(progress[0]) < (columns or 80)
    if columns != 40:
        assert "validation error 0.00 %" in progress[0]
        assert ("█" in progress[0]) == with_tqdm
    at = lines.index(progress[0])
    assert lines[at - 1].startswith("solver   Adam")
    assert lines[at + 1] == ""
    assert lines[at + 2].startswith("stopped  All epochs were done.")
    table = next(k for k in range(at, len(lines)) if lines[k].split() == ["training", "held", "out"])
    assert lines[table - 1] == ""
    # Redrawn ten times a second at most, not at every epoch.
    assert output.count("\r") - output.count("\r\n") < 100


def test_quiet_leaves_the_screen_empty(flowers: str) -> None:
    output = screen_output("train", flowers, "--target", "flower", "--epochs", "2", "--no-picture", "--quiet")
    assert output == ""
