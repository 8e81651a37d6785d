"""A fully connected network: its shape, the packing of its parameters, and the forward sweep.

Rows are samples. Layer l = 1 … L computes ``Z_l = A_{l-1} W_l + b_l`` and ``A_l = σ_l(Z_l)``, from
``A_0 = X``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ravine.reference.activations import ACTIVATIONS
from ravine.reference.types import Array


@dataclass(frozen=True)
class Network:
    """The shape of a network; its parameters θ are a vector of their own.

    ``widths`` are the numbers n_0 … n_L of inputs, hidden units and outputs; ``activations`` names one
    function a layer (L of them), and ``biases`` says for each layer whether it has a bias.

    >>> Network([3, 5, 2], ["tanh", "identity"], [True, False]).parameter_count
    30
    """

    widths: Sequence[int]
    activations: Sequence[str]
    biases: Sequence[bool]

    @property
    def depth(self) -> int:
        """The number L of layers with weights."""
        return len(self.widths) - 1

    @property
    def parameter_count(self) -> int:
        """P = Σ_l (n_{l-1} + bias_l) n_l."""
        return sum((n + b) * m for (n, m), b in zip(pairwise(self.widths), self.biases, strict=True))


class Layer(NamedTuple):
    """The parameters of one layer."""

    weight: Array
    """(n_{l-1}, n_l)"""
    bias: Array | None
    """(n_l,), or None"""


def unpack(network: Network, theta: Array) -> list[Layer]:
    """The layers in θ, as views: layer after layer, and in a layer the rows of W_l, then b_l.

    >>> unpack(Network([2, 1], ["identity"], [True]), np.array([1.0, 2.0, 3.0]))[0].bias
    array([3.])
    """
    layers, start = [], 0
    for (n, m), has_bias in zip(pairwise(network.widths), network.biases, strict=True):
        weight = theta[start : start + n * m].reshape(n, m)
        start += n * m
        bias = theta[start : start + m] if has_bias else None
        start += m if has_bias else 0
        layers.append(Layer(weight, bias))
    if start != len(theta):
        raise ValueError(f"theta must hold {start} parameters, got {len(theta)}")
    return layers


def pack(layers: Sequence[Layer]) -> Array:
    """θ from its layers: the inverse of :func:`unpack`.

    >>> pack([Layer(np.array([[1.0], [2.0]]), np.array([3.0]))])
    array([1., 2., 3.])
    """
    return np.concatenate([part.ravel() for layer in layers for part in layer if part is not None])


class Sweep(NamedTuple):
    """What a forward sweep leaves behind for the backward one."""

    Z: list[Array]
    """Z_1 … Z_L, each (N, n_l)"""
    A: list[Array]
    """A_0 … A_L, each (N, n_l)"""


def forward(network: Network, theta: Array, X: Array) -> Sweep:
    """Z_l = A_{l-1} W_l + b_l and A_l = σ_l(Z_l), from A_0 = X.

    >>> net = Network([1, 1], ["relu"], [True])
    >>> forward(net, np.array([2.0, -1.0]), np.array([[0.0], [3.0]])).A[-1]
    array([[0.],
           [5.]])
    """
    Z: list[Array] = []
    A: list[Array] = [X]
    for (W, b), name in zip(unpack(network, theta), network.activations, strict=True):
        Z.append(A[-1] @ W if b is None else A[-1] @ W + b)
        A.append(ACTIVATIONS[name](Z[-1], 0))
    return Sweep(Z, A)


def predict(network: Network, theta: Array, X: Array) -> Array:
    """The outputs A_L, shape (N, n_L).

    >>> predict(Network([1, 1], ["identity"], [False]), np.array([2.0]), np.array([[3.0]]))
    array([[6.]])
    """
    return forward(network, theta, X).A[-1]
