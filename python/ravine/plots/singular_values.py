"""The picture of layer products: their singular values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine.plots.style import COLORS, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ravine.diagnostics.layer_products import LayerProducts

__all__ = ["singular_values"]


def singular_values(products: LayerProducts, *, title: str | None = None) -> Figure:
    """Draw the singular values of the product of the first l layers, one column of points for each l.

    Parameters
    ----------
    products : what :func:`ravine.diagnostics.layer_products` returns.
    title : a line above the picture.

    Returns
    -------
    matplotlib.figure.Figure, free of pyplot.
    """
    with style():
        figure = new_figure(title=title)
        axes = figure.subplots()
        numbers = np.arange(1, len(products.singular_values) + 1)
        everything = np.concatenate(products.singular_values)
        for number, values in zip(numbers, products.singular_values, strict=True):
            axes.plot(np.full(values.size, number), values, "_", color=COLORS[0], markersize=14)
        axes.plot(numbers, products.norms, color=COLORS[1], label="largest")
        medians = [float(np.median(values)) for values in products.singular_values]
        axes.plot(numbers, medians, color=COLORS[2], linestyle=(0, (5, 2)), label="median")
        axes.axhline(1, color=COLORS[6], linewidth=0.9, linestyle=":")
        if (positive := everything[everything > 0]).size:
            axes.set_yscale("log")
            # What is zero but for rounding would stretch the axis over many empty decades.
            axes.set_ylim(bottom=max(float(positive.min()) / 2, float(positive.max()) * 1e-12))
        axes.set_xticks(numbers, [str(n) for n in numbers] if numbers.size <= 20 else None)
        axes.set_xlabel("layers in the product")
        axes.set_title("singular values" + (" with mean slopes" if products.slopes else ""))
        axes.legend()
    return figure
