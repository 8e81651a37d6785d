"""What a training run has reached: a table and a picture."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import ravine as rv
from ravine import plots
from ravine.cli.recipe import CLASSIFICATION, Recipe
from ravine.probabilities import validation_metric
from ravine.tables import format_number, format_percent, format_table

__all__ = ["Part", "learning_picture", "loss_name", "metric_text", "result_table"]


@dataclass(frozen=True)
class Part:
    """Some of the rows, as the network sees them."""

    X: NDArray[Any]
    y: NDArray[Any]


def loss_name(recipe: Recipe) -> str:
    """The loss that belongs to the task."""
    return "cross_entropy" if recipe.task == CLASSIFICATION else "squared_error"


def result_table(
    net: rv.MLP, recipe: Recipe, training: Part, validation: Part | None, *, l2: float, seconds: float
) -> str:
    """The table of what was reached, measured on the final network."""
    parts = [training] + ([] if validation is None else [validation])
    measured = [_measure(net, recipe, part) for part in parts]
    metric = "0-1 error" if recipe.task == CLASSIFICATION else "R²"
    # Shown by itself: inside the training loss it would make the two columns differ in kind.
    blanks = [""] * (len(parts) - 1)
    penalty = [["l2 penalty", format_number(_penalty(net, l2)), *blanks]] if l2 > 0 else []
    rows = [
        ["rows", *(f"{len(part.y):,}" for part in parts)],
        ["loss", *(format_number(loss) for loss, _ in measured)],
        *penalty,
        [metric, *(text for _, text in measured)],
        ["seconds", f"{seconds:.2f}", *blanks],
    ]
    return format_table(["", "training", "validation"][: len(parts) + 1], rows)


def _measure(net: rv.MLP, recipe: Recipe, part: Part) -> tuple[float, str]:
    """Loss without penalty, and 0-1 error or R² as text."""
    loss = float(rv.EmpiricalRisk(net, part.X, part.y, loss=loss_name(recipe)).value())
    return loss, metric_text(recipe, net.predict(part.X), part.y)


def metric_text(recipe: Recipe, outputs: NDArray[Any], targets: NDArray[Any]) -> str:
    """0-1 error in percent, or R², of the network's outputs against targets as it was trained on."""
    value, _ = validation_metric(loss_name(recipe), outputs, targets)
    return format_percent(value) if recipe.task == CLASSIFICATION else f"{value:.4f}"


def _penalty(net: rv.MLP, l2: float) -> float:
    """``l2/2 ‖W‖²``: weights, not biases."""
    return 0.5 * l2 * sum(float(np.square(layer.weight, dtype=np.float64).sum()) for layer in net.layers)


def learning_picture(history: Mapping[str, Any], title: str, l2: float) -> bytes:
    """The learning curve as PNG, in memory: a failure here leaves no file behind."""
    buffer = io.BytesIO()
    training_label = "training, with penalty" if l2 > 0 else "training"
    plots.save_figure(plots.learning_curve(history, title=title, training_label=training_label), buffer)
    return buffer.getvalue()
