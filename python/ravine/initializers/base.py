"""What every initialiser is: weights and biases of one layer, drawn in float64."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ravine.arrays import finite_number

__all__ = ["FloatArray", "Initializer", "LayerShape"]

FloatArray: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class LayerShape:
    """The layer that is to be drawn: its place in the network (0 is the first), n_in, n_out, bias or none."""

    index: int
    inputs: int
    outputs: int
    has_bias: bool


@dataclass(frozen=True)
class Initializer(ABC):
    """How the parameters of a layer start. Give it to :class:`ravine.MLP`, one for all layers or one a layer.

    A class of your own needs one method, :meth:`weights`.

    Attributes
    ----------
    bias : the value that every bias of the layer starts with, 0 unless you say otherwise.

    >>> import numpy as np, ravine as rv
    >>> class Diagonal(rv.initializers.Initializer):
    ...     def weights(self, rng, n_in, n_out):
    ...         return np.eye(n_in, n_out)
    >>> rv.MLP([2, 3], initializer=Diagonal(bias=0.5)).predict([[4.0, 7.0]])
    array([[4.5, 7.5, 0.5]])
    """

    bias: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        finite_number(self.bias, f"{type(self).__name__} bias")

    @abstractmethod
    def weights(self, rng: np.random.Generator, n_in: int, n_out: int) -> FloatArray:
        """Return starting weights, (n_in, n_out) float64."""

    def draw(self, rng: np.random.Generator, layer: LayerShape) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """Return starting weights (n_in, n_out) and biases (n_out,), None for a layer without biases."""
        weights = np.asarray(self.weights(rng, layer.inputs, layer.outputs))
        if weights.shape != (layer.inputs, layer.outputs) or weights.dtype.kind not in "fiu":
            raise ValueError(
                f"{type(self).__name__}.weights must return {(layer.inputs, layer.outputs)} real numbers, "
                f"got the shape {weights.shape} of {weights.dtype}"
            )
        return weights, np.full(layer.outputs, float(self.bias)) if layer.has_bias else None
