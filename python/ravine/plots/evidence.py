"""The picture of a search for the strength of the penalty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import COLORS, look, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.uncertainty.evidence import EvidenceFit

__all__ = ["evidence"]


def evidence(fit: EvidenceFit, *, title: str | None = None) -> Figure:
    """Draw log evidence and effective parameters of each round against the strength that it tried.

    Where each layer has a strength of its own, log evidence and strengths are drawn by round. The star is
    what was returned.

    Parameters
    ----------
    fit : what :func:`ravine.fit_evidence` returns.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    strengths = np.array([each.l2 for each in fit.rounds])
    log_evidence = np.array([each.log_evidence for each in fit.rounds])
    single = bool((strengths == strengths[:, :1]).all())
    numbers = np.arange(1, len(strengths) + 1)
    where = strengths[:, 0] if single else numbers
    order = np.argsort(where, kind="stable")
    marker = {"marker": "o", "markersize": 4}
    with style():
        figure = new_figure(2, title=title)
        left, right = figure.subplots(1, 2)
        left.plot(where[order], log_evidence[order], "o", markersize=4, color=COLORS[0])
        if not single:
            left.plot(numbers, np.maximum.accumulate(log_evidence), **look(0))
        found = (
            fit.risk.l2[0] if single else 1 + int(np.flatnonzero((strengths == fit.risk.l2).all(axis=1))[0])
        )
        left.plot(found, fit.posterior.log_evidence, "*", color=COLORS[6], markersize=12, zorder=5)
        left.set_title("log evidence")
        if single:
            right.plot(where[order], [fit.rounds[k].effective_parameters for k in order], **marker, **look(1))
            right.set_title(f"effective parameters, of {fit.posterior.theta.size}")
            left.set_xscale("log")
            right.set_xscale("log")
        else:
            for layer, column in enumerate(strengths.T):
                right.plot(numbers, column, label=f"layer {layer}", **marker, **look(layer))
            right.set_yscale("log")
            right.set_title("l2")
            right.legend()
        for axes in (left, right):
            axes.set_xlabel("l2" if single else "round")
    return figure
