"""Layers taken from another network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ravine.arrays import convert_finite
from ravine.initializers.arguments import require_index, require_iterable, require_network
from ravine.initializers.base import FloatArray, Initializer, LayerShape

if TYPE_CHECKING:
    from ravine.network import MLP, Dense

__all__ = ["FromNetwork", "Layers", "copy_layers"]

Layers: TypeAlias = Mapping[int, int] | Iterable[int] | None


@dataclass(frozen=True, eq=False)
class FromNetwork(Initializer):
    """W and b of a layer of another network, as they are when the new network is made.

    For all layers at once, layer k takes layer k of `net`; in a list of one initialiser a layer, `layer` may
    name another one, counted from 0. float64 is rounded to a float32 network, float32 is taken exactly.
    Nothing is drawn for it from the seed's random stream. The option `bias` is not used: biases are copied.

    Attributes
    ----------
    net : the network to copy from; it is not changed.
    layer : which of its layers; None: the one at the same place.

    Raises
    ------
    ValueError : when drawing, if the shapes differ or only one of the two layers has biases.

    >>> import ravine as rv
    >>> trained = rv.MLP([2, 8, 3], seed=1)
    >>> net = rv.MLP([2, 8, 5], initializer=[rv.initializers.FromNetwork(trained), "glorot_uniform"])
    >>> bool((net.layers[0].weight == trained.layers[0].weight).all())
    True
    """

    net: MLP
    layer: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require_network(self.net, "FromNetwork net")
        if self.layer is not None:
            require_index(self.layer, len(self.net.layers), "FromNetwork layer")

    def weights(self, rng: np.random.Generator, n_in: int, n_out: int) -> FloatArray:
        """Return the weights of `layer`, (n_in, n_out); the place in the network is not known here."""
        if self.layer is None:
            raise TypeError("FromNetwork needs a layer, or the place of the layer by draw()")
        return self.draw(rng, LayerShape(self.layer, n_in, n_out, False))[0]

    def draw(self, rng: np.random.Generator, layer: LayerShape) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """Return copies of the other layer's weights and biases."""
        del rng  # nothing is random
        source = layer.index if self.layer is None else self.layer
        return _layer(self.net, source, layer)


def copy_layers(target: MLP, other: MLP, layers: Layers = None) -> None:
    """Carry :meth:`ravine.MLP.copy_layers` out: look at everything first, then write."""
    require_network(other, "other")
    depth, depth_there = len(target.layers), len(other.layers)
    if layers is None:
        if depth != depth_there:
            raise ValueError(
                f"other must have {depth} layers, got {depth_there}; layers=[...] names those to copy"
            )
        layers = range(depth)
    require_iterable(layers, "layers")
    pairs = dict(layers) if isinstance(layers, Mapping) else {index: index for index in layers}
    ready: list[tuple[Dense, NDArray[Any], NDArray[Any] | None]] = []
    for index, source in pairs.items():
        require_index(index, depth, "layers")
        require_index(source, depth_there, "layers of other")
        layer = target.layers[index]
        W, b = _layer(other, source, LayerShape(index, layer.inputs, layer.outputs, layer.bias is not None))
        what = f"layer {source} of other"
        ready.append(
            (
                layer,
                convert_finite(W, target.dtype, what),
                b if b is None else convert_finite(b, target.dtype, what),
            )
        )
    for layer, W, b in ready:
        layer.weight[...] = W
        if layer.bias is not None and b is not None:
            layer.bias[...] = b


def _layer(net: MLP, source: int, wanted: LayerShape) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """W and b of one layer as copies, if they fit."""
    if source >= len(net.layers):
        raise ValueError(
            f"layer {wanted.index} has no counterpart: the other network has {len(net.layers)} layers"
        )
    found = net.layers[source]
    here = f"layer {wanted.index}: weight must have shape {(wanted.inputs, wanted.outputs)}"
    if found.weight.shape != (wanted.inputs, wanted.outputs):
        raise ValueError(f"{here}, got {found.weight.shape} from layer {source} of the other network")
    if (found.bias is not None) != wanted.has_bias:
        has, there = ("a", "none") if wanted.has_bias else ("no", "one")
        raise ValueError(
            f"layer {wanted.index}: it has {has} bias, layer {source} of the other network has {there}"
        )
    return found.weight.copy(), None if found.bias is None else found.bias.copy()
