"""What is wrong with a layer, in a sentence, with the factor on its weights that cures it where one does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ravine.diagnostics.layer_signals import LayerSignal

__all__ = ["Finding", "FindingKind", "find"]

OWN_RATIO = 4.0  # a layer that changes the variance by more is named for that alone
# Where the variance is LEVEL times more or less than the inputs', every layer with a SHARE in that is named.
LEVEL, SHARE = 100.0, 1.25
GRADIENT_LEVEL = 1e4  # of the mean squares of δ, against that of the output layer
SATURATED_SHARE = 0.5
DEAD_SHARE = 0.1
FLAT_AT_BOTH_ENDS = ("tanh", "logistic")


class FindingKind(str, Enum):
    """What may be found about a layer."""

    VANISHING = "vanishing"
    EXPLODING = "exploding"
    SATURATED = "saturated"
    DEAD = "dead units"
    GRADIENT_VANISHING = "vanishing gradient"
    GRADIENT_EXPLODING = "exploding gradient"
    NOT_FINITE = "not finite"

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes
    ----------
    layer : from 1.
    kind : a :class:`FindingKind`.
    factor : what to multiply the layer's weights by; NaN where no factor cures it.
    text : a sentence that says all this.
    """

    layer: int
    kind: FindingKind
    factor: float
    text: str


def find(layers: Sequence[LayerSignal]) -> tuple[Finding, ...]:
    """Judge the layers of a network, first to last; at most one finding a layer has a factor.

    With v_l = Var A_{l-1} W_l, the pre-activations' variance without biases, and r_l = v_l / v_{l-1}, v_0 =
    Var X, a hidden layer vanishes if r_l < 1/4, or if v_l < v_0/100 and r_l < 1/1.25; it explodes if 1/r_l
    does so. The factor 1/√r_l makes the ratio 1. The output layer is not judged so: its scale belongs to the
    targets. A tanh or logistic layer is saturated if more than half of its values are, and the factor 1/√v_l
    makes that 1. Dead units are named from one in ten on. Gradients vanish or explode where the mean square
    of δ_l is below 10⁻⁴ or above 10⁴ of the output layer's.
    """
    if broken := [layer for layer in layers if not layer.finite]:
        name = _name(broken[0])
        text = f"{name} is the first whose values or gradients are not finite: scale its weights down"
        return (Finding(broken[0].layer, FindingKind.NOT_FINITE, math.nan, text),)
    found: list[Finding] = []
    level = 1.0
    for layer in layers:
        level *= layer.variance_ratio
        scale = None if layer is layers[-1] else _scale(layer, level)
        scale = scale or _saturation(layer)
        found += [finding for finding in (scale, _dead(layer), _gradient(layer, layers[-1])) if finding]
    return tuple(found)


def _scale(layer: LayerSignal, level: float) -> Finding | None:
    ratio = layer.variance_ratio
    if ratio > 0 and (ratio < 1 / OWN_RATIO or (level < 1 / LEVEL and ratio < 1 / SHARE)):
        kind, verb = FindingKind.VANISHING, "vanishes"
    elif ratio < math.inf and (ratio > OWN_RATIO or (level > LEVEL and ratio > SHARE)):
        kind, verb = FindingKind.EXPLODING, "explodes"
    else:
        return None
    before = "the inputs" if layer.layer == 1 else f"layer {layer.layer - 1}"
    text = f"{_name(layer)} {verb}: its products AW have {ratio:.3g} of the variance of {before}"
    return _with_factor(layer, kind, 1 / math.sqrt(ratio), text)


def _saturation(layer: LayerSignal) -> Finding | None:
    if layer.activation not in FLAT_AT_BOTH_ENDS or layer.saturated <= SATURATED_SHARE:
        return None
    text = f"{_name(layer)} is saturated in {100 * layer.saturated:.0f} % of its values"
    if layer.product_variance <= 1:
        return Finding(layer.layer, FindingKind.SATURATED, math.nan, f"{text} by its biases: start them at 0")
    return _with_factor(layer, FindingKind.SATURATED, 1 / math.sqrt(layer.product_variance), text)


def _dead(layer: LayerSignal) -> Finding | None:
    if layer.dead < DEAD_SHARE * layer.units or layer.activation == "leaky_relu":
        return None
    text = (
        f"{_name(layer)} has {layer.dead} units that are dead on all rows: lower the rate, use leaky_relu, "
        "or draw them again"
    )
    return Finding(layer.layer, FindingKind.DEAD, math.nan, text)


def _gradient(layer: LayerSignal, last: LayerSignal) -> Finding | None:
    if last.delta_square == 0:
        return None
    ratio = layer.delta_square / last.delta_square
    if 1 / GRADIENT_LEVEL <= ratio <= GRADIENT_LEVEL:
        return None
    kind = FindingKind.GRADIENT_VANISHING if ratio < 1 else FindingKind.GRADIENT_EXPLODING
    text = f"{_name(layer)} has a {kind}: the mean square of its δ is {ratio:.3g} of the output layer's"
    return Finding(layer.layer, kind, math.nan, text)


def _with_factor(layer: LayerSignal, kind: FindingKind, factor: float, text: str) -> Finding:
    return Finding(layer.layer, kind, factor, f"{text}; multiply its weights by {factor:.4g}")


def _name(layer: LayerSignal) -> str:
    return f"layer {layer.layer} ({layer.activation}, {layer.units} units)"
