"""What came of a training run, in plain words."""

from __future__ import annotations

import textwrap

import ravine as rv
from ravine.cli.loop import Plan

__all__ = ["labelled", "stopped_text"]

_WIDTH = 100


def labelled(label: str, text: str) -> str:
    """A text under its label, in lines of one width whatever the screen, so that a pipe gets the same."""
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=f"{label:<9}",
        subsequent_indent=" " * 9,
        break_long_words=False,
        break_on_hyphens=False,
    )


def stopped_text(history: rv.History, plan: Plan) -> str:
    """Why the run ended, and which epoch the model is."""
    text, stopping, last = history.message, plan.early_stopping, history.records[-1].epoch
    if stopping is not None and history.stop_reason is rv.StopReason.EARLY_STOPPING:
        text = f"{stopping.patience} epochs in a row brought nothing better."
    if stopping is not None:
        kept = f"epoch {history.best_epoch} of {last}" if history.best_epoch else "the start"
        text += f" The model is that of {kept}, the best on the rows held out."
    return labelled("stopped", text)
