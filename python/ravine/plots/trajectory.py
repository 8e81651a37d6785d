"""The picture of a run's way through parameter space: distance, path length, gradient noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import COLORS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.diagnostics.monitor import Monitor

__all__ = ["trajectory"]


def trajectory(monitor: Monitor, *, title: str | None = None) -> Figure:
    """Draw distance from the start and path length by epoch, and beside them gradient norm and noise.

    Parameters
    ----------
    monitor : a :class:`ravine.diagnostics.Monitor` after a run.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    with_noise = monitor.records[0].noise is not None
    epochs = monitor["epoch"]
    marker = "o" if epochs.size <= 30 else None
    with style():
        figure = new_figure(2 if with_noise else 1, title=title)
        panels = figure.subplots(1, 2 if with_noise else 1, squeeze=False)[0]
        panels[0].plot(epochs, monitor["path_length"], color=COLORS[1], marker=marker, label="path length")
        panels[0].plot(
            epochs, monitor["distance"], color=COLORS[0], marker=marker, label="distance from start"
        )
        panels[0].set_title("the way through parameter space")
        panels[0].set_ylim(bottom=0)
        if with_noise:
            deviation = np.sqrt(monitor["variance"])
            panels[1].plot(
                epochs, deviation, color=COLORS[2], marker=marker, label="σ of a sample's gradient"
            )
            panels[1].plot(epochs, monitor["gradient_norm"], color=COLORS[4], marker=marker, label="‖∇J‖")
            panels[1].set_title("gradient: noise and signal")
            if min(deviation.min(), monitor["gradient_norm"].min()) > 0:
                panels[1].set_yscale("log")
        for axes in panels:
            axes.set_xlabel("epoch")
            axes.legend()
    return figure
