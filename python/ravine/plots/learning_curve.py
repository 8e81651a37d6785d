"""The picture of a training run: loss and validation metric by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ravine.plots.style import TRAINING, VALIDATION, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["learning_curve"]

_METRIC_TITLES = {"error": "0-1 error on validation rows, %", "r2": "R² on validation rows"}


def learning_curve(
    history: Mapping[str, Any],
    *,
    metric_name: str | None = None,
    title: str | None = None,
    training_label: str = "training",
) -> Figure:
    """The loss of each epoch, and beside it the validation metric if there is one.

    Parameters
    ----------
    history : what :func:`ravine.fit` returns, or any mapping with arrays (epochs,) "epoch" and "loss" and
        optionally "validation_loss" and "validation_metric".
    metric_name : "error" (a share, drawn in percent) or "r2"; None: taken from ``history.metric_name`` if it
        has one.
    title : a line above the picture.
    training_label : what the curve of ``history["loss"]`` is called, for example if it holds a penalty.

    Returns
    -------
    matplotlib.figure.Figure : free of pyplot, so nothing stays open and no window appears;
    ``figure.savefig(path)``.

    Raises
    ------
    ImportError : matplotlib is missing; the text says how to get it.
    ValueError : the history has no epoch.
    """
    epochs = np.asarray(history["epoch"])
    if epochs.size == 0:
        raise ValueError("history has no epoch: there is nothing to draw")
    metric_name = getattr(history, "metric_name", None) if metric_name is None else metric_name
    metric = _series(history, "validation_metric")
    with style():
        panels = 1 if metric is None or metric_name is None else 2
        figure = new_figure(panels, title=title)
        axes = figure.subplots(1, panels, squeeze=False)[0]
        curves = {training_label: np.asarray(history["loss"])}
        if (validation := _series(history, "validation_loss")) is not None:
            curves["validation"] = validation
        _draw_loss(axes[0], epochs, curves)
        if metric is not None and metric_name is not None:
            _draw_metric(axes[1], epochs, metric, metric_name)
    return figure


def _draw_loss(axes: Axes, epochs: NDArray[Any], curves: Mapping[str, NDArray[Any]]) -> None:
    for (label, curve), look in zip(curves.items(), (TRAINING, VALIDATION), strict=False):
        axes.plot(epochs, curve, marker="o" if epochs.size == 1 else None, label=label, **look)
    positive = all((curve[np.isfinite(curve)] > 0).all() for curve in curves.values())
    if positive:
        axes.set_yscale("log")
    axes.set_title("loss" + (" (logarithmic)" if positive else ""))
    axes.set_xlabel("epoch")
    axes.legend()


def _draw_metric(axes: Axes, epochs: NDArray[Any], metric: NDArray[Any], name: str) -> None:
    percent = name == "error"
    values = 100 * metric if percent else metric
    axes.plot(epochs, values, marker="o" if epochs.size == 1 else None, **VALIDATION)
    if percent:
        axes.set_ylim(bottom=0)
    elif np.nanmin(values) < -0.5:
        # A few wild first epochs must not press the rest of the curve into a line at the top.
        axes.set_ylim(-0.5, 1.05)
    axes.set_title(_METRIC_TITLES.get(name, f"{name} on validation rows"))
    axes.set_xlabel("epoch")


def _series(history: Mapping[str, Any], name: str) -> NDArray[Any] | None:
    """A column of the history, or None if it is absent or holds no number."""
    try:
        values = np.asarray(history[name], dtype=np.float64)
    except (KeyError, TypeError):
        return None
    return values if values.size and np.isfinite(values).any() else None
