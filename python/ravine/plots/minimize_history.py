"""The picture of a minimiser's run: value, gradient, step and damping, iteration by iteration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.minimizers.result import RunResult

__all__ = ["minimize_history"]


def minimize_history(result: RunResult, *, title: str | None = None) -> Figure:
    """Draw loss, gradient norm and step against iterations on logarithmic scales.

    Rejected steps are hollow, steps that left a saddle are marked; where f is not positive the loss is drawn
    above its last value.

    Parameters
    ----------
    result : what :func:`ravine.minimize` returned, after at least one iteration.
    title : a line above the picture; None: the method and why it stopped.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.

    Raises
    ------
    ValueError : the run made no iteration.
    """
    history = result.history
    if len(history) == 0:
        raise ValueError("the run made no iteration: there is nothing to draw")
    iterations = np.arange(1, len(history) + 1)
    loss, label = history.loss, "loss"
    if np.min(loss) <= 0:
        loss, label = loss - loss[-1], "loss above its last value"
    with style():
        figure = new_figure(3, title=title or f"{result.method}: {result.message}")
        left, middle, right = figure.subplots(1, 3)
        left.semilogy(iterations, np.where(loss > 0, loss, np.nan), label=label)
        left.set_ylabel(label)
        middle.semilogy(iterations, history.gradient_norm, label="‖∇f‖")
        middle.set_ylabel("norm of the gradient")
        taken, tried = history.accepted, ~history.accepted
        right.semilogy(iterations[taken], history.step_norm[taken], "o", markersize=3, label="step taken")
        if tried.any():
            right.semilogy(
                iterations[tried],
                history.step_norm[tried],
                "o",
                markersize=3,
                fillstyle="none",
                label="step rejected",
            )
        damped = np.isfinite(history.damping) & (history.damping > 0)
        if damped.any():
            right.semilogy(iterations[damped], history.damping[damped], label="damping or radius")
        right.legend()
        for axes in (left, middle, right):
            axes.set_xlabel("iteration")
            for at in iterations[history.left_saddle]:
                axes.axvline(at, linestyle=":", linewidth=1)
    return figure
