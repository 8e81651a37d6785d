"""A network and the units of its data as plain layers: raw numbers in, raw numbers out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine.scaled_model import ScaledModel

__all__ = ["raw_layers"]

Matrices = list[NDArray[Any]]


def raw_layers(model: ScaledModel, dtype: np.dtype[Any]) -> tuple[Matrices, Matrices]:
    """Return weights and biases with which a plain forward pass on raw rows gives the model's predictions.

    f(S(x)) with S(x) = (x - μ)/σ has the first layer W/σ (row by row) and b - (μ/σ) W; outputs that are
    brought back to the unit of the targets, σ_t f + μ_t, have the last layer σ_t W and σ_t b + μ_t. Computed
    in float64, then rounded to `dtype`.
    """
    layers = model.net.layers
    weights = [layer.weight.astype(np.float64) for layer in layers]
    biases = [
        np.zeros(layer.outputs) if layer.bias is None else layer.bias.astype(np.float64) for layer in layers
    ]
    if model.inputs is not None:
        weights[0] /= model.inputs.scale[:, None]
        biases[0] -= model.inputs.mean @ weights[0]
    if model.targets is not None:
        weights[-1] *= model.targets.scale
        biases[-1] = biases[-1] * model.targets.scale + model.targets.mean
    return [W.astype(dtype) for W in weights], [b.astype(dtype) for b in biases]
