"""The empirical risk: what training makes small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ravine.reference.derivatives import backward
from ravine.reference.losses import LOSSES, Loss
from ravine.reference.network import Layer, Network, forward, pack, unpack
from ravine.reference.types import Array, Targets


@dataclass(frozen=True)
class EmpiricalRisk:
    """J(θ) = Σ_i w_i L(f(x_i; θ), y_i) / Σ_i w_i + l1 ‖W‖₁ + ½ l2 ‖W − V‖², W all weights but not the biases.

    ``loss`` is a name or a function of ``ravine.reference.losses``. ``reduction="sum"`` leaves the
    division out. ``sample_weight=None`` is w_i = 1. ``l1``, ``l2``: for all layers, or one a layer. ``prior``
    is V, as θ is; 0 if not given. Where entries of y are NaN, the division is by Σ_i w_i m_i/n, m_i of n
    being there.

    >>> net = Network([1, 1], ["identity"], [False])
    >>> risk = EmpiricalRisk(net, np.array([[1.0], [2.0]]), np.array([0.0, 0.0]))
    >>> risk.value_and_gradient(np.array([2.0]))
    (5.0, array([5.]))
    """

    network: Network
    X: Array
    y: Targets
    loss: str | Loss = "squared_error"
    l2: float | Sequence[float] = 0.0
    sample_weight: Array | None = None
    reduction: str = "mean"
    rows: Sequence[int] | None = None
    l1: float | Sequence[float] = 0.0
    prior: Array | None = None

    @property
    def loss_function(self) -> Loss:
        """The loss itself."""
        return LOSSES[self.loss] if isinstance(self.loss, str) else self.loss

    def subset(self, rows: Sequence[int]) -> EmpiricalRisk:
        """The same risk on B of the N rows, divided by (B/N) Σ_all w: an unbiased estimate."""
        return replace(self, rows=rows)

    def value(self, theta: Array) -> float:
        """J(θ)."""
        return self.value_and_gradient(theta)[0]

    def gradient(self, theta: Array) -> Array:
        """∂J/∂θ, shape (P,)."""
        return self.value_and_gradient(theta)[1]

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        """J(θ) and ∂J/∂θ."""
        rows, w, divisor = self.shares()
        sweep = forward(self.network, theta, self.X[rows])
        terms = self.loss_function(sweep.A[-1], self.y[rows])
        value = float((w * terms.value).sum()) / divisor
        gradient = backward(self.network, theta, sweep, w[:, None] * terms.gradient) / divisor
        penalty, slope = self.penalty(theta)
        return value + penalty, gradient + slope

    def shares(self) -> tuple[NDArray[np.int_], Array, float]:
        """The rows that are summed over, their w_i, and what the sum is divided by."""
        N = len(self.X)
        rows = np.arange(N) if self.rows is None else np.asarray(self.rows, dtype=int)
        w = np.ones(N, self.X.dtype) if self.sample_weight is None else self.sample_weight
        there = 1 - np.isnan(self.y).reshape(N, -1).mean(axis=1)
        total = float((w * there).sum()) if self.reduction == "mean" else 1.0
        return rows, w[rows], len(rows) / N * total

    def penalty(self, theta: Array) -> tuple[float, Array]:
        """l1 ‖W‖₁ + ½ l2 ‖W − V‖² and its gradient l1 sign W + l2 (W − V), with sign 0 = 0 at the kink."""
        if not np.any(self.l1) and not np.any(self.l2):
            return 0.0, np.zeros_like(theta)
        W = weights_alone(self.network, theta)
        shift = W if self.prior is None else W - weights_alone(self.network, self.prior)
        l1, l2 = (by_weight(self.network, strength) for strength in (self.l1, self.l2))
        return float(l1 @ np.abs(W) + 0.5 * l2 @ shift**2), l1 * np.sign(W) + l2 * shift


def by_weight(network: Network, strength: float | Sequence[float]) -> Array:
    """The strength of a penalty for each element of θ: that of its layer, and none for biases.

    >>> by_weight(Network([2, 1, 1], ["tanh", "identity"], [True, True]), [3.0, 4.0])
    array([3., 3., 0., 4., 0.])
    """
    ones = unpack(network, np.ones(network.parameter_count))
    strengths = np.broadcast_to(strength, len(ones))
    layers = zip(ones, strengths, strict=True)
    return pack([Layer(s * W, None if b is None else np.zeros_like(b)) for (W, b), s in layers])


def weights_alone(network: Network, theta: Array) -> Array:
    """θ with zeros where the biases are: what the penalty sees.

    >>> weights_alone(Network([2, 1], ["tanh"], [True]), np.array([1.0, 2.0, 3.0]))
    array([1., 2., 0.])
    """
    return pack([Layer(W, None if b is None else np.zeros_like(b)) for W, b in unpack(network, theta)])
