"""One line about each epoch: a moving bar in a terminal, a few plain lines in a pipe or a log file."""

from __future__ import annotations

import math
import os
import sys
import time
from types import TracebackType
from typing import Any, Protocol, TextIO

__all__ = ["EpochLike", "Progress"]

_BAR_FORMAT = "{desc} {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}]{postfix}"
_REDRAW_SECONDS = 0.1
_USUAL_COLUMNS = 80


class EpochLike(Protocol):
    """What is shown of an epoch; a ``ravine.EpochRecord`` has it."""

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""

    @property
    def loss(self) -> float:
        """The training loss."""

    @property
    def validation_metric(self) -> float | None:
        """0-1 error or R² on validation rows, if there are any."""


class Progress:
    """A callback for :func:`ravine.fit` that shows how far the training is.

    In a terminal one line moves (drawn by tqdm where it is installed, by plain text elsewhere), and in a
    notebook one line of the cell's output, without widgets. Where the stream is no terminal about ten plain
    lines are printed, so that log files stay short and hold no control characters.

    Parameters
    ----------
    total : the number of epochs, at least 1.
    metric_name : what the validation metric is called, "error" or "r2"; None: it is not shown.
    unit : what is counted.
    stream : where to; None is ``sys.stderr``, so that results can be piped while progress is watched.

    Use it as a context manager, or call :meth:`close` at the end: the last state is shown even if the
    training stopped early.

    >>> import io
    >>> from types import SimpleNamespace
    >>> stream = io.StringIO()
    >>> with Progress(2, metric_name="error", stream=stream) as progress:
    ...     for epoch, loss in (1, 0.5), (2, 0.25):
    ...         record = SimpleNamespace(epoch=epoch, loss=loss, validation_metric=0.125)
    ...         progress(record)
    >>> print(stream.getvalue(), end="")
    epoch 1/2  loss 0.5  validation error 12.50 %
    epoch 2/2  loss 0.25  validation error 12.50 %
    """

    def __init__(
        self,
        total: int,
        *,
        metric_name: str | None = None,
        stream: TextIO | None = None,
        unit: str = "epoch",
    ) -> None:
        if total < 1:
            raise ValueError(f"total = {total}: expected at least one epoch")
        self._total = total
        self._metric_name = metric_name
        self._unit = unit
        self._stream = sys.stderr if stream is None else stream
        self._display: Any = _notebook_display() if stream is None else None
        self._handle: Any = None
        self._terminal = self._display is None and _is_terminal(self._stream)
        self._bar: Any = None
        self._width = 0
        self._drawn_at = -math.inf
        self._last: EpochLike | None = None
        self._shown_epoch = 0

    def __call__(self, record: EpochLike) -> None:
        """Show one finished epoch."""
        first = self._last is None
        self._last = record
        if self._terminal or self._display is not None:
            if first and self._terminal:
                self._bar = _tqdm_bar(self._total, self._stream, self._unit)
            now = time.monotonic()
            if now - self._drawn_at >= _REDRAW_SECONDS:
                self._drawn_at = now
                self._draw(record)
        elif (
            first
            or record.epoch == self._total
            or record.epoch * 10 // self._total > self._shown_epoch * 10 // self._total
        ):
            self._write_line(record)

    def close(self) -> None:
        """Show the last epoch if it is not on the screen yet, and end the line; once only."""
        last, self._last = self._last, None
        if last is None:
            return
        if self._display is not None:
            self._draw(last)
        elif self._terminal:
            self._draw(last)
            if self._bar is not None:
                self._bar.close()
            else:
                self._stream.write("\n")
                self._stream.flush()
        elif last.epoch != self._shown_epoch:
            self._write_line(last)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _describe(self, record: EpochLike) -> str:
        parts = [f"loss {record.loss:.4g}"]
        metric = record.validation_metric
        if self._metric_name is not None and metric is not None and not math.isnan(metric):
            text = {"error": f"error {100 * metric:.2f} %", "r2": f"R² {metric:.4f}"}
            parts.append(f"validation {text.get(self._metric_name, f'{self._metric_name} {metric:.4g}')}")
        return "  ".join(parts)

    def _write_line(self, record: EpochLike) -> None:
        self._shown_epoch = record.epoch
        width = len(str(self._total))
        self._stream.write(f"{self._unit} {record.epoch:{width}d}/{self._total}  {self._describe(record)}\n")
        self._stream.flush()

    def _draw(self, record: EpochLike) -> None:
        if self._display is not None:
            self._draw_in_notebook(f"{self._unit} {record.epoch}/{self._total}  {self._describe(record)}")
            return
        if self._bar is not None:
            self._bar.n = record.epoch
            self._bar.ncols = _columns(self._stream) - 1  # at each redraw, for windows change their size
            self._bar.set_postfix_str(self._describe(record), refresh=False)
            self._bar.refresh()
            return
        line = f"{self._unit} {record.epoch}/{self._total}  {self._describe(record)}"
        # A line that wraps could not be drawn over.
        line = line[: _columns(self._stream) - 1]
        # Blanks cover what a longer line before it left on the screen.
        self._stream.write("\r" + line.ljust(self._width))
        self._stream.flush()
        self._width = len(line)

    def _draw_in_notebook(self, line: str) -> None:
        content = {"text/plain": line}
        if self._handle is None:
            self._handle = self._display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)


def _notebook_display() -> Any:
    """IPython's function that shows something and can change it later, in a notebook; None elsewhere."""
    ipython: Any = sys.modules.get("IPython")  # who runs in a notebook has imported it
    if ipython is None or not hasattr(ipython.get_ipython(), "kernel"):
        return None
    return ipython.display.display


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # a minimal stream, or one that is closed
        return False


def _columns(stream: TextIO) -> int:
    """The width of the terminal; a terminal that claims to have none (0 columns) is taken to be usual."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or _USUAL_COLUMNS
    except (OSError, ValueError):  # no file behind the stream
        return _USUAL_COLUMNS


def _tqdm_bar(total: int, stream: TextIO, unit: str) -> Any:
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    columns = _columns(stream) - 1
    return tqdm(total=total, file=stream, desc=unit, bar_format=_BAR_FORMAT, ncols=columns, mininterval=0)
