"""A trained network in the safetensors format, which programs of many languages read.

Eight bytes with the length of the header, the header as JSON, the numbers, little-endian. The tensors are
``layers.0.weight`` (n_in, n_out), ``layers.0.bias`` (n_out,) if there is one, and so on: in this order they
are theta. ``__metadata__`` has under ``ravine`` the same JSON as an .npz file, and under ``sha256`` the
checksum of that text followed by theta, since the format itself has none. Other programs may write the
tensors in another order. Format: https://huggingface.co/docs/safetensors.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from ravine.atomic_file import atomic_output
from ravine.model_metadata import (
    METADATA_LIMIT,
    ModelFileError,
    architecture,
    metadata_text,
    model_of,
    network_of,
    read_metadata,
    strict_json,
)

if TYPE_CHECKING:
    from ravine.network import MLP
    from ravine.scaled_model import ScaledModel

__all__ = ["looks_like_safetensors", "read_safetensors", "write_safetensors"]

_LENGTH = 8  # bytes that say how long the header is; numbers start at a multiple of it
_NAMES = {"float32": "F32", "float64": "F64"}


def looks_like_safetensors(content: bytes) -> bool:
    """Whether the bytes begin as such a file, and not as any other model file."""
    return content[_LENGTH : _LENGTH + 1] == b"{"


def write_safetensors(
    model: MLP | ScaledModel, path: str | os.PathLike[str], extra: dict[str, Any] | None
) -> None:
    """Write the file in one step; see :func:`ravine.model_file.save_model`, which calls this."""
    text = metadata_text(model, extra, None)
    metadata = read_metadata(text)
    net = network_of(model)
    theta = net.theta.astype(net.dtype.newbyteorder("<")).tobytes()
    header: dict[str, Any] = {
        "__metadata__": {"ravine": text.decode("utf-8"), "sha256": _sha256(text, theta)}
    }
    end = 0
    for name, shape in _tensors(metadata).items():
        start, end = end, end + math.prod(shape) * net.dtype.itemsize
        header[name] = {"dtype": _NAMES[net.dtype.name], "shape": shape, "data_offsets": [start, end]}
    encoded = json.dumps(header, ensure_ascii=False).encode("utf-8")
    encoded += b" " * (-len(encoded) % _LENGTH)
    with atomic_output(path) as file:
        file.write(len(encoded).to_bytes(_LENGTH, "little") + encoded + theta)


def read_safetensors(content: bytes) -> tuple[MLP | ScaledModel, dict[str, Any]]:
    """The model and its `extra`; an exception for anything but a whole, unchanged file."""
    length = int.from_bytes(content[:_LENGTH], "little")
    if length > min(2 * METADATA_LIMIT, len(content) - _LENGTH):
        raise ModelFileError(f"its header claims {length} bytes, the whole file has {len(content)}")
    header = strict_json(content[_LENGTH : _LENGTH + length])
    numbers = content[_LENGTH + length :]
    own = header.pop("__metadata__", None)
    if not isinstance(own, dict) or not all(type(own.get(name)) is str for name in ("ravine", "sha256")):
        raise ModelFileError("it is a safetensors file, but not a ravine model")
    text = own["ravine"].encode("utf-8")
    metadata = read_metadata(text)
    theta = _theta(metadata, header, numbers)
    if _sha256(text, theta) != own["sha256"]:
        raise ModelFileError("its checksum is not that of its content: it has been changed or damaged")
    if metadata["posterior"] is not None:
        raise ModelFileError("its metadata name a posterior, which this format does not have")
    dtype = architecture(metadata)[3]
    return model_of(metadata, np.frombuffer(theta, dtype.newbyteorder("<"))), metadata["extra"]


def _tensors(metadata: dict[str, Any]) -> dict[str, list[int]]:
    """Name and shape of each tensor, in the order of theta."""
    widths, _, biases, _ = architecture(metadata)
    shapes = {}
    for k, bias in enumerate(biases):
        shapes[f"layers.{k}.weight"] = [widths[k], widths[k + 1]]
        if bias:
            shapes[f"layers.{k}.bias"] = [widths[k + 1]]
    return shapes


def _theta(metadata: dict[str, Any], header: dict[str, Any], numbers: bytes) -> bytes:
    """The bytes of all tensors in the order of theta, which must be all there are, each byte once."""
    shapes = _tensors(metadata)
    if sorted(header) != sorted(shapes):
        raise ModelFileError(f"expected the tensors {sorted(shapes)[:6]}, got {sorted(header)[:6]}")
    dtype = architecture(metadata)[3]
    spans = {}
    for name, shape in shapes.items():
        entry = header[name]
        expected = {"dtype": _NAMES[dtype.name], "shape": shape}
        found = dict(entry)
        start, end = found.pop("data_offsets")
        if found != expected or not all(type(n) is int for n in (start, end, *found["shape"])):
            raise ModelFileError(f"its tensor {name} is {found}: expected {expected}")
        if end - start != math.prod(shape) * dtype.itemsize:
            raise ModelFileError(f"its tensor {name} of shape {shape} has {end - start} bytes")
        spans[start] = (end, name)
    position = 0
    while position in spans:
        position = spans.pop(position)[0]
    if spans or position != len(numbers):
        raise ModelFileError(f"its tensors do not cover the {len(numbers)} bytes of numbers, each once")
    offsets = (header[name]["data_offsets"] for name in shapes)
    return b"".join(numbers[start:end] for start, end in offsets)


def _sha256(text: bytes, theta: bytes) -> str:
    return hashlib.sha256(text + theta).hexdigest()
