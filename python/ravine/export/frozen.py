"""What every exporter needs of a model: its numbers as they are now, checked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ravine.arrays import require_finite
from ravine.network import MLP, Dense
from ravine.scaled_model import ScaledModel
from ravine.scaling import Standardizer

__all__ = ["FrozenModel", "Model", "frozen"]

Model: TypeAlias = MLP | ScaledModel


@dataclass(frozen=True)
class FrozenModel:
    """A model with finite parameters, and what its columns are called (empty: nothing)."""

    layers: tuple[Dense, ...]
    dtype: np.dtype[Any]
    inputs: Standardizer | None
    targets: Standardizer | None
    features: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def widths(self) -> tuple[int, ...]:
        """Numbers of inputs, hidden units, outputs."""
        return (self.layers[0].inputs, *(layer.outputs for layer in self.layers))

    @property
    def activations(self) -> list[str]:
        """The name of σ for each layer."""
        return [layer.activation for layer in self.layers]

    def summary(self) -> str:
        """One line: widths, activations, dtype, what is standardised."""
        scaled = [
            name
            for name, scaling in (("inputs", self.inputs), ("outputs", self.targets))
            if scaling is not None
        ]
        units = f", raw {' and '.join(scaled)} (the standardisers are inside)" if scaled else ""
        widths = "-".join(str(width) for width in self.widths)
        return f"a network {widths} ({', '.join(self.activations)}), {self.dtype.name}{units}"


def frozen(
    model: Model,
    path: str | os.PathLike[str],
    suffix: str,
    features: Sequence[str] | None,
    outputs: Sequence[str] | None,
) -> FrozenModel:
    """Check what an exporter is given: the model, the ending of the file, the names of the columns."""
    if not isinstance(model, (MLP, ScaledModel)):
        raise TypeError(f"model must be a ravine.MLP or a ravine.ScaledModel, got {type(model).__name__}")
    if Path(path).suffix != suffix:
        raise ValueError(f"path must end in {suffix}, got {os.fspath(path)!r}")
    net = model.net if isinstance(model, ScaledModel) else model
    require_finite(net.theta, "theta")
    scaling: tuple[Standardizer | None, Standardizer | None] = (None, None)
    if isinstance(model, ScaledModel):
        scaling = (model.inputs, model.targets)
    return FrozenModel(
        _copied(net),
        net.dtype,
        *scaling,
        _names(features, "features", net.widths[0], "inputs"),
        _names(outputs, "outputs", net.widths[-1], "outputs"),
    )


def _copied(net: MLP) -> tuple[Dense, ...]:
    layers = []
    for layer in net.layers:
        bias: NDArray[Any] | None = None if layer.bias is None else layer.bias.copy()
        layers.append(Dense(layer.inputs, layer.outputs, layer.activation, layer.weight.copy(), bias))
    return tuple(layers)


def _names(names: Sequence[str] | None, argument: str, count: int, what: str) -> tuple[str, ...]:
    if names is None:
        return ()
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"{argument} must be a sequence of text or None, got {names!r}")
    if len(names) != count:
        raise ValueError(f"{argument} must be {count} names, one for each of the {what}, got {len(names)}")
    return tuple(names)
