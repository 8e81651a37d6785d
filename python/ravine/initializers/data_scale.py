"""Scale by data: every layer is multiplied by the factor that gives its signals the variance asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine._core import Network, activation
from ravine.arrays import Converter, convert_finite, finite_number, require_count, require_finite
from ravine.initializers.arguments import require_index, require_iterable, require_network

if TYPE_CHECKING:
    from ravine.network import MLP, Dense

__all__ = ["scale_to_data"]

_PLACES = ("pre_activation", "activation")


def scale_to_data(
    net: MLP,
    X: ArrayLike,
    *,
    at: str = "pre_activation",
    variance: float = 1.0,
    tolerance: float = 1e-3,
    max_iterations: int = 50,
    layers: Iterable[int] | None = None,
) -> NDArray[np.float64]:
    """Scale the layers of a network, one after another, so that each has unit variance on a batch of data.

    From the first layer on, with A_{l-1} what the layers before it, already scaled, make of X,

        s = √(variance / Var Q),   W_l ← s W_l,   b_l ← s b_l,   Q = Z_l or A_l,

    where Var is taken over all rows and units of the layer together. Pre-activations are proportional to s,
    so one factor does; for activations the step is repeated until |Var A_l / variance - 1| ≤ tolerance.
    Nothing is random: draw the weights first, orthogonal ones in the source.

    Parameters
    ----------
    net : the network; its theta is changed in place, at the very end: if an exception is raised, not at all.
    X : (N, n_in), finite: one batch of inputs as the network is to see them, standardised if it will be.
    at : "pre_activation" (Z_l) or "activation" (A_l = σ_l(Z_l)).
    variance : the variance to reach, positive.
    tolerance : relative; 1e-3 is far less than the batch's own sampling error.
    max_iterations : factors a layer at most.
    layers : indices of the layers to scale, 0 the first; None: all. The others take part as they are.

    Returns
    -------
    factors : (L,) float64, the product of the factors s of each layer; 1 for a layer left as it is.

    Raises
    ------
    TypeError, ValueError : an argument breaks its rule. Also where a layer's signals do not vary over the
        batch (weights of zero, dead units, a single row and a single unit), or where its variance cannot be
        reached (tanh stays below 1): the message names the layer.

    Source: Mishkin and Matas (2016), All you need is a good init, algorithm 1, which scales W alone, its
    biases being zero.

    >>> import numpy as np, ravine as rv
    >>> X = np.random.default_rng(0).normal(size=(200, 10))
    >>> net = rv.MLP([10, 30, 30, 1], "relu", initializer="orthogonal")
    >>> factors = rv.initializers.scale_to_data(net, X)
    >>> f"{net.predict(X).var():.6f}", factors.shape
    ('1.000000', (3,))
    """
    signals = _inputs(net, X)
    if at not in _PLACES:
        raise ValueError(f"at must be one of {', '.join(_PLACES)}, got {at!r}")
    if finite_number(variance, "variance") <= 0:
        raise ValueError(f"variance must be positive, got {variance}")
    if finite_number(tolerance, "tolerance") <= 0:
        raise ValueError(f"tolerance must be positive, got {tolerance}")
    require_count(max_iterations, "max_iterations")
    chosen = _chosen(layers, len(net.layers))
    factors = np.ones(len(net.layers))
    scaled = net.theta.copy()
    start = 0
    for index, layer in enumerate(net.layers):
        step = _Layer(index, layer, scaled, start, at)
        start = step.end
        if index in chosen:
            factors[index] = step.scale(signals, variance, tolerance, max_iterations)
        signals = step.activations(step.forward(signals))
    net.theta = scaled
    return factors


class _Layer:
    """One layer as a network of its own, on its part of the vector theta."""

    def __init__(self, index: int, layer: Dense, theta: NDArray[Any], start: int, at: str) -> None:
        widths, bias = (layer.inputs, layer.outputs), layer.bias is not None
        self._core = Network(widths, ("identity",), (bias,), theta.dtype)
        self.end = start + self._core.parameter_count
        self._theta = theta[start : self.end]
        self._activation = layer.activation
        self._outputs = layer.outputs
        self._at = at
        self._name = f"layer {index} ({layer.inputs} -> {layer.outputs}, {layer.activation})"

    def forward(self, inputs: NDArray[Any]) -> NDArray[Any]:
        """Z = A W + b."""
        Z = np.empty((inputs.shape[0], self._outputs), inputs.dtype)
        self._core.predict(self._theta, inputs, Z)
        return Z

    def activations(self, Z: NDArray[Any]) -> NDArray[Any]:
        """σ(Z)."""
        A = np.empty_like(Z)
        activation(self._activation, 0, Z.ravel(), A.reshape(-1))
        return A

    def scale(self, inputs: NDArray[Any], variance: float, tolerance: float, max_iterations: int) -> float:
        """Multiply the layer until its signals have the variance; return the factor."""
        factor = 1.0
        start = self._theta.astype(np.float64)  # scaled as a whole, so that roundings do not add up
        for done in range(max_iterations + 1):
            found = self._measure(inputs)
            if abs(found / variance - 1) <= tolerance:
                return factor
            if done < max_iterations:
                factor *= math.sqrt(variance / found)
                self._theta[...] = convert_finite(factor * start, self._theta.dtype, self._name)
        raise ValueError(
            f"{self._name}: the variance of its {self._at}s is {found:.4g} after {max_iterations} factors, "
            f"{factor:.4g} in all; expected {variance:g} within {tolerance:g}. The activation may not "
            "reach it: take another variance, or at='pre_activation'"
        )

    def _measure(self, inputs: NDArray[Any]) -> float:
        signals = self.forward(inputs)
        if self._at == "activation":
            signals = self.activations(signals)
        with np.errstate(over="ignore", invalid="ignore"):  # told in words below
            found = float(signals.var(dtype=np.float64))
        if not math.isfinite(found):
            raise ValueError(f"{self._name}: its {self._at}s are too large for {signals.dtype}")
        # What rounding leaves of equal signals is no variance.
        if found <= (8 * float(np.finfo(signals.dtype).eps) * float(np.abs(signals).max())) ** 2:
            raise ValueError(
                f"{self._name}: all its {self._at}s are equal on this batch, no factor changes that; "
                "draw other weights, pass more rows, or leave it out by layers=[...]"
            )
        return found


def _inputs(net: MLP, X: ArrayLike) -> NDArray[Any]:
    require_network(net, "net")
    inputs = Converter(net.dtype, None).matrix(X, "X", None, net.widths[0])
    if inputs.shape[0] == 0:
        raise ValueError("X must have at least one row, got none")
    require_finite(inputs, "X")
    return inputs


def _chosen(layers: Iterable[int] | None, depth: int) -> set[int]:
    if layers is None:
        return set(range(depth))
    require_iterable(layers, "layers")
    return {require_index(index, depth, "layers") for index in layers}
