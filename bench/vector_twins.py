"""NumPy twins of the element-wise kernels, into a given array where NumPy can."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from scipy import special

from bench.problems import Array
from ravine import reference as ref

InPlace: TypeAlias = Callable[[Array, Array], Array]


def logistic(x: Array, out: Array) -> Array:
    """1 / (1 + e⁻ˣ), by SciPy's own ufunc."""
    special.expit(x, out=out)
    return out


def softplus(x: Array, out: Array) -> Array:
    """log(1 + eˣ)."""
    np.logaddexp(x.dtype.type(0), x, out=out)
    return out


VECTOR_MATH: dict[str, InPlace] = {
    "exp": lambda x, out: np.exp(x, out=out),
    "expm1": lambda x, out: np.expm1(x, out=out),
    "log": lambda x, out: np.log(x, out=out),
    "log1p": lambda x, out: np.log1p(x, out=out),
    "tanh": lambda x, out: np.tanh(x, out=out),
    "erf": lambda x, out: special.erf(x, out=out),
    "sin": lambda x, out: np.sin(x, out=out),
    "cos": lambda x, out: np.cos(x, out=out),
    "logistic": logistic,
    "softplus": softplus,
}


def activation(name: str, order: int, z: Array) -> Array:
    """The textbook's activation, except where it is slower than any program would be."""
    if name == "relu":
        return (np.maximum(z, 0), np.greater(z, 0).astype(z.dtype), np.zeros_like(z))[order]
    if name == "gelu":
        return _gelu(z, order)
    return ref.ACTIVATIONS[name](z, order)


def _gelu(z: Array, order: int) -> Array:
    Phi: Array = special.ndtr(z)
    if order == 0:
        return Phi * z
    phi: Array = np.exp(-0.5 * z * z) * z.dtype.type(1 / np.sqrt(2 * np.pi))
    result: Array = Phi + phi * z if order == 1 else phi * (2 - z * z)
    return result
