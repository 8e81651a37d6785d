"""Losses without a finite minimum: seen at a point, as a direction along which the loss falls for ever."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine.losses import Gaussian, Loss

__all__ = ["falls_with_bias", "falls_with_scale"]


def falls_with_scale(loss: Loss, f: NDArray[Any], y: NDArray[Any]) -> str | None:
    """Return why L falls for ever as the outputs are multiplied by ever larger numbers; None if it need not.

    Cross entropies do so once every row is decided rightly: L goes to 0, which no finite f reaches.

    Parameters
    ----------
    loss : any.
    f : (N, c) outputs.
    y : their targets, as the loss takes them; NaN is missing.

    >>> import numpy as np, ravine as rv
    >>> falls_with_scale(rv.losses.CrossEntropy(), np.array([[1.0, 0.0]]), np.array([0]))
    'every row is classified rightly, so the cross entropy falls toward 0 as the last layer grows'
    """
    if loss.name == "cross_entropy":
        decided = f.shape[1] > 1 and _leads(f, y)
    elif loss.name == "binary_cross_entropy":
        y = y.reshape(f.shape)
        there = ~np.isnan(y)
        decided = bool((((y == 1) & (f > 0)) | ((y == 0) & (f < 0)))[there].all())
    else:
        return None
    if not decided:
        return None
    return "every row is classified rightly, so the cross entropy falls toward 0 as the last layer grows"


def _leads(f: NDArray[Any], y: NDArray[Any]) -> bool:
    """Whether in every row the one class with probability 1 leads all others."""
    if y.ndim == 2:
        there = ~np.isnan(y[:, 0])
        f, y = f[there], y[there]
        if not (y.max(axis=1) == 1).all():
            return False
        y = y.argmax(axis=1)
    rows = np.arange(len(f))
    others = f.copy()
    others[rows, y] = -np.inf
    return bool((f[rows, y] > others.max(axis=1)).all())


def falls_with_bias(loss: Loss, f: NDArray[Any], y: NDArray[Any]) -> str | None:
    """Return why L falls for ever as one output is lowered in all rows alike; None if it need not.

    So does the rate of a count that is 0 in every row, and the variance of a column whose errors all lie
    within its floor: as long as v > e², ½ log v + ½ e²/v falls with v. Arguments: see
    :func:`falls_with_scale`.

    >>> import numpy as np, ravine as rv
    >>> falls_with_bias(rv.losses.Poisson(), np.zeros((2, 2)), np.array([[1.0, 0.0], [2.0, 0.0]]))
    'column 1 of y is 0 in every row, so the loss falls as that rate goes to 0'
    """
    if loss.name == "poisson":
        empty = (np.nan_to_num(y.reshape(f.shape)) == 0).all(axis=0)
        if empty.any():
            column = int(empty.argmax())
            return f"column {column} of y is 0 in every row, so the loss falls as that rate goes to 0"
    if isinstance(loss, Gaussian):
        error = f[:, : f.shape[1] // 2] - y.reshape(len(f), -1)
        met = (np.nan_to_num(error.astype(np.float64)) ** 2 <= loss.minimum_variance).all(axis=0)
        if met.any():
            return (
                f"column {int(met.argmax())} of y is met within √minimum_variance in every row, "
                "so the loss falls as that variance goes to its floor"
            )
    return None
