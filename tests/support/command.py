"""What the tests of the command share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """A finished command: exit status, and what it wrote to its two streams."""

    status: int
    out: str
    err: str


def write_csv(path: str, header: str, rows: list[str], end: str = "\n") -> str:
    """Write lines as they are, and give the path back."""
    Path(path).write_bytes(end.join([header, *rows, ""]).encode("utf-8"))
    return path
