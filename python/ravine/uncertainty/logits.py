"""Probabilities of classes when the outputs before the logistic function or softmax are Gaussian."""

from __future__ import annotations

import math

import numpy as np

from ravine.linalg.products import FloatArray
from ravine.probabilities import probabilities

__all__ = ["mean_logistic", "mean_softmax", "sampled"]


def mean_logistic(mean: FloatArray, variance: FloatArray) -> FloatArray:
    """E s(f) ≈ s(μ/√(1 + π v/8)), elementwise: the logistic function as a probit (MacKay 1992)."""
    return np.asarray(probabilities(mean / np.sqrt(1 + math.pi / 8 * variance), "binary_cross_entropy"))


def mean_softmax(mean: FloatArray, covariance: FloatArray) -> FloatArray:
    """E softmax(f)_k ≈ 1/Σ_j exp((μ_j - μ_k)/√(1 + π v_jk/8)), then divided by the sum over k.

    v_jk is the variance of f_j - f_k. A shift of all outputs changes nothing, as it should, and for two
    classes it is :func:`mean_logistic` of their difference. Source: Lu, Ie and Sha (2020).

    Parameters
    ----------
    mean : (N, c).
    covariance : (N, c, c).
    """
    v = np.diagonal(covariance, axis1=1, axis2=2)
    spread = np.maximum(v[:, :, None] + v[:, None, :] - 2 * covariance, 0)
    z = (mean[:, None, :] - mean[:, :, None]) / np.sqrt(1 + math.pi / 8 * spread)  # [i, k, j]: j against k
    top = z.max(axis=2)
    log_p = -top - np.log(np.exp(z - top[:, :, None]).sum(axis=2))
    p = np.exp(log_p - log_p.max(axis=1, keepdims=True))
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def sampled(
    mean: FloatArray, covariance: FloatArray, loss: str, samples: int, random: np.random.Generator
) -> FloatArray:
    """Return the mean of the probabilities of so many draws from N(mean, covariance) for each row."""
    values, vectors = np.linalg.eigh(covariance)
    roots = vectors * np.sqrt(np.maximum(values, 0))[:, None, :]
    total = np.zeros_like(mean)
    for _ in range(samples):
        z = random.standard_normal(mean.shape)
        total += probabilities(mean + np.einsum("nkj,nj->nk", roots, z), loss)
    return total / samples
