"""Losses of one sample, with gradient and Hessian by the network's outputs.

Each function takes the outputs f, shape (N, c), and the targets of N samples, and returns the values (N,),
the gradients ∂L/∂f (N, c), the Hessians ∂²L/∂f² (N, c, c), and the positive semidefinite matrices that stand
for them in Gauss-Newton methods. Sums over samples, weights and penalties are not its matter. Where a loss is
a sum over outputs, a target that is NaN is missing and leaves its term out.
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
    curvature: Array
    """(N, c, c) the Hessian of a convex loss; else a positive semidefinite matrix that is close to it."""


Loss: TypeAlias = Callable[[Array, Targets], LossTerms]


def squared_error(f: Array, y: Targets) -> LossTerms:
    """L = ½ ‖f − y‖², ∇ = f − y, ∇² = I.

    >>> squared_error(np.array([[1.0, 3.0]]), np.array([[0.0, 1.0]])).value
    array([2.5])
    """
    error = f - _columns(f, y)
    return _sum_over_outputs(0.5 * error**2, error, np.ones_like(f))


def huber(f: Array, y: Targets, delta: float = 1.0) -> LossTerms:
    """L = Σ ½e² where |e| ≤ δ, else δ(|e| − ½δ), e = f − y; ∇ = e cut off at ±δ, ∇² = 1 inside, 0 outside.

    >>> huber(np.array([[0.5], [3.0]]), np.zeros(2)).value
    array([0.125, 2.5  ])
    """
    e = f - _columns(f, y)
    near = np.abs(e) <= delta
    value = np.where(near, 0.5 * e**2, delta * (np.abs(e) - 0.5 * delta))
    slope = np.where(np.isnan(e), e, np.clip(e, -delta, delta))
    return _sum_over_outputs(value, slope, near.astype(f.dtype))


def pseudo_huber(f: Array, y: Targets, delta: float = 1.0) -> LossTerms:
    """L = Σ δ²(s − 1), s = √(1 + (e/δ)²), e = f − y; ∇ = e/s, ∇² = s⁻³.

    >>> pseudo_huber(np.array([[3.0]]), np.zeros(1), delta=4.0).value
    array([4.])
    """
    e = f - _columns(f, y)
    s = np.sqrt(1 + (e / delta) ** 2)
    return _sum_over_outputs(delta**2 * (s - 1), e / s, s**-3)


def poisson(f: Array, y: Targets) -> LossTerms:
    """L = Σ eᶠ − y f, for counts y and f the logarithm of their rate; ∇ = eᶠ − y, ∇² = eᶠ.

    >>> poisson(np.array([[0.0]]), np.array([3.0])).gradient
    array([[-2.]])
    """
    y = _columns(f, y)
    return _sum_over_outputs(np.exp(f) - y * f, np.exp(f) - y, np.where(np.isnan(y), y, np.exp(f)))


def gaussian(f: Array, y: Targets, minimum_variance: float = 1e-6) -> LossTerms:
    """L = ½ Σ log v + (y − μ)²/v, f = [μ, s], v = v₀ + eˢ: mean and variance are both learned.

    With q = (y − μ)²/v and p = eˢ/v: ∂μ = (μ − y)/v, ∂s = ½(1 − q)p, ∂²μ = 1/v, ∂μ∂s = −(μ − y)p/v,
    ∂²s = ½((1 − q)p(1 − p) + qp²). The curvature is the Fisher information, the Hessian's mean over y: 1/v,
    ½p².

    >>> gaussian(np.array([[2.0, 0.0]]), np.array([2.0]), minimum_variance=1.0).gradient
    array([[0.  , 0.25]])
    """
    m = f.shape[1] // 2
    y = y.reshape(len(y), m).astype(f.dtype)
    e, v, there = f[:, :m] - y, minimum_variance + np.exp(f[:, m:]), ~np.isnan(y)
    q, p = e**2 / v, np.exp(f[:, m:]) / v
    hessian, fisher = np.zeros((2, *f.shape, 2 * m), f.dtype)
    for k in range(m):
        hessian[:, k, k] = 1 / v[:, k]
        hessian[:, k, m + k] = hessian[:, m + k, k] = -(e * p / v)[:, k]
        hessian[:, m + k, m + k] = (0.5 * ((1 - q) * p * (1 - p) + q * p**2))[:, k]
        fisher[:, k, k], fisher[:, m + k, m + k] = 1 / v[:, k], 0.5 * p[:, k] ** 2
    both = np.concatenate([there, there], axis=1)
    pairs = both[:, :, None] & both[:, None, :]
    return LossTerms(
        np.where(there, 0.5 * (np.log(v) + q), 0).sum(axis=1),
        np.where(both, np.concatenate([e / v, 0.5 * (1 - q) * p], axis=1), 0),
        np.where(pairs, hessian, 0),
        np.where(pairs, fisher, 0),
    )


def cosine(f: Array, y: Targets) -> LossTerms:
    """L = 1 − u·v, u = f/‖f‖, v = y/‖y‖; 1 and flat where f or y is zero.

    With c = u·v: ∇ = (c u − v)/‖f‖, ∇² = (u vᵀ + v uᵀ + c (I − 3 u uᵀ))/‖f‖². The curvature (I − u uᵀ)/‖f‖²
    is the Gauss-Newton matrix of the residuals u − v, of which L is half the squared norm.

    >>> cosine(np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([[6.0, 0.0], [1.0, 0.0]])).value
    array([0.4, 1. ])
    """
    flat = (f == 0).all(axis=1) | (y == 0).all(axis=1)
    f_norm, y_norm = (np.where(flat, 1, np.linalg.norm(x, axis=1)) for x in (f, y))
    u, v = f / f_norm[:, None], y / y_norm[:, None]
    c = (u * v).sum(axis=1, keepdims=True)
    uv, uu, eye = u[:, :, None] * v[:, None, :], u[:, :, None] * u[:, None, :], np.eye(f.shape[1])
    hessian = uv + uv.transpose(0, 2, 1) + c[:, :, None] * (eye - 3 * uu)
    rows, square = flat[:, None], f_norm[:, None, None] ** 2
    return LossTerms(
        np.where(flat, 1, 1 - c[:, 0]),
        np.where(rows, 0, (c * u - v) / f_norm[:, None]),
        np.where(rows[:, :, None], 0, hessian / square),
        np.where(rows[:, :, None], 0, (eye - uu) / square),
    )


def hinge(f: Array, y: Targets) -> LossTerms:
    """L = Σ_{k≠y} max(0, m_k), m_k = 1 + f_k − f_y, for labels y; the slope at a kink is 0, and so is ∇².

    >>> hinge(np.array([[2.0, 0.0, 1.5]]), np.array([0])).gradient
    array([[-1.,  0.,  1.]])
    """
    m, own = _margins(f, y)
    violated = (m > 0).astype(f.dtype)
    flat = np.zeros((*f.shape, f.shape[1]), f.dtype)
    return _convex(m.sum(axis=1), violated - own * violated.sum(axis=1, keepdims=True), flat)


def squared_hinge(f: Array, y: Targets) -> LossTerms:
    """L = Σ_{k≠y} max(0, m_k)², m_k = 1 + f_k − f_y; ∇² = 2 Σ (e_k − e_y)(e_k − e_y)ᵀ where m_k > 0.

    >>> squared_hinge(np.array([[2.0, 0.0, 1.5]]), np.array([0])).value
    array([0.25])
    """
    m, own = _margins(f, y)
    slope = 2 * m
    directions = np.eye(f.shape[1])[None] - own[:, None, :]  # row k is e_k − e_y
    hessian = 2 * np.einsum("nk,nki,nkj->nij", (m > 0).astype(f.dtype), directions, directions)
    return _convex((m**2).sum(axis=1), slope - own * slope.sum(axis=1, keepdims=True), hessian)


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
    return _convex(-(y * log_p).sum(axis=1), S * p - y, curvature)


def binary_cross_entropy(f: Array, y: Targets) -> LossTerms:
    """L = Σₖ softplus(fₖ) − yₖ fₖ, for yₖ in [0, 1] and fₖ the log odds; ∇ = s(f) − y, ∇² = diag s(1 − s).

    >>> binary_cross_entropy(np.array([[0.0]]), np.array([1.0])).value.round(4)
    array([0.6931])
    """
    y = _columns(f, y)
    return _sum_over_outputs(softplus(f, 0) - y * f, logistic(f, 0) - y, logistic(f, 1))


def one_hot(labels: Targets, c: int) -> Array:
    """Labels 0 … c−1 as rows of probabilities, (N, c).

    >>> one_hot(np.array([1, 0]), 2)
    array([[0., 1.],
           [1., 0.]])
    """
    rows: Array = np.eye(c)[labels]
    return rows


def _margins(f: Array, y: Targets) -> tuple[Array, Array]:
    """max(0, 1 + f_k − f_y) with 0 for k = y, and the rows that are 1 at y, both (N, c)."""
    own = one_hot(y, f.shape[1]).astype(f.dtype)
    leads = 1 + f - (own * f).sum(axis=1, keepdims=True)
    return np.maximum(leads, 0) * (1 - own), own


def _sum_over_outputs(value: Array, slope: Array, curvature: Array) -> LossTerms:
    """A loss Σ_k l_k from l, l′ and l″, (N, c) each; what is NaN in l is missing."""
    there = ~np.isnan(value)
    value, slope, curvature = (np.where(there, term, 0) for term in (value, slope, curvature))
    return _convex(value.sum(axis=1), slope, _diagonal(curvature))


def _convex(value: Array, gradient: Array, hessian: Array) -> LossTerms:
    """A convex loss: its curvature is its Hessian."""
    return LossTerms(value, gradient, hessian, hessian)


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
    "huber": huber,
    "pseudo_huber": pseudo_huber,
    "poisson": poisson,
    "cosine": cosine,
    "hinge": hinge,
    "squared_hinge": squared_hinge,
    "gaussian": gaussian,
}
