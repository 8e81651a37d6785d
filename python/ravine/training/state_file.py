"""Nested dictionaries of arrays and numbers as a file, exact to the bit, with nothing in it to execute.

The file is NumPy's .npz without compression: one member for each array, and ``tree.npy`` with JSON that says
where each belongs. Floats are written in hexadecimal, so that they come back as they were.
"""

from __future__ import annotations

import io
import json
import math
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ravine.atomic_file import atomic_output

__all__ = ["CheckpointError", "read_tree", "write_tree"]

_FORMAT = "ravine-checkpoint-1"
_TREE = "tree.npy"
_KINDS = "fiub"


class CheckpointError(ValueError):
    """The file is not a whole, unchanged checkpoint, or it belongs to another run."""


def write_tree(path: str | os.PathLike[str], tree: dict[str, Any]) -> None:
    """Write a dictionary of dictionaries, lists, arrays, text, numbers and None in one step."""
    arrays: list[NDArray[Any]] = []
    text = json.dumps({"format": _FORMAT, "tree": _packed(tree, arrays)}, allow_nan=False).encode()
    members = {_TREE: np.frombuffer(text, np.uint8)}
    members.update({f"{k}.npy": array for k, array in enumerate(arrays)})
    with (
        atomic_output(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive,
    ):
        for name, array in members.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
                npy.write_array(member, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)


def read_tree(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what :func:`write_tree` has written; nothing is allocated that is larger than the file.

    Raises
    ------
    CheckpointError : the file is cut short, altered, or of another kind.
    OSError : it cannot be opened or read.
    """
    content = Path(path).read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {entry.filename: _array(archive, entry) for entry in archive.infolist()}
        described = json.loads(members[_TREE].tobytes().decode())
        if described["format"] != _FORMAT:
            raise CheckpointError(f"its format is {described['format']!r}: this ravine reads {_FORMAT!r}")
        return {key: _unpacked(item, members) for key, item in described["tree"]["dict"]}
    except CheckpointError as error:
        raise CheckpointError(f"{os.fspath(path)}: {error}") from error
    except Exception as error:
        # For a damaged file zipfile, json and NumPy have some ten exception types between them: one leaves.
        raise CheckpointError(
            f"{os.fspath(path)}: damaged, or not a checkpoint ({type(error).__name__}: {error})"
        ) from error


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> NDArray[Any]:
    """One member; its header must agree with its length to the byte."""
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
        raise CheckpointError(f"{entry.filename} is compressed: expected plain bytes")
    content = archive.read(entry)
    stream = io.BytesIO(content)
    npy.read_magic(stream)
    shape, fortran, dtype = npy.read_array_header_1_0(stream)
    start = stream.tell()
    if dtype.kind not in _KINDS or fortran:
        raise CheckpointError(f"{entry.filename} holds {dtype}: expected numbers")
    if math.prod(shape) * dtype.itemsize != len(content) - start:
        raise CheckpointError(
            f"{entry.filename} claims the shape {shape}: it has {len(content) - start} bytes"
        )
    return np.frombuffer(content, dtype, offset=start).reshape(shape)


def _packed(value: Any, arrays: list[NDArray[Any]]) -> Any:
    """JSON for a value; arrays are put aside. Every container says what it is."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": f"{len(arrays) - 1}.npy"}
    if isinstance(value, dict):
        return {"dict": [[key, _packed(item, arrays)] for key, item in value.items()]}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [_packed(item, arrays) for item in value]}
    if isinstance(value, float):
        return {"float": float(value).hex()}
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise TypeError(f"a checkpoint cannot hold {type(value).__name__}")


def _unpacked(value: Any, members: dict[str, NDArray[Any]]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "array":
        return members[content].copy()
    if kind == "float":
        return float.fromhex(content)
    if kind == "dict":
        return {key: _unpacked(item, members) for key, item in content}
    items = [_unpacked(item, members) for item in content]
    return tuple(items) if kind == "tuple" else items
