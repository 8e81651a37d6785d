"""The picture of predictions beside what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ravine.plots.style import COLORS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["predictions"]


def predictions(
    y: ArrayLike, mean: ArrayLike, std: ArrayLike | None = None, *, title: str | None = None
) -> Figure:
    """Draw predicted against true values with error bars of two standard deviations, a panel an output.

    On the diagonal a prediction is right. Bars that miss it have another colour; about one in twenty should.

    Parameters
    ----------
    y, mean : (N,) or (N, c).
    std : of the same shape, for example of ``posterior.predict(X, noise=True)``; None: no bars.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.

    Raises
    ------
    ValueError : the shapes differ, or there is no row.
    """
    given = [np.asarray(each, np.float64) for each in (y, mean, *([] if std is None else [std]))]
    columns = [each[:, None] if each.ndim == 1 else each for each in given]
    if columns[0].ndim != 2 or columns[0].size == 0 or len({each.shape for each in columns}) != 1:
        shapes = ", ".join(str(each.shape) for each in given)
        raise ValueError(f"y, mean and std must have one shape, (N,) or (N, c), N at least 1, got {shapes}")
    true, predicted = columns[:2]
    with style():
        figure = new_figure(true.shape[1], title=title)
        for k, axes in enumerate(figure.subplots(1, true.shape[1], squeeze=False)[0]):
            reach = np.zeros(len(true)) if std is None else 2 * columns[2][:, k]
            met = (
                np.abs(true[:, k] - predicted[:, k]) <= reach if std is not None else np.full(len(true), True)
            )
            inside = f"{100 * met.mean():.0f} % within two deviations" if std is not None else None
            groups = ((met, COLORS[0], "o", inside), (~met, COLORS[1], "s", "outside"))
            for chosen, color, marker, label in groups:
                if chosen.any():
                    axes.errorbar(
                        true[chosen, k],
                        predicted[chosen, k],
                        reach[chosen] if std is not None else None,
                        linestyle="",
                        marker=marker,
                        markersize=3.5,
                        elinewidth=0.7,
                        color=color,
                        label=label,
                        alpha=0.8,
                    )
            ends = [float(each[:, k].min()) for each in (true, predicted)]
            ends += [float(each[:, k].max()) for each in (true, predicted)]
            axes.plot([min(ends), max(ends)], [min(ends), max(ends)], color=COLORS[6], linewidth=0.9)
            axes.set_xlabel("true")
            axes.set_title("predicted" if true.shape[1] == 1 else f"predicted, output {k}")
            if std is not None:
                axes.legend(loc="upper left")
    return figure
