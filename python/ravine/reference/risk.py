"""The empirical risk: what training makes small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ravine.reference.derivatives import backward
from ravine.reference.losses import LOSSES
from ravine.reference.network import Layer, Network, forward, pack, unpack
from ravine.reference.types import Array, Targets


@dataclass(frozen=True)
class EmpiricalRisk:
    """J(θ) = Σ_i w_i L(f(x_i; θ), y_i) / Σ_i w_i + ½ l2 ‖W‖², W all weights but not the biases.

    ``reduction="sum"`` leaves the division out. ``sample_weight=None`` is w_i = 1.

    >>> net = Network([1, 1], ["identity"], [False])
    >>> risk = EmpiricalRisk(net, np.array([[1.0], [2.0]]), np.array([0.0, 0.0]))
    >>> risk.value_and_gradient(np.array([2.0]))
    (5.0, array([5.]))
    """

    network: Network
    X: Array
    y: Targets
    loss: str = "squared_error"
    l2: float = 0.0
    sample_weight: Array | None = None
    reduction: str = "mean"
    rows: Sequence[int] | None = None

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
        everything = np.arange(len(self.X))
        rows = everything if self.rows is None else np.asarray(self.rows, dtype=int)
        w = np.ones(len(self.X), theta.dtype) if self.sample_weight is None else self.sample_weight
        divisor = len(rows) / len(everything) * (float(w.sum()) if self.reduction == "mean" else 1.0)

        sweep = forward(self.network, theta, self.X[rows])
        terms = LOSSES[self.loss](sweep.A[-1], self.y[rows])
        value = float((w[rows] * terms.value).sum()) / divisor
        gradient = backward(self.network, theta, sweep, w[rows][:, None] * terms.gradient) / divisor

        weights = weights_alone(self.network, theta)
        return value + 0.5 * self.l2 * float(weights @ weights), gradient + self.l2 * weights


def weights_alone(network: Network, theta: Array) -> Array:
    """θ with zeros where the biases are: what the penalty sees.

    >>> weights_alone(Network([2, 1], ["tanh"], [True]), np.array([1.0, 2.0, 3.0]))
    array([1., 2., 0.])
    """
    return pack([Layer(W, None if b is None else np.zeros_like(b)) for W, b in unpack(network, theta)])
