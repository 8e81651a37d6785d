"""What a loss says of the data as a probability: -log p(y | x, θ) = L/φ + a constant of the data."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ravine.arrays import positive, real_array
from ravine.linalg.matrices import FloatMatrix
from ravine.linalg.products import FloatArray
from ravine.losses import Custom
from ravine.objective import EmpiricalRisk
from ravine.uncertainty.precision import Curvature, curvature_matrix

__all__ = ["NoNoiseError", "Observations", "noise_of", "observations_of", "scatter"]

_OF_DATA = ("cross_entropy", "binary_cross_entropy", "poisson", "gaussian")
"""Losses that are -log p as they stand, φ = 1."""

_log_factorial = np.vectorize(math.lgamma, otypes=[np.float64])


class NoNoiseError(ValueError):
    """The residuals leave no noise to be estimated: too few, or all zero."""


@dataclass(frozen=True)
class Observations:
    """What was observed: how much of it, how badly it is met, and the constant of its probability.

    rows : Σ w.
    counts : (m,) Σ w over what is there of each column of y.
    squares : (c,) Σ w e² of each output at θ; of squared error alone.
    rounding : (c,) below which squares are nothing but rounding.
    constant : Σ w of the part of log p that does not depend on θ (without noise variances).
    """

    rows: float
    counts: FloatArray
    squares: FloatArray
    rounding: FloatArray
    constant: float


def observations_of(risk: EmpiricalRisk) -> Observations:
    """Look at the rows of a risk, blocks of its weights and targets as they are."""
    rows = slice(None) if risk._rows is None else risk._rows
    y = risk._targets[rows]
    w = np.ones(len(y)) if risk._weights is None else risk._weights[rows][:, 0].astype(np.float64)
    y = np.asarray(y, np.float64).reshape(len(y), -1)
    there = ~np.isnan(y)
    counts = w @ there
    squares, rounding, constant = np.empty(0), np.empty(0), 0.0
    if risk.loss == "squared_error":
        r = risk.residuals().reshape(len(y), -1)
        squares = risk._normaliser * np.square(r).sum(axis=0)
        rounding = (100 * np.finfo(np.float64).eps) ** 2 * (w @ np.square(np.where(there, y, 0)))
    elif risk.loss == "poisson":
        constant = -float(w @ _log_factorial(np.where(there, y, 0) + 1).sum(axis=1))
    elif risk.loss == "gaussian":
        constant = -0.5 * math.log(2 * math.pi) * float(counts.sum())
    return Observations(float(w @ there.any(axis=1)), np.asarray(counts), squares, rounding, constant)


def noise_of(
    risk: EmpiricalRisk, given: ArrayLike | None, seen: Observations, effective: float
) -> tuple[float, FloatArray | None]:
    """Return the dispersion φ of the loss, and the variance of the noise of each output if there is one.

    Squared error: σ_k² = Σ w e_k² / (n_k - γ/c), and φ for all outputs together, unless they are given.
    """
    outputs = risk.net.widths[-1]
    if risk.loss in _OF_DATA:
        if given is not None:
            raise ValueError(
                f"noise_variance must be None for loss={risk.loss!r}, which is a log probability as it stands"
            )
        return 1.0, None
    if risk.loss == "squared_error" and given is None:
        left = seen.counts - effective / outputs
        if (left <= 1e-4 * seen.counts).any():  # priors of biases leave a trace where nothing is left
            k = int(np.argmin(left))
            raise NoNoiseError(
                f"noise_variance must be given: output {k} was observed {seen.counts[k]:.6g} times (sum of "
                f"weights), which γ/c = {effective / outputs:.4g} effective parameters use up"
            )
        variances = seen.squares / left
        if not (seen.squares > seen.rounding).all():
            k = int(np.argmin(variances))
            raise NoNoiseError(f"noise_variance must be given: output {k} is met exactly, so that it seems 0")
        return float(seen.squares.sum() / left.sum()), variances
    if given is None:
        raise ValueError(
            f"noise_variance must be given for loss={risk.loss!r}: log p = -L/noise_variance + constant"
        )
    if np.ndim(given) == 0:
        number = positive(np.asarray(given).item(), "noise_variance")
        return number, np.full(outputs, number) if risk.loss == "squared_error" else None
    variances = real_array(given, "noise_variance").astype(np.float64)
    if risk.loss != "squared_error" or variances.shape != (outputs,):
        raise ValueError(
            f"noise_variance must be a number"
            f"{f' or have shape ({outputs},)' if risk.loss == 'squared_error' else ''}, "
            f"got shape {variances.shape}"
        )
    if not (np.isfinite(variances) & (variances > 0)).all():
        raise ValueError(f"noise_variance must be finite and positive, got {variances.tolist()}")
    return float(variances.mean()), variances


def scatter(risk: EmpiricalRisk, variances: FloatArray, curvature: Curvature) -> FloatMatrix:
    """Return Σ_k σ_k² D_k, D_k the curvature of output k's share of Σ w ½ e²."""
    rows = slice(None) if risk._rows is None else risk._rows
    y = np.asarray(risk._targets[rows], np.float64)
    there = ~np.isnan(y)
    c = y.shape[1]

    def weighted(f: FloatArray, told: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        weights = variances * told[:, c:]
        e = f - told[:, :c]
        return 0.5 * (weights * e * e).sum(axis=1), weights * e, weights[:, :, None] * np.eye(c)

    w = None if risk._weights is None else risk._weights[rows][:, 0]
    told = np.concatenate([np.where(there, y, 0), there], axis=1)
    other = EmpiricalRisk(
        risk.net, risk._inputs[rows], told, loss=Custom(weighted), sample_weight=w, reduction="sum"
    )
    return curvature_matrix(other, curvature)
