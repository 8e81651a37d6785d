"""The progress object by itself: few lines, the last one always, nothing left open."""

from __future__ import annotations

import io
import sys
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


class Notebook:
    """As much of IPython as a line that changes needs."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.kernel = self
        self.display: object = self

    def get_ipython(self) -> Notebook:
        return self

    def __call__(self, content: dict[str, str], *, raw: bool, display_id: bool) -> Notebook:
        assert raw
        assert display_id
        self.shown.append(content["text/plain"])
        return self

    def update(self, content: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.shown[-1] = content["text/plain"]


def test_in_a_notebook_one_line_of_the_cell_changes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = Notebook()
    notebook.display = type("Module", (), {"display": notebook})
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    with Progress(100) as progress:
        for k in range(1, 38):
            progress(Epoch(k, 1 / k))
    assert notebook.shown == ["epoch 37/100  loss 0.02703"]
    assert capsys.readouterr() == ("", "")
