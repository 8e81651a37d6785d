"""What came of a training run, in plain words."""

from __future__ import annotations

import math
import textwrap

import ravine as rv
from ravine.cli.loop import Plan
from ravine.diagnostics import CriticalPoint, PointVerdict
from ravine.tables import format_number

__all__ = ["labelled", "point_text", "stopped_text"]

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


def point_text(point: CriticalPoint) -> str:
    """What kind of point it is, in words with figures."""
    text = str(point.verdict)
    if not point.spectrum.complete:
        text += " (By the ends of the spectrum, from products: Lanczos.)"
    if point.verdict is PointVerdict.NOT_CRITICAL:
        text += (
            f" Its norm is {format_number(point.gradient_norm)}, and counts as zero up to "
            f"{format_number(point.gradient_threshold)}."
        )
    if point.inertia is not None and point.verdict is not PointVerdict.NOT_CRITICAL:
        up, flat, down = point.inertia
        text += f" Upward go {up} directions, downward {down}, flat are {flat}."
    if point.descends:
        text += " There are directions along which the loss falls and curves downward: a method would go on."
    elif point.newton_decrement > 0 and math.isfinite(point.newton_decrement):
        gain = 0.5 * point.newton_decrement**2
        text += (
            f" A Newton step would lower the loss, {format_number(point.value)}, by {format_number(gain)}."
        )
    return text
