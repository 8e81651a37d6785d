"""The progress object by itself: few lines, the last one always, nothing left open."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest

from ravine.progress import Progress


@dataclass
class Epoch:
    epoch: int
    loss: float = 0.5
    validation_metric: float | None = None


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines_of(total: int, done: int, metric_name: str | None = None, metric: float | None = None) -> list[str]:
    stream = io.StringIO()
    with Progress(total, metric_name=metric_name, stream=stream) as progress:
        for k in range(1, done + 1):
            progress(Epoch(k, 1 / k, metric))
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("total", [1, 2, 9, 10, 11, 100, 12_345])
def test_about_ten_lines_whatever_the_total(total: int) -> None:
    lines = lines_of(total, total)
    assert min(total, 10) <= len(lines) <= 12
    assert lines[0].startswith(f"epoch {1:{len(str(total))}d}/{total}  loss 1")
    assert lines[-1].startswith(f"epoch {total}/{total}  ")
    assert len(set(lines)) == len(lines)


def test_an_early_end_is_shown() -> None:
    assert lines_of(100, 37)[-1].startswith("epoch  37/100")
    assert lines_of(100, 0) == []


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("error", 0.02, "  validation error 2.00 %"),
        ("r2", 0.98765, "  validation R² 0.9877"),
        ("error", float("nan"), ""),
        ("error", None, ""),
        (None, 0.02, ""),
    ],
)
def test_the_metric_is_named(name: str | None, value: float | None, text: str) -> None:
    assert lines_of(1, 1, name, value) == ["epoch 1/1  loss 1" + text]


def test_the_line_is_ended_after_an_exception() -> None:
    stream = Terminal()

    def fails() -> None:
        with Progress(5, stream=stream) as progress:
            progress(Epoch(1))
            progress(Epoch(2))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert "2/5" in stream.getvalue()
    assert stream.getvalue().endswith("\n")


def test_closing_twice_writes_once() -> None:
    stream = io.StringIO()
    progress = Progress(2, stream=stream)
    progress(Epoch(1))
    progress.close()
    progress.close()
    assert stream.getvalue() == "epoch 1/2  loss 0.5\n"


def test_a_closed_stream_is_no_terminal() -> None:
    stream = io.StringIO()
    stream.close()
    Progress(3, stream=stream).close()


def test_zero_epochs_are_refused() -> None:
    with pytest.raises(ValueError, match="total = 0"):
        Progress(0)
