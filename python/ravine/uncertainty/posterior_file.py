"""A posterior as part of a model file: numbers for the metadata, and the triangle of its factor."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ravine.linalg.products import FloatArray
from ravine.losses import NAMED
from ravine.network import MLP
from ravine.scaled_model import ScaledModel
from ravine.uncertainty.posterior import LaplacePosterior

__all__ = ["check_state", "packed_size", "posterior_from", "state_of"]

_NUMBERS = (
    "loss_parameter",
    "dispersion",
    "bias_precision",
    "observations",
    "log_evidence",
    "gradient_norm",
    "newton_decrement",
)
_BY_LAYER = ("prior_precision", "effective_by_layer")
_NAMES = sorted([*_NUMBERS, *_BY_LAYER, "curvature", "loss", "noise_variance", "notes"])


def packed_size(parameters: int) -> int:
    """P (P + 1)/2, the numbers of a triangle."""
    return parameters * (parameters + 1) // 2


def state_of(posterior: LaplacePosterior) -> tuple[dict[str, Any], FloatArray]:
    """Return what JSON can hold, and the packed triangle."""
    noise = posterior.noise_variance
    state: dict[str, Any] = {name: float(getattr(posterior, name)) for name in _NUMBERS}
    state |= {name: list(getattr(posterior, name)) for name in _BY_LAYER}
    state |= {
        "curvature": posterior.curvature,
        "loss": posterior.loss,
        "noise_variance": None if noise is None else noise.tolist(),
        "notes": list(posterior.notes),
    }
    L = posterior.factor
    packed = np.empty(packed_size(len(L)))
    for k in range(len(L)):
        packed[packed_size(k) : packed_size(k + 1)] = L[k, : k + 1]
    return state, packed


def check_state(net: MLP, state: Any, packed: FloatArray) -> None:
    """Raise ValueError unless it is what :func:`state_of` writes for a network like this one."""
    if not isinstance(state, dict) or sorted(state) != _NAMES:
        raise ValueError(f"expected the entries {', '.join(_NAMES)}")
    for name in _NUMBERS:
        _numbers([state[name]], name, 1)
    for name in _BY_LAYER:
        _numbers(state[name], name, len(net.biases))
    noise, loss, notes = state["noise_variance"], state["loss"], state["notes"]
    if noise is not None:
        _numbers(noise, "noise_variance", net.widths[-1])
    gaussian = loss == "gaussian"
    for holds, rule in (
        (noise is None or min(noise) > 0, "noise_variance must be positive"),
        (state["dispersion"] > 0, "dispersion must be positive"),
        (min(state["prior_precision"]) >= 0, "prior_precision must not be negative"),
        (state["bias_precision"] >= 0, "bias_precision must not be negative"),
        (state["curvature"] in ("gauss-newton", "hessian"), f"curvature is {state['curvature']!r}"),
        (loss in (*NAMED, "custom"), f"loss is {loss!r}"),
        ((loss == "squared_error") == (noise is not None), "noise_variance belongs to squared_error alone"),
        (not gaussian or net.widths[-1] % 2 == 0, "loss gaussian needs an even number of outputs"),
        (not gaussian or state["loss_parameter"] > 0, "loss gaussian needs a positive parameter"),
        (isinstance(notes, list) and all(type(note) is str for note in notes), "notes are no sentences"),
        (net.dtype == np.float64, "its network is not float64"),
    ):
        if not holds:
            raise ValueError(rule)
    if packed.size != packed_size(net.parameter_count):
        raise ValueError(f"its factor has {packed.size} numbers, not {packed_size(net.parameter_count)}")
    k = np.arange(net.parameter_count)
    if not np.isfinite(packed).all() or not (packed[k * (k + 3) // 2] > 0).all():
        raise ValueError("its factor is not finite with a positive diagonal")


def _numbers(values: Any, name: str, count: int) -> None:
    if not isinstance(values, list) or len(values) != count:
        raise ValueError(f"{name} does not hold {count} numbers")
    if not all(type(value) in (int, float) and math.isfinite(value) for value in values):
        raise ValueError(f"{name} holds {values!r:.60}, which are not finite numbers")


def posterior_from(model: MLP | ScaledModel, state: dict[str, Any], packed: FloatArray) -> LaplacePosterior:
    """Return the posterior of a checked state; 8 P² bytes."""
    net = model.net if isinstance(model, ScaledModel) else model
    L = np.zeros((net.parameter_count, net.parameter_count))
    for k in range(len(L)):
        L[k, : k + 1] = packed[packed_size(k) : packed_size(k + 1)]
    noise = state["noise_variance"]
    fields: dict[str, Any] = {name: float(state[name]) for name in _NUMBERS}
    fields |= {name: tuple(float(value) for value in state[name]) for name in _BY_LAYER}
    fields |= {"curvature": state["curvature"], "loss": state["loss"], "notes": tuple(state["notes"])}
    fields["noise_variance"] = None if noise is None else np.array(noise, np.float64)
    return LaplacePosterior(model=model, factor=L, **fields)
