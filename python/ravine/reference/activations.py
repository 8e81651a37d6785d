"""Activations σ with their first two derivatives, element by element.

Every function here takes an array of any shape and the ``order`` of the derivative: 0 for σ, 1 for σ′,
2 for σ″. Where a function has a kink, the derivative at the kink is the one from the left (so σ′(0) = 0
for ``relu``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from ravine.reference.types import Array

Activation: TypeAlias = Callable[[Array, int], Array]

LEAKY_SLOPE = 0.01
ELU_ALPHA = 1.0

_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def identity(z: Array, order: int = 0) -> Array:
    """σ = z, σ′ = 1, σ″ = 0.

    >>> identity(np.array([-1.0, 2.0]), order=1)
    array([1., 1.])
    """
    return (z.copy(), np.ones_like(z), np.zeros_like(z))[order]


def tanh(z: Array, order: int = 0) -> Array:
    """σ = tanh z, σ′ = 1 − σ², σ″ = −2 σ σ′.

    >>> tanh(np.array([0.0, 1000.0]))
    array([0., 1.])
    """
    a = np.tanh(z)
    return _pick(order, a, 1 - a * a, -2 * a * (1 - a * a))


def logistic(z: Array, order: int = 0) -> Array:
    """σ = 1 / (1 + e⁻ᶻ), σ′ = σ (1 − σ), σ″ = σ′ (1 − 2σ), written with e = e^−|z| so that nothing overflows.

    >>> logistic(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    e = np.exp(-np.abs(z))
    s = np.where(z < 0, e, 1) / (1 + e)
    slope = e / (1 + e) ** 2
    return _pick(order, s, slope, slope * (1 - 2 * s))


def relu(z: Array, order: int = 0) -> Array:
    """σ = max(0, z), σ′ = 1 where z > 0, σ″ = 0.

    >>> relu(np.array([-2.0, 0.0, 3.0]), order=1)
    array([0., 0., 1.])
    """
    return _pick(order, np.maximum(z, 0), np.where(z > 0, 1, 0), np.zeros_like(z)).astype(z.dtype)


def leaky_relu(z: Array, order: int = 0) -> Array:
    """σ = z where z > 0 and z / 100 elsewhere; σ′ = 1 or 1/100, σ″ = 0.

    >>> leaky_relu(np.array([-2.0, 3.0]))
    array([-0.02,  3.  ])
    """
    slope = np.where(z > 0, 1, LEAKY_SLOPE).astype(z.dtype)
    return _pick(order, slope * z, slope, np.zeros_like(z))


def elu(z: Array, order: int = 0) -> Array:
    """σ = z where z > 0 and α (eᶻ − 1) elsewhere, α = 1; σ′ = 1 or α eᶻ, σ″ = 0 or α eᶻ.

    >>> elu(np.array([-1000.0, 0.0, 3.0]))
    array([-1.,  0.,  3.])
    """
    left, right = np.minimum(z, 0), z > 0
    curve = ELU_ALPHA * np.exp(left)
    return _pick(
        order,
        np.where(right, z, ELU_ALPHA * np.expm1(left)),
        np.where(right, 1, curve),
        np.where(right, 0, curve),
    )


def softplus(z: Array, order: int = 0) -> Array:
    """σ = log(1 + eᶻ), whose derivative is the logistic function.

    >>> softplus(np.array([-1000.0, 0.0, 40.0]))
    array([ 0.        ,  0.69314718, 40.        ])
    """
    return _pick(order, np.logaddexp(0, z).astype(z.dtype), logistic(z), logistic(z, 1))


def gelu(z: Array, order: int = 0) -> Array:
    """σ = z Φ(z), σ′ = Φ + z φ, σ″ = (2 − z²) φ, with Φ and φ the standard normal distribution and density.

    Hendrycks and Gimpel (2016), the exact form. Φ(z) = erfc(−z/√2) / 2 keeps its digits in the left tail.

    >>> gelu(np.array([-100.0, 0.0, 1.0])).round(4)
    array([-0.    ,  0.    ,  0.8413])
    """
    Phi = (0.5 * _erfc(-z / math.sqrt(2))).astype(z.dtype)
    phi = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return _pick(order, z * Phi, Phi + z * phi, (2 - z * z) * phi)


def silu(z: Array, order: int = 0) -> Array:
    """σ = z s(z), σ′ = s + z s′, σ″ = 2 s′ + z s″, with s the logistic function.

    >>> silu(np.array([0.0, 100.0]))
    array([  0., 100.])
    """
    s, slope, bend = logistic(z), logistic(z, 1), logistic(z, 2)
    return _pick(order, z * s, s + z * slope, 2 * slope + z * bend)


def sin(z: Array, order: int = 0) -> Array:
    """σ = sin z, σ′ = cos z, σ″ = −sin z.

    >>> sin(np.array([0.0]), order=1)
    array([1.])
    """
    return _pick(order, np.sin(z), np.cos(z), -np.sin(z))


def _pick(order: int, *derivatives: Any) -> Array:
    chosen: Array = derivatives[order]
    return chosen


ACTIVATIONS: dict[str, Activation] = {
    "identity": identity,
    "tanh": tanh,
    "logistic": logistic,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "softplus": softplus,
    "gelu": gelu,
    "silu": silu,
    "sin": sin,
}
