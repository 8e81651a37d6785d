"""Gradients held within bounds, in place: what ``fit(clip_norm=..., clip_value=...)`` does inside."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine import _core
from ravine.arrays import non_negative

__all__ = ["clip_norm", "clip_value", "require_positive"]


def clip_norm(gradient: NDArray[Any], max_norm: float) -> float:
    """Shorten the gradient to the norm `max_norm` if it is longer; its direction stays.

    g ← g min(1, max_norm/‖g‖₂). Source: Pascanu, Mikolov and Bengio 2013.

    Parameters
    ----------
    gradient : (P,) float32 or float64, contiguous, writable; all parameters in one vector.
    max_norm : > 0.

    Returns
    -------
    ‖g‖₂ before.

    >>> import numpy as np, ravine as rv
    >>> gradient = np.array([3.0, -4.0])
    >>> rv.clip_norm(gradient, 1.0), gradient
    (5.0, array([ 0.6, -0.8]))
    """
    bound, norm = require_positive(max_norm, "max_norm"), _core.gradient_norm(gradient)
    if norm > bound:
        gradient *= gradient.dtype.type(bound / norm)
    return norm


def clip_value(gradient: NDArray[Any], limit: float) -> float:
    """Hold each entry of the gradient within ± `limit`; the direction may change.

    Parameters
    ----------
    gradient : (P,) float32 or float64, contiguous, writable.
    limit : > 0.

    Returns
    -------
    ‖g‖₂ before.

    >>> import numpy as np, ravine as rv
    >>> gradient = np.array([3.0, -4.0, 0.5])
    >>> before = rv.clip_value(gradient, 1.0)
    >>> gradient
    array([ 1. , -1. ,  0.5])
    """
    bound, norm = require_positive(limit, "limit"), _core.gradient_norm(gradient)
    np.clip(gradient, -gradient.dtype.type(bound), gradient.dtype.type(bound), out=gradient)
    return norm


def require_positive(value: Any, name: str) -> float:
    """Return the value as a float if it is a finite number above 0."""
    bound = non_negative(value, name)
    if bound == 0:
        raise ValueError(f"{name} must be more than 0, got {value}")
    return bound
