"""One compiled sweep over the rows of a risk, from which signals and gradient noise are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine.network import MLP
from ravine.objective import EmpiricalRisk

__all__ = ["LARGEST_SLOPES", "Sweep", "UnitTable", "require_risk", "sweep"]

LARGEST_SLOPES = {
    "identity": 1.0,
    "tanh": 1.0,
    "logistic": 0.25,
    "relu": 1.0,
    "leaky_relu": 1.0,
    "elu": 1.0,
    "softplus": 1.0,
    "gelu": 1.128904145185155,  # Φ(√2) + √2 φ(√2)
    "silu": 1.099839320443189,  # at z = 2.399…, where 2 + z (1 - 2 s(z)) = 0
    "sin": 1.0,
}
"""max |σ′| of each activation: saturation is told relative to it."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class UnitTable:
    """Statistics of each unit of one layer over the rows, (n_l,) each; variances divide by the rows.

    Attributes
    ----------
    before_mean, before_variance : of the pre-activations Z_l.
    mean, variance : of the activations A_l = σ(Z_l).
    slope_mean : of σ′(Z_l).
    saturated : share of the rows in which the unit is saturated.
    delta_mean, delta_variance : of δ_l = ∂J_i/∂Z_l, with J the mean of the samples' J_i.
    """

    before_mean: Vector
    before_variance: Vector
    mean: Vector
    variance: Vector
    slope_mean: Vector
    saturated: Vector
    delta_mean: Vector
    delta_variance: Vector


@dataclass(frozen=True, eq=False)
class Sweep:
    """All that one sweep yields.

    Attributes
    ----------
    rows : samples of the risk, N; those of weight 0 count as gradients of 0.
    present : samples whose weight is not 0: those that the units' statistics are taken over.
    input_mean, input_variance : (n_0,), of each input.
    biases : (n_l,) for each layer, at this θ; zeros where there is none.
    layers : a :class:`UnitTable` for each layer.
    layer_squares : (L,), mean over the samples of ‖g_i‖² over the parameters of the layer.
    gradient : (P,), mean of the g_i: the gradient of the risk without its penalties.
    squares : (P,), mean of the g_i², or None if not asked for.
    """

    rows: int
    present: int
    input_mean: Vector
    input_variance: Vector
    biases: tuple[Vector, ...]
    layers: tuple[UnitTable, ...]
    layer_squares: Vector
    gradient: Vector
    squares: Vector | None


def require_risk(risk: Any) -> EmpiricalRisk:
    """Return the risk, or raise a TypeError that says what was given instead."""
    if not isinstance(risk, EmpiricalRisk):
        raise TypeError(f"risk must be a ravine.EmpiricalRisk, got {type(risk).__name__}")
    return risk


def sweep(
    risk: EmpiricalRisk, theta: NDArray[Any] | None, saturation: float = 0.05, squares: bool = False
) -> Sweep:
    """Gather the statistics of a risk at θ; see :class:`Sweep`.

    With J = (1/N) Σ_i J_i a sample's gradient is g_i = ∇J_i = (N w_i / normaliser) ∇L_i; penalties, the same
    for every sample, are left out. ‖g_i‖² = Σ_l ‖ã_{l-1}‖² ‖δ_l‖² (Goodfellow 2015) needs no g_i.
    """
    net = risk.net
    counts = (net.widths[0], *net.widths[1:])
    least = np.array([saturation * LARGEST_SLOPES[name] for name in net.activations])
    units = np.empty((sum(counts), 8))
    layer_squares = np.empty(len(net.activations))
    gradient = np.empty(net.parameter_count, net.dtype)
    second = np.empty(net.parameter_count) if squares else None
    at = net.theta if theta is None else theta
    _, present = risk._core.signals(at, risk._rows, least, units, layer_squares, gradient, second)
    scale = risk.sample_count / risk._normaliser
    blocks = np.split(units, np.cumsum(counts)[:-1])
    return Sweep(
        rows=risk.sample_count,
        present=present,
        input_mean=blocks[0][:, 2],
        input_variance=blocks[0][:, 3] / present,
        biases=_biases(net, at),
        layers=tuple(_unit_table(block, present, scale) for block in blocks[1:]),
        layer_squares=layer_squares * (scale * scale / risk.sample_count),
        gradient=gradient.astype(np.float64) / risk._normaliser,
        squares=None if second is None else second * (scale * scale / risk.sample_count),
    )


def _unit_table(block: Vector, present: int, scale: float) -> UnitTable:
    return UnitTable(
        before_mean=block[:, 0],
        before_variance=block[:, 1] / present,
        mean=block[:, 2],
        variance=block[:, 3] / present,
        slope_mean=block[:, 4],
        saturated=block[:, 5] / present,
        delta_mean=block[:, 6] * scale,
        delta_variance=block[:, 7] * (scale * scale / present),
    )


def _biases(net: MLP, theta: NDArray[Any]) -> tuple[Vector, ...]:
    ends = [place.stop for place in layer_slices(net)]
    return tuple(
        theta[end - n : end].astype(np.float64) if has else np.zeros(n)
        for end, n, has in zip(ends, net.widths[1:], net.biases, strict=True)
    )


def layer_slices(net: MLP) -> tuple[slice, ...]:
    """Where in θ the parameters of each layer lie."""
    ends = [*net._core.offsets[1:], net.parameter_count]
    return tuple(slice(first, last) for first, last in zip(net._core.offsets, ends, strict=True))
