"""Losses of one sample, with gradient and Hessian by the network's outputs.

Each function takes the outputs f, shape (N, c), and the targets of N samples, and returns the values (N,),
the gradients ∂L/∂f (N, c) and the Hessians ∂²L/∂f² (N, c, c). Sums over samples, weights and penalties are
not its matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from ravine.reference.activations import logistic, softplus
from ravine.reference.types import Array, Targets


class LossTerms(NamedTuple):
    """What a loss says of N samples."""

    value: Array
    """(N,) the loss L of each sample."""
    gradient: Array
    """(N, c) its gradient by the outputs."""
    hessian: Array
    """(N, c, c) its Hessian by the outputs."""


Loss: TypeAlias = Callable[[Array, Targets], LossTerms]


def squared_error(f: Array, y: Targets) -> LossTerms:
    """L = ½ ‖f − y‖², ∇ = f − y, ∇² = I.

    >>> squared_error(np.array([[1.0, 3.0]]), np.array([[0.0, 1.0]])).value
    array([2.5])
    """
    error = f - _columns(f, y)
    return LossTerms(0.5 * (error**2).sum(axis=1), error, _diagonal(np.ones_like(f)))


def cross_entropy(f: Array, y: Targets) -> LossTerms:
    """L = −Σₖ yₖ log pₖ with p = softmax(f); ∇ = p − y, ∇² = diag p − p pᵀ where y sums to one.

    ``y`` holds N labels 0 … c−1 (whole numbers), or N rows of probabilities. Where a row sums to S instead,
    the sample counts S times: ∇ = S p − y, ∇² = S (diag p − p pᵀ).

    >>> cross_entropy(np.zeros((1, 4)), np.array([2])).gradient
    array([[ 0.25,  0.25, -0.75,  0.25]])
    """
    y = (one_hot(y, f.shape[1]) if y.ndim == 1 else y).astype(f.dtype)
    shifted = f - f.max(axis=1, keepdims=True)  # softmax does not change, and exp cannot overflow
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(log_p)
    S = y.sum(axis=1, keepdims=True)
    curvature = S[:, :, None] * (_diagonal(p) - p[:, :, None] * p[:, None, :])
    return LossTerms(-(y * log_p).sum(axis=1), S * p - y, curvature)


def binary_cross_entropy(f: Array, y: Targets) -> LossTerms:
    """L = Σₖ softplus(fₖ) − yₖ fₖ, for yₖ in [0, 1] and fₖ the log odds; ∇ = s(f) − y, ∇² = diag s(1 − s).

    >>> binary_cross_entropy(np.array([[0.0]]), np.array([1.0])).value.round(4)
    array([0.6931])
    """
    y = _columns(f, y)
    return LossTerms((softplus(f, 0) - y * f).sum(axis=1), logistic(f, 0) - y, _diagonal(logistic(f, 1)))


def one_hot(labels: Targets, c: int) -> Array:
    """Labels 0 … c−1 as rows of probabilities, (N, c).

    >>> one_hot(np.array([1, 0]), 2)
    array([[0., 1.],
           [1., 0.]])
    """
    rows: Array = np.eye(c)[labels]
    return rows


def _columns(f: Array, y: Targets) -> Array:
    """The targets as (N, c); N numbers are one column."""
    return y.reshape(len(y), -1).astype(f.dtype)


def _diagonal(entries: Array) -> Array:
    """(N, c) to N diagonal matrices (N, c, c)."""
    return entries[:, :, None] * np.eye(entries.shape[1], dtype=entries.dtype)


LOSSES: dict[str, Loss] = {
    "squared_error": squared_error,
    "cross_entropy": cross_entropy,
    "binary_cross_entropy": binary_cross_entropy,
}
