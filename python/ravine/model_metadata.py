"""What model files of all formats say about a model, as JSON: written, read and checked in one place."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ravine.scaling import Standardizer

if TYPE_CHECKING:
    from ravine.network import MLP
    from ravine.scaled_model import ScaledModel

__all__ = [
    "FORMAT_VERSION",
    "METADATA_LIMIT",
    "ModelFileError",
    "architecture",
    "metadata_text",
    "model_of",
    "network_of",
    "parameters_of",
    "read_metadata",
    "strict_json",
]

FORMAT_VERSION = 3
_READABLE = (1, 2, 3)
_FORMAT = "ravine-model"
_DTYPES = ("float32", "float64")
METADATA_LIMIT = 1 << 26  # bytes; a network of a million layers stays below it
_WIDEST_INTEGER = 19  # digits; longer ones would overflow the sizes, and cost quadratic time to read


class ModelFileError(ValueError):
    """The file is not a whole, unchanged model file that this version can read."""


def metadata_text(
    model: MLP | ScaledModel, extra: dict[str, Any] | None, posterior: dict[str, Any] | None
) -> bytes:
    """The metadata as UTF-8 JSON; TypeError or ValueError if `extra` would not come back the same."""
    net = network_of(model)
    metadata = {
        "format": _FORMAT,
        "version": FORMAT_VERSION,
        "widths": [int(n) for n in net.widths],
        "activations": list(net.activations),
        "biases": [bool(b) for b in net.biases],
        "dtype": net.dtype.name,
        "scaling": None if net is model else _scaling_state(model),
        "posterior": posterior,
        "extra": {} if extra is None else extra,
    }
    text = json.dumps(metadata, allow_nan=False, ensure_ascii=False).encode("utf-8")
    if read_metadata(text)["extra"] != metadata["extra"]:
        raise TypeError(
            "extra: expected a dictionary of JSON values; tuples, or keys that are no text, come back changed"
        )
    return text


def network_of(model: MLP | ScaledModel) -> MLP:
    """The network itself."""
    from ravine.scaled_model import ScaledModel  # late: the model's own `save` uses this module

    return model.net if isinstance(model, ScaledModel) else model


def _scaling_state(model: Any) -> dict[str, Any]:
    scalings: dict[str, Standardizer | None] = {"inputs": model.inputs, "targets": model.targets}
    return {name: None if scaling is None else scaling.state_dict() for name, scaling in scalings.items()}


def model_of(metadata: dict[str, Any], theta: NDArray[Any]) -> MLP | ScaledModel:
    """The model that checked metadata and its parameters describe."""
    # Imported late: the network's own `save` uses this module.
    from ravine.network import MLP

    widths, activations, biases, dtype = architecture(metadata)
    parameters, _ = parameters_of(metadata)
    if theta.size != parameters:
        raise ModelFileError(f"theta has {theta.size} numbers: its widths need {parameters}")
    net = MLP(
        widths,
        activation=activations[:-1],
        output_activation=activations[-1],
        bias=biases,
        dtype=dtype.name,
        seed=0,
    )
    net.theta = theta.astype(dtype, copy=False)
    return _scaled(net, metadata["scaling"])


def parameters_of(metadata: dict[str, Any]) -> tuple[int, np.dtype[Any]]:
    """How many parameters the network has, and their dtype."""
    widths, _, biases, dtype = architecture(metadata)
    layers = zip(widths, widths[1:], biases, strict=False)
    return sum((n_in + bias) * n_out for n_in, n_out, bias in layers), dtype


def _scaled(net: MLP, state: Any) -> MLP | ScaledModel:
    if state is None:
        return net
    from ravine.scaled_model import ScaledModel  # late, as above

    if not isinstance(state, dict) or sorted(state) != ["inputs", "targets"]:
        raise ModelFileError("its scaling does not name the standardisers of inputs and targets")
    try:
        standardizers = {
            name: None if numbers is None else Standardizer.from_state_dict(numbers)
            for name, numbers in state.items()
        }
        return ScaledModel(net, **standardizers)
    except (TypeError, ValueError, AttributeError) as error:
        raise ModelFileError(f"its scaling is damaged ({error})") from error


def read_metadata(text: bytes) -> dict[str, Any]:
    """What :func:`metadata_text` wrote, in this version or an earlier one; else ModelFileError."""
    if len(text) > METADATA_LIMIT:
        raise ModelFileError(f"its metadata take {len(text)} bytes: expected at most {METADATA_LIMIT}")
    metadata = strict_json(text)
    if not isinstance(metadata, dict) or metadata.get("format") != _FORMAT:
        raise ModelFileError("it holds arrays, but not a ravine model")
    if type(metadata.get("version")) is not int or metadata["version"] not in _READABLE:
        raise ModelFileError(
            f"its format version is {metadata.get('version')!r}: this ravine reads 1 to {FORMAT_VERSION}"
        )
    if not isinstance(metadata.get("extra"), dict):
        raise ModelFileError("its metadata have no dictionary 'extra'")
    if metadata["version"] == 1:
        metadata["scaling"] = _scaling_of_version_1(metadata["extra"])
    elif "scaling" not in metadata:
        raise ModelFileError("its metadata have no 'scaling'")
    if metadata["version"] < 3:
        metadata["posterior"] = None
    elif "posterior" not in metadata:
        raise ModelFileError("its metadata have no 'posterior'")
    return metadata


def _scaling_of_version_1(extra: dict[str, Any]) -> dict[str, Any] | None:
    """What `ravine train` kept beside its columns moves to where it stands today."""
    if not {"task", "inputs", "outputs"} <= set(extra):
        return None
    return {"inputs": extra.pop("inputs"), "targets": extra.pop("outputs")}


def architecture(metadata: dict[str, Any]) -> tuple[list[int], list[str], list[bool], np.dtype[Any]]:
    """Widths, activations, biases and dtype, checked."""
    widths, activations, biases = (metadata.get(name) for name in ("widths", "activations", "biases"))
    if not (isinstance(widths, list) and len(widths) >= 2 and all(type(n) is int and n > 0 for n in widths)):
        raise ModelFileError("its widths are not a list of two or more positive integers")
    layers = len(widths) - 1
    if not (
        isinstance(activations, list)
        and len(activations) == layers
        and all(type(a) is str for a in activations)
    ):
        raise ModelFileError(f"its activations are not {layers} names, one a layer")
    if not (isinstance(biases, list) and len(biases) == layers and all(type(b) is bool for b in biases)):
        raise ModelFileError(f"its biases are not {layers} truth values, one a layer")
    if metadata.get("dtype") not in _DTYPES:
        raise ModelFileError(f"its dtype is {metadata.get('dtype')!r}: expected one of {', '.join(_DTYPES)}")
    return widths, activations, biases, np.dtype(metadata["dtype"])


def strict_json(text: bytes) -> Any:
    """UTF-8 JSON without numbers that are not finite, huge integers, or two values of one name."""
    return json.loads(
        text.decode("utf-8"),
        object_pairs_hook=_object,
        parse_int=_integer,
        parse_float=_finite,
        parse_constant=_finite,
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ModelFileError("its metadata say something twice")
    return result


def _integer(digits: str) -> int:
    if len(digits) > _WIDEST_INTEGER:
        raise ModelFileError(f"its metadata hold an integer of {len(digits)} digits")
    return int(digits)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ModelFileError(f"its metadata hold the number {text[:30]}: expected finite ones")
    return number
