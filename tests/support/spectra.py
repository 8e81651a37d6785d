"""Symmetric matrices whose eigenvalues are known, made of three reflections: nothing here takes long."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["orthogonal", "random_vector", "with_spectrum"]


def orthogonal(n: int, seed: int) -> NDArray[Any]:
    """An orthogonal matrix without zeros."""
    Q = np.eye(n)
    for v in np.random.default_rng(seed).normal(size=(3, n)):
        Q -= np.outer(v, (v @ Q) * (2 / (v @ v)))
    return Q


def with_spectrum(eigenvalues: ArrayLike, seed: int) -> NDArray[Any]:
    """Q diag(λ) Qᵀ, symmetric to the bit; the columns of `orthogonal(n, seed)` are its eigenvectors."""
    A = np.diag(np.asarray(eigenvalues, dtype=np.float64))
    for v in np.random.default_rng(seed).normal(size=(3, len(A))):
        A -= np.outer(v, (v @ A) * (2 / (v @ v)))
        A -= np.outer((A @ v) * (2 / (v @ v)), v)
    return np.asarray((A + A.T) / 2)


def random_vector(n: int, seed: int) -> NDArray[Any]:
    return np.random.default_rng([seed, n]).normal(size=n)
