"""What a risk is made of, checked: penalties, prior, the parameter of a loss, selections of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine.arrays import convert_finite, non_negative, real_array
from ravine.losses import Loss
from ravine.network import MLP

__all__ = ["by_layer", "prior_vector", "representable", "row_index"]


def by_layer(value: float | Sequence[float], name: str, depth: int) -> list[float]:
    """Return one strength a layer, from one number for all or one for each."""
    if isinstance(value, (str, bytes)) or np.ndim(value) == 0:
        return [non_negative(value, name)] * depth
    values = list(value) if isinstance(value, (Sequence, np.ndarray)) else []
    if len(values) != depth:
        raise ValueError(f"{name} must be one number or {depth}, one for each layer, got {value!r}")
    return [non_negative(each, f"{name}[{index}]") for index, each in enumerate(values)]


def prior_vector(prior: ArrayLike | MLP, net: MLP) -> NDArray[Any]:
    """Return a copy, because the prior may be the very network that is trained."""
    if isinstance(prior, MLP):
        if prior.widths != net.widths or prior.biases != net.biases:
            raise ValueError(f"prior must be a network like {net!r}, got {prior!r}")
        prior = prior.theta
    array = real_array(prior, "prior")
    if array.shape != (net.parameter_count,):
        raise ValueError(f"prior must have shape ({net.parameter_count},), as theta, got {array.shape}")
    return convert_finite(array.copy(), net.dtype, "prior")


def representable(loss: Loss, dtype: np.dtype[Any]) -> float:
    """Return the parameter of the loss, if the network's dtype can hold it."""
    smallest, largest = float(np.finfo(dtype).tiny), float(np.finfo(dtype).max)
    if loss.parameter != 0 and not smallest <= loss.parameter <= largest:
        raise ValueError(f"the parameter of {loss!r} must lie in [{smallest:.3g}, {largest:.3g}] for {dtype}")
    return loss.parameter


def row_index(rows: ArrayLike, count: int, name: str = "rows") -> NDArray[np.int64]:
    """Return rows (or what else there are `count` of) as a vector of indices, from indices or a mask.

    Refused where they do not exist.
    """
    index = np.asarray(rows)
    if index.dtype == np.bool_:
        if index.shape != (count,):
            raise ValueError(f"a mask of {name} must have shape ({count},), got {index.shape}")
        index = np.flatnonzero(index)
    if index.ndim != 1 or index.dtype.kind not in "iu":
        raise TypeError(
            f"{name} must be a vector of indices or a mask, got shape {index.shape} of {index.dtype}"
        )
    if index.size == 0:
        raise ValueError(f"{name} must name at least one, got none")
    if index.min() < 0 or index.max() >= count:
        wrong = index.min() if index.min() < 0 else index.max()
        raise ValueError(f"{name} must lie in [0, {count}), got {wrong}")
    return np.array(index, dtype=np.int64, order="C", copy=True)  # ours: nobody changes it after the check
