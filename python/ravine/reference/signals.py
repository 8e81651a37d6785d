"""What reaches each layer forward and backward, and the gradients of single samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ravine.reference.activations import ACTIVATIONS
from ravine.reference.network import forward, unpack
from ravine.reference.risk import EmpiricalRisk, weights_alone
from ravine.reference.types import Array


class LayerStatistics(NamedTuple):
    """Of each unit of one layer over the samples, (n_l,) each; variances divide by their number."""

    before_mean: Array
    before_variance: Array
    mean: Array
    variance: Array
    slope_mean: Array
    saturated: Array
    delta_mean: Array
    delta_variance: Array


def layer_statistics(risk: EmpiricalRisk, theta: Array, saturation: float = 0.05) -> list[LayerStatistics]:
    """Statistics of Z_l, A_l, σ′(Z_l) and δ_l over all samples whose weight is not 0.

    δ_l = ∂J_i/∂Z_l with J = (1/N) Σ_i J_i; a value is saturated where |σ′(z)| < saturation · max |σ′|.

    >>> from ravine.reference.network import Network
    >>> risk = EmpiricalRisk(Network([1, 1], ["relu"], [False]), np.array([[-1.0], [1.0]]), np.zeros((2, 1)))
    >>> layer_statistics(risk, np.array([3.0]))[0].saturated
    array([0.5])
    """
    N = len(risk.X)
    w = np.ones(N) if risk.sample_weight is None else risk.sample_weight
    scale = N / w.sum() if risk.reduction == "mean" else float(N)
    rows = np.flatnonzero(w)
    sweep = forward(risk.network, theta, risk.X[rows])
    by_activation = scale * w[rows, None] * risk.loss_function(sweep.A[-1], risk.y[rows]).gradient
    found = []
    steps = zip(unpack(risk.network, theta), risk.network.activations, sweep.Z, sweep.A[1:], strict=True)
    for layer, name, Z, A in reversed(list(steps)):
        slope = ACTIVATIONS[name](Z, 1)
        delta = by_activation * slope
        saturated = np.abs(slope) < saturation * largest_slope(name)
        found.append(
            LayerStatistics(
                before_mean=np.mean(Z, axis=0),
                before_variance=np.var(Z, axis=0),
                mean=np.mean(A, axis=0),
                variance=np.var(A, axis=0),
                slope_mean=np.mean(slope, axis=0),
                saturated=np.mean(saturated, axis=0),
                delta_mean=np.mean(delta, axis=0),
                delta_variance=np.var(delta, axis=0),
            )
        )
        by_activation = delta @ layer.weight.T
    return found[::-1]


def sample_gradients(risk: EmpiricalRisk, theta: Array) -> Array:
    """g_i = ∇J_i for each sample, (N, P), without the penalty: their mean is the gradient of the loss.

    >>> from ravine.reference.network import Network
    >>> risk = EmpiricalRisk(Network([1, 1], ["identity"], [False]), np.array([[1.0], [2.0]]), np.zeros(2))
    >>> sample_gradients(risk, np.array([2.0]))
    array([[2.],
           [8.]])
    """
    penalty = risk.l2 * weights_alone(risk.network, theta)
    return np.stack([risk.subset([i]).gradient(theta) - penalty for i in range(len(risk.X))])


def largest_slope(activation: str) -> float:
    """Max |σ′|, looked for on a fine grid.

    >>> largest_slope("logistic")
    0.25
    """
    return float(np.abs(ACTIVATIONS[activation](np.linspace(-40, 40, 80_001), 1)).max())
