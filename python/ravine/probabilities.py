"""From raw outputs to probabilities and decisions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["metric_name", "probabilities", "validation_metric"]


def probabilities(outputs: NDArray[Any], loss: str | None) -> NDArray[Any]:
    """Return softmax(f) of each row ("cross_entropy") or the logistic function ("binary_cross_entropy")."""
    if loss is None:
        loss = "cross_entropy" if outputs.shape[1] > 1 else "binary_cross_entropy"
    if loss == "cross_entropy":
        e = np.exp(outputs - outputs.max(axis=1, keepdims=True, initial=-np.inf))
        return np.asarray(e / e.sum(axis=1, keepdims=True))
    if loss == "binary_cross_entropy":
        e = np.exp(-np.abs(outputs))
        return np.asarray(np.where(outputs < 0, e, 1) / (1 + e))
    raise ValueError(f"loss must be cross_entropy, binary_cross_entropy or None, got {loss!r}")


def metric_name(loss: str) -> str:
    """Return what :func:`validation_metric` measures: "r2" for squared error, else "error"."""
    return "r2" if loss == "squared_error" else "error"


def validation_metric(loss: str, outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    """Return R² (mean over the outputs) or the 0-1 error (share of wrong decisions)."""
    if loss == "squared_error":
        y = targets.reshape(outputs.shape)
        scatter = ((y - y.mean(axis=0)) ** 2).sum(axis=0, dtype=np.float64)
        residual = ((y - outputs) ** 2).sum(axis=0, dtype=np.float64)
        constant = np.where(residual == 0, 1.0, 0.0)  # no scatter to explain: right or not
        return float(
            np.where(scatter == 0, constant, 1 - residual / np.where(scatter == 0, 1, scatter)).mean()
        )
    if loss == "cross_entropy":
        labels = targets if targets.ndim == 1 else targets.argmax(axis=1)
        return float((outputs.argmax(axis=1) != labels).mean())
    return float(((outputs > 0) != (targets.reshape(outputs.shape) > 0.5)).mean())
