"""The picture of a network's signals: variances and saturation by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import COLORS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ravine.diagnostics.layer_signals import LayerSignals

__all__ = ["layer_signals"]


def layer_signals(signals: LayerSignals, *, title: str | None = None) -> Figure:
    """Draw the variances of Z and A, the mean square of δ, and the saturated share, layer by layer.

    Layers that have been named in ``signals.findings`` stand on a shaded ground.

    Parameters
    ----------
    signals : what :func:`ravine.diagnostics.signals` returns.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    with style():
        figure = new_figure(3, title=title)
        forward, backward, saturation = figure.subplots(1, 3)
        numbers = signals["layer"]
        for column, label, color, marker in (
            ("before_variance", "Z", COLORS[0], "o"),
            ("variance", "A = σ(Z)", COLORS[1], "s"),
        ):
            forward.plot(numbers, signals[column], marker=marker, color=color, label=label)
        forward.axhline(signals.input_variance, color=COLORS[6], linewidth=0.9, linestyle=":", label="inputs")
        forward.set_title("variance forward")
        backward.plot(numbers, signals["delta_square"], marker="o", color=COLORS[2])
        backward.set_title("mean square of δ, backward")
        saturation.bar(numbers, 100 * signals["saturated"], width=0.6, color=COLORS[4], label="saturated")
        dead = 100 * signals["dead"] / signals["units"]
        saturation.plot(numbers, dead, "D", color=COLORS[6], markersize=5, label="dead units")
        saturation.set_title("saturated values and dead units, %")
        saturation.set_ylim(0, 105)
        for axes in (forward, backward):
            _logarithmic(axes)
        for axes in (forward, backward, saturation):
            axes.set_xlabel("layer")
            axes.set_xticks(numbers, [str(int(number)) for number in numbers] if numbers.size <= 20 else None)
            _shade(axes, {finding.layer for finding in signals.findings})
        forward.legend()
        saturation.legend()
    return figure


def _logarithmic(axes: Axes) -> None:
    drawn = np.concatenate([np.asarray(line.get_ydata(), dtype=np.float64) for line in axes.lines])
    if drawn.size and (drawn[np.isfinite(drawn)] > 0).all():
        axes.set_yscale("log")


def _shade(axes: Axes, layers: set[int]) -> None:
    for number in layers:
        axes.axvspan(number - 0.5, number + 0.5, color=COLORS[7], alpha=0.35, linewidth=0, zorder=0)
