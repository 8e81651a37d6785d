"""How networks start: rules for weights and biases, a scale from data, layers of another network.

docs/initialisation.md has the table of rules with their sources.

>>> import ravine as rv
>>> net = rv.MLP([4, 16, 2], "relu", initializer=[rv.initializers.HeNormal(bias=0.01), "glorot_uniform"])
>>> float(net.layers[0].bias[0])
0.01
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ravine.arrays import convert_finite
from ravine.initializers.base import Initializer, LayerShape
from ravine.initializers.data_scale import scale_to_data
from ravine.initializers.rules import (
    Constant,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LeCunNormal,
    LeCunUniform,
    Normal,
    Orthogonal,
    Uniform,
    Zeros,
)
from ravine.initializers.transfer import FromNetwork, Layers, copy_layers

__all__ = [
    "INITIALIZERS",
    "Constant",
    "FromNetwork",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Initializer",
    "InitializerLike",
    "LayerShape",
    "Layers",
    "LeCunNormal",
    "LeCunUniform",
    "Normal",
    "Orthogonal",
    "Uniform",
    "Zeros",
    "copy_layers",
    "draw_theta",
    "one_each",
    "scale_to_data",
]

InitializerLike: TypeAlias = str | Initializer | Sequence[str | Initializer]

INITIALIZERS: dict[str, Initializer] = {
    "zeros": Zeros(),
    "glorot_uniform": GlorotUniform(),
    "glorot_normal": GlorotNormal(),
    "lecun_uniform": LeCunUniform(),
    "lecun_normal": LeCunNormal(),
    "he_uniform": HeUniform(),
    "he_normal": HeNormal(),
    "orthogonal": Orthogonal(),
}
"""The rules that need no number, by name."""

_NEED_A_NUMBER = {"constant": "Constant(value)", "normal": "Normal(std)", "uniform": "Uniform(bound)"}


def _resolve(initializer: Any) -> Initializer:
    if isinstance(initializer, Initializer):
        return initializer
    if not isinstance(initializer, str):
        raise TypeError(
            f"initializer must be a name or an object of ravine.initializers, got {initializer!r}"
        )
    if initializer in _NEED_A_NUMBER:
        call = _NEED_A_NUMBER[initializer]
        raise ValueError(f"initializer {initializer!r} needs a number: ravine.initializers.{call}")
    if initializer not in INITIALIZERS:
        raise ValueError(f"initializer must be one of {', '.join(INITIALIZERS)}, got {initializer!r}")
    return INITIALIZERS[initializer]


def one_each(initializer: InitializerLike, depth: int) -> tuple[Initializer, ...]:
    """Return one initialiser for each of `depth` layers; a single one stands for all."""
    if isinstance(initializer, (str, Initializer)) or not isinstance(initializer, Sequence):
        return (_resolve(initializer),) * depth
    if len(initializer) != depth:
        raise ValueError(f"initializer must be one or {depth}, one for each layer, got {len(initializer)}")
    return tuple(_resolve(item) for item in initializer)


def draw_theta(
    rules: Sequence[Initializer], rng: np.random.Generator, layers: Sequence[Any], dtype: np.dtype[Any]
) -> NDArray[Any]:
    """Return theta, (P,), of these layers: drawn layer by layer in float64, rounded to the dtype."""
    count = sum(layer.outputs * (layer.inputs + (layer.bias is not None)) for layer in layers)
    theta = np.empty(count, dtype)
    start = 0
    for index, (rule, layer) in enumerate(zip(rules, layers, strict=True)):
        shape = LayerShape(index, layer.inputs, layer.outputs, layer.bias is not None)
        for drawn in rule.draw(rng, shape):
            if drawn is not None:
                what = f"what initializer {type(rule).__name__} draws for layer {index}"
                theta[start : start + drawn.size] = convert_finite(drawn, dtype, what).ravel()
                start += drawn.size
    return theta
