"""From raw outputs to probabilities and decisions, and how good these are on data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine.losses import Gaussian, Loss, as_loss

__all__ = ["mean_loss", "metric_name", "probabilities", "validation_metric"]

_ERROR = ("cross_entropy", "hinge", "squared_hinge", "binary_cross_entropy")
_R2 = ("squared_error", "huber", "pseudo_huber", "poisson", "gaussian")


def probabilities(outputs: NDArray[Any], loss: str | Loss | None) -> NDArray[Any]:
    """Return softmax(f) of each row (cross entropy), or the logistic function of f (binary cross entropy).

    None takes the first for several outputs, the second for one. Other losses do not make their outputs
    probabilities: ValueError.
    """
    if loss is None:
        loss = "cross_entropy" if outputs.shape[1] > 1 else "binary_cross_entropy"
    name = as_loss(loss).name
    if name == "cross_entropy":
        e = np.exp(outputs - outputs.max(axis=1, keepdims=True, initial=-np.inf))
        return np.asarray(e / e.sum(axis=1, keepdims=True))
    if name == "binary_cross_entropy":
        e = np.exp(-np.abs(outputs))
        return np.asarray(np.where(outputs < 0, e, 1) / (1 + e))
    raise ValueError(
        f"loss={name!r} does not make probabilities of the outputs; "
        "loss must be cross_entropy, binary_cross_entropy or None"
    )


def metric_name(loss: str | Loss) -> str:
    """Return what :func:`validation_metric` measures for a loss.

    "error", the 0-1 error, for the losses of classes; "r2" for squared error, huber, pseudo_huber, poisson
    (of the rate exp(f)) and gaussian (of the mean); "loss", the mean loss, for cosine and custom functions.
    """
    name = loss if loss == "custom" else as_loss(loss).name
    return "error" if name in _ERROR else "r2" if name in _R2 else "loss"


def validation_metric(
    loss: str | Loss, outputs: NDArray[Any], targets: NDArray[Any], weights: ArrayLike | None = None
) -> tuple[float, float]:
    """Return the metric of :func:`metric_name` with its standard error, for independent rows.

    * 0-1 error p = Σ w e / Σ w, e the share of wrong decisions of a row; standard error
      √(Σ w² (e - p)²) / Σ w, which is √(p (1 - p)/n) for equal weights and one decision a row.
    * R² = 1 - A/B, the mean over columns, A = mean (y - f)², B = mean (y - ȳ)²; standard error by the delta
      method, √Σ_i ψ_i² with ψ_i = w_i/Σw · ((y - f)² - (A/B) (y - ȳ)²)_i / B. A column without scatter
      counts 1 if it is met exactly, else 0.
    * mean loss: see :func:`mean_loss`.

    Parameters
    ----------
    loss : a name or an object of :mod:`ravine.losses`.
    outputs : (N, c) raw outputs.
    targets : as for the loss; an entry that is NaN is left out.
    weights : (N,) or (N, 1); None: all 1.

    >>> import numpy as np
    >>> outputs = np.array([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0], [0.0, 1.0]])
    >>> validation_metric("cross_entropy", outputs, np.array([0, 1, 0, 0]))
    (0.25, 0.21650635094610965)
    """
    kind = as_loss(loss)
    w = np.ones(len(outputs)) if weights is None else np.asarray(weights, np.float64).reshape(len(outputs))
    metric = metric_name(kind)
    if metric == "error":
        return _error(kind, outputs, targets, w)
    if metric == "r2":
        return _r2(_means(kind, outputs), targets, w)
    return mean_loss(kind, outputs, targets, w)


def mean_loss(
    loss: str | Loss, outputs: NDArray[Any], targets: NDArray[Any], weights: ArrayLike | None = None
) -> tuple[float, float]:
    """Return the mean loss m = Σ w L / Σ w s with its standard error, for independent rows.

    s is the share of its targets that a row has, 1 if none is missing. The standard error is
    √(n/(n - 1)) √(Σ w² (L - m s)²) / Σ w s over the n rows that count. Arguments: as for
    :func:`validation_metric`.

    >>> import numpy as np
    >>> mean_loss("squared_error", np.zeros((2, 1)), np.array([[2.0], [4.0]]))
    (5.0, 3.0)
    """
    share = 1 - np.isnan(targets).reshape(len(outputs), -1).mean(axis=1)
    w = np.ones(len(outputs)) if weights is None else np.asarray(weights, np.float64).reshape(len(outputs))
    counted = (w > 0) & (share > 0)
    n = int(counted.sum())
    if n == 0:
        return math.nan, math.nan
    values = as_loss(loss).values(outputs[counted], targets[counted]).astype(np.float64)
    mean, error = _mean(values, w[counted], share[counted])
    return mean, math.nan if n == 1 else error * math.sqrt(n / (n - 1))


def _means(loss: Loss, outputs: NDArray[Any]) -> NDArray[Any]:
    """The predictions of y that R² judges."""
    if isinstance(loss, Gaussian):
        return loss.mean_and_variance(outputs)[0]
    if loss.name == "poisson":
        with np.errstate(over="ignore"):  # a rate beyond the largest number is infinite, and so is its error
            return np.asarray(np.exp(outputs))
    return outputs


def _mean(values: NDArray[Any], w: NDArray[Any], share: NDArray[Any] | float = 1.0) -> tuple[float, float]:
    """M = Σ w x / Σ w s, and √(Σ w² (x - m s)²) / Σ w s: the delta method for a ratio."""
    total = float((w * share).sum())
    if total == 0:
        return math.nan, math.nan
    mean = float((w * values).sum()) / total
    return mean, float(np.sqrt(((w * (values - mean * share)) ** 2).sum())) / total


def _error(loss: Loss, outputs: NDArray[Any], targets: NDArray[Any], w: NDArray[Any]) -> tuple[float, float]:
    if loss.name == "binary_cross_entropy":
        y = targets.reshape(outputs.shape)
        there = ~np.isnan(y)
        wrong = ((outputs > 0) != (y > 0.5)) & there
        entries = there.sum(axis=1)
        # A row with some entries missing counts by those that it has.
        return _mean(wrong.sum(axis=1) / np.maximum(entries, 1), w * entries / outputs.shape[1])
    if targets.ndim == 1:
        return _mean((outputs.argmax(axis=1) != targets).astype(np.float64), w)
    there = ~np.isnan(targets).any(axis=1)
    wrong = outputs.argmax(axis=1) != np.where(there[:, None], targets, 0).argmax(axis=1)
    return _mean(wrong.astype(np.float64), w * there)


def _r2(outputs: NDArray[Any], targets: NDArray[Any], w: NDArray[Any]) -> tuple[float, float]:
    y = targets.reshape(outputs.shape).astype(np.float64)
    there = ~np.isnan(y)
    y, f = np.where(there, y, 0), np.where(there, outputs, 0).astype(np.float64)
    share = w[:, None] * there
    total = share.sum(axis=0)
    share = share / np.where(total == 0, 1, total)
    residual = (y - f) ** 2
    scatter = (y - (share * y).sum(axis=0)) ** 2
    A, B = (share * residual).sum(axis=0), (share * scatter).sum(axis=0)
    flat = B == 0  # no scatter to explain: right or not
    safe_B = np.where(flat, 1, B)
    r2 = np.where(flat, np.where(A == 0, 1.0, 0.0), 1 - A / safe_B)
    influence = np.where(flat, 0, share * (residual - A / safe_B * scatter) / safe_B)
    return float(r2.mean()), float(np.sqrt((influence.mean(axis=1) ** 2).sum()))
