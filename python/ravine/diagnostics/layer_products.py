"""What weights do to a signal that passes through all of them: singular values of their products."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ravine.diagnostics.layer_signals import LayerSignals
from ravine.network import MLP
from ravine.plots.singular_values import singular_values
from ravine.tables import format_number, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["LayerProducts", "layer_products"]


@dataclass(frozen=True, eq=False)
class LayerProducts:
    """Singular values of W_1 ⋯ W_l for each l: prints as a table, plots itself.

    Attributes
    ----------
    singular_values : for l = 1 … L those of the product of the first l layers, descending, (min(n_0, n_l),).
    slopes : whether the mean slopes of the activations stand between the weights.
    """

    singular_values: tuple[NDArray[np.float64], ...]
    slopes: bool

    @property
    def norms(self) -> NDArray[np.float64]:
        """The largest singular value of each product, (L,): the most that it lengthens a signal."""
        return np.array([values[0] for values in self.singular_values])

    @property
    def conditions(self) -> NDArray[np.float64]:
        """Largest over smallest singular value of each product, (L,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.array([values[0] / values[-1] for values in self.singular_values])

    @property
    def growth(self) -> float:
        """‖W_1 ⋯ W_L‖₂^(1/L), the factor a layer: below 1 signals vanish, above 1 they may explode."""
        return float(self.norms[-1] ** (1 / len(self.singular_values)))

    def __str__(self) -> str:
        header = ["product of layers", "largest", "median", "smallest", "condition"]
        rows = [
            [
                "1" if number == 1 else f"1 to {number}",
                *(format_number(float(v)) for v in (values[0], np.median(values), values[-1], condition)),
            ]
            for number, (values, condition) in enumerate(
                zip(self.singular_values, self.conditions, strict=True), start=1
            )
        ]
        between = "with the activations' mean slopes" if self.slopes else "of the weights alone"
        growth = format_number(self.growth)
        return f"{format_table(header, rows)}\nGrowth a layer, {between}: {growth}."

    def plot(self) -> Figure:
        """Return the picture: the singular values of each product."""
        return singular_values(self)


def layer_products(net: MLP, signals: LayerSignals | None = None) -> LayerProducts:
    """Return the singular values of W_1 ⋯ W_l, or of W_1 D_1 ⋯ W_l D_l, for every l.

    D_l = diag(mean of σ′_l over the rows): with it the product is the Jacobian ∂a_l/∂x of the network whose
    activations are replaced by their mean slopes. A signal (and, read backward, a gradient) along a singular
    direction is lengthened by that value; with depth they spread, and most directions vanish.

    Parameters
    ----------
    net : the network.
    signals : what :func:`signals` returned for it, for the mean slopes; None for the weights alone.

    Raises
    ------
    TypeError, ValueError : an argument breaks its rule, or weights are not finite.

    Source: Saxe, McClelland and Ganguli 2014; LAPACK by way of NumPy.

    >>> import numpy as np, ravine as rv
    >>> net = rv.MLP([2, 2, 2], seed=0)
    >>> net.layers[0].weight[...] = net.layers[1].weight[...] = [[2.0, 0.0], [0.0, 0.5]]
    >>> rv.diagnostics.layer_products(net).singular_values
    (array([2. , 0.5]), array([4.  , 0.25]))
    """
    if not isinstance(net, MLP):
        raise TypeError(f"net must be a ravine.MLP, got {type(net).__name__}")
    diagonals = [None] * len(net.layers) if signals is None else _slopes(net, signals)
    product = np.eye(net.widths[0])
    found: list[NDArray[np.float64]] = []
    for number, (layer, slopes) in enumerate(zip(net.layers, diagonals, strict=True), start=1):
        if not np.isfinite(layer.weight).all():
            raise ValueError(f"weights of layer {number} must be finite")
        with np.errstate(over="ignore", invalid="ignore"):
            product = product @ layer.weight.astype(np.float64)
            if slopes is not None:
                product = product * slopes
        if not math.isfinite(float(np.abs(product).max())):
            raise ValueError(f"the product of layers 1 to {number} overflows: the network explodes")
        found.append(np.linalg.svd(product, compute_uv=False).astype(np.float64))
    return LayerProducts(tuple(found), signals is not None)


def _slopes(net: MLP, signals: LayerSignals) -> list[NDArray[np.float64] | None]:
    if not isinstance(signals, LayerSignals):
        raise TypeError(f"signals must be a LayerSignals, got {type(signals).__name__}")
    widths = tuple(units.slope_mean.size for units in signals.units)
    if widths != net.widths[1:]:
        raise ValueError(f"signals must be of a network with layers {net.widths[1:]}, got {widths}")
    return [units.slope_mean for units in signals.units]
