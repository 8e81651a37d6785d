"""What a training run has reached: a table and a picture."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import ravine as rv
from ravine import plots
from ravine.cli.recipe import CLASSIFICATION, Recipe
from ravine.probabilities import validation_metric
from ravine.tables import format_number, format_percent, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Part", "error_figures", "learning_picture", "loss_name", "metric_text", "png", "result_table"]


@dataclass(frozen=True)
class Part:
    """Some of the rows, as the network sees them."""

    X: NDArray[Any]
    y: NDArray[Any]


def loss_name(recipe: Recipe) -> str:
    """The loss that belongs to the task."""
    return "cross_entropy" if recipe.task == CLASSIFICATION else "squared_error"


def result_table(
    net: rv.MLP,
    recipe: Recipe,
    parts: Mapping[str, Part],
    *,
    l2: float | Sequence[float],
    seconds: float | None = None,
) -> str:
    """The table of what was reached on each part, measured on the network as it is."""
    measured = [error_figures(net, recipe, part) for part in parts.values()]
    metric, show = ("0-1 error", format_percent) if recipe.task == CLASSIFICATION else ("R²", _four_decimals)
    # Shown by itself: inside the training loss it would make the two columns differ in kind.
    blanks = [""] * (len(parts) - 1)
    penalty = _penalty(net, l2)
    rows = [
        ["rows", *(f"{len(part.y):,}" for part in parts.values())],
        ["loss", *(format_number(figures["loss"]) for figures in measured)],
        *([["l2 penalty", format_number(penalty), *blanks]] if penalty > 0 else []),
        [metric, *(show(figures["metric"]) for figures in measured)],
        *([] if seconds is None else [["seconds", f"{seconds:.2f}", *blanks]]),
    ]
    return format_table(["", *parts], rows)


def error_figures(net: rv.MLP, recipe: Recipe, part: Part) -> dict[str, float]:
    """Loss without penalty, and 0-1 error (a share) or R², on some rows."""
    loss = float(rv.EmpiricalRisk(net, part.X, part.y, loss=loss_name(recipe)).value())
    metric, _ = validation_metric(loss_name(recipe), net.predict(part.X), part.y)
    return {"rows": len(part.y), "loss": loss, "metric": metric}


def metric_text(recipe: Recipe, outputs: NDArray[Any], targets: NDArray[Any]) -> str:
    """0-1 error in percent, or R², of the network's outputs against targets as it was trained on."""
    value, _ = validation_metric(loss_name(recipe), outputs, targets)
    return format_percent(value) if recipe.task == CLASSIFICATION else _four_decimals(value)


def _four_decimals(value: float) -> str:
    return f"{value:.4f}"


def _penalty(net: rv.MLP, l2: float | Sequence[float]) -> float:
    """``l2/2 ‖W‖²``: weights, not biases; one strength, or one a layer."""
    squares = [float(np.square(layer.weight, dtype=np.float64).sum()) for layer in net.layers]
    return 0.5 * float(np.dot(np.broadcast_to(l2, len(squares)), squares))


def learning_picture(history: Mapping[str, Any], title: str, l2: float) -> bytes:
    """The learning curve as PNG, in memory: a failure here leaves no file behind."""
    training_label = "training, with penalty" if l2 > 0 else "training"
    return png(plots.learning_curve(history, title=title, training_label=training_label))


def png(figure: Figure) -> bytes:
    """A figure as PNG, in memory."""
    buffer = io.BytesIO()
    plots.save_figure(figure, buffer)
    return buffer.getvalue()
