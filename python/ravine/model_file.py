"""A trained network as a file: NumPy's .npz, and nothing in it that could be executed.

``metadata.npy`` holds UTF-8 JSON as bytes, ``theta.npy`` the parameters in the network's dtype,
little-endian, ``posterior.npy``, if it is there, the lower triangle of the factor of a posterior, row by row.
All are stored without compression, so every size can be checked against the size of the file before memory is
asked for. ``numpy.load(path)`` opens the file as well.

Version 3 can have a posterior, its numbers under ``posterior``. Version 2 has the standardisers under
``scaling``. In version 1 only ``ravine train`` kept any, in ``extra``.
"""

from __future__ import annotations

import io
import json
import math
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ravine.atomic_file import atomic_output
from ravine.scaling import Standardizer

if TYPE_CHECKING:
    from ravine.network import MLP
    from ravine.scaled_model import ScaledModel
    from ravine.uncertainty.posterior import LaplacePosterior

__all__ = ["FORMAT_VERSION", "ModelFileError", "load_model", "load_posterior", "save_model"]

FORMAT_VERSION = 3
_READABLE = (1, 2, 3)
_FORMAT = "ravine-model"
_DTYPES = ("float32", "float64")
_METADATA_LIMIT = 1 << 26  # bytes; a network of a million layers stays below it
_WIDEST_INTEGER = 19  # digits; longer ones would overflow the sizes, and cost quadratic time to read
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same network gives the same bytes at any time of day


class ModelFileError(ValueError):
    """The file is not a whole, unchanged model file that this version can read."""


def save_model(
    model: MLP | ScaledModel,
    path: str | os.PathLike[str],
    extra: dict[str, Any] | None = None,
    *,
    posterior: LaplacePosterior | None = None,
) -> None:
    """Write a network, with its standardisers if it has any, to a file that :func:`load_model` reads back.

    Parameters
    ----------
    model : the network's widths, activations, biases, dtype and theta are stored, and its standardisers, all
        to the bit.
    path : the file, replaced in one step: it is the old one or the new one, never a part.
    extra : anything JSON can hold (text, finite numbers, lists, dictionaries with text keys), returned on
        loading.
    posterior : of this very model, for :func:`load_posterior`; None: the file has none.

    Raises
    ------
    TypeError, ValueError : `extra` holds something else, for example an array or a number that is not finite;
        the posterior is that of other parameters.
    OSError : the file cannot be written.

    >>> import tempfile, os
    >>> import ravine as rv
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "net.npz")
    ...     save_model(rv.MLP([2, 3, 1], seed=0), path, extra={"made by": "an example"})
    ...     net, extra = load_model(path)
    >>> list(net.widths), extra
    ([2, 3, 1], {'made by': 'an example'})
    """
    from ravine.scaled_model import ScaledModel  # late: the model's own `save` uses this module

    net = model.net if isinstance(model, ScaledModel) else model
    dtype = np.dtype(net.dtype)
    arrays = {"theta.npy": np.array(net.theta, dtype=dtype.newbyteorder("<"))}
    state = None
    if posterior is not None:
        state, arrays["posterior.npy"] = _posterior_state(posterior, net)
    metadata = {
        "format": _FORMAT,
        "version": FORMAT_VERSION,
        "widths": [int(n) for n in net.widths],
        "activations": list(net.activations),
        "biases": [bool(b) for b in net.biases],
        "dtype": dtype.name,
        "scaling": _scaling_state(model) if isinstance(model, ScaledModel) else None,
        "posterior": state,
        "extra": {} if extra is None else extra,
    }
    text = json.dumps(metadata, allow_nan=False, ensure_ascii=False).encode("utf-8")
    if _metadata(text)["extra"] != metadata["extra"]:
        raise TypeError(
            "extra: expected a dictionary of JSON values; tuples, or keys that are no text, come back changed"
        )
    with (
        atomic_output(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive,
    ):
        for name, array in {"metadata.npy": np.frombuffer(text, dtype=np.uint8), **arrays}.items():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.external_attr = 0o644 << 16  # readable where an unzip programme unpacks it
            with archive.open(entry, "w", force_zip64=True) as member:
                npy.write_array(member, array, version=(1, 0), allow_pickle=False)


def load_model(path: str | os.PathLike[str]) -> tuple[MLP | ScaledModel, dict[str, Any]]:
    """Read what :func:`save_model` has written, in this version or an earlier one.

    Returns
    -------
    model, extra : the network with its parameters, or the scaled model if there are standardisers; and the
        dictionary that was saved beside it.

    Raises
    ------
    ModelFileError : the file is cut short, altered, of another kind, of a newer version, or asks for more
        than it holds. Nothing in the file is executed, and nothing is allocated that is larger than the file.
    OSError : the file cannot be opened or read.
    """
    model, extra, _, _ = _opened(path)
    return model, extra


def load_posterior(path: str | os.PathLike[str]) -> LaplacePosterior:
    """Read the posterior that :func:`save_model` was given, with its model; 8 P² bytes.

    Raises
    ------
    ModelFileError : as for :func:`load_model`; or the file has no posterior.
    OSError : the file cannot be opened or read.
    """
    model, _, state, packed = _opened(path)
    if state is None:
        raise ModelFileError(f"{os.fspath(path)}: it has no posterior, only a model")
    from ravine.uncertainty.posterior_file import posterior_from

    return posterior_from(model, state, packed)


_Content: TypeAlias = "tuple[MLP | ScaledModel, dict[str, Any], dict[str, Any] | None, NDArray[np.float64]]"


def _opened(path: str | os.PathLike[str]) -> _Content:
    # Read at once: what follows cannot fail for the sake of the disk, so each exception is about the content.
    content = Path(path).read_bytes()
    try:
        return _read(content)
    except ModelFileError as error:
        raise ModelFileError(f"{os.fspath(path)}: {error}") from error
    except Exception as error:
        # For a damaged file zipfile, json and NumPy have some ten exception types between them: one leaves.
        reason = f"{os.fspath(path)}: damaged, or not a model file ({type(error).__name__}: {error})"
        raise ModelFileError(reason) from error


def _read(content: bytes) -> _Content:
    size = len(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = _checked_members(archive, size)
        metadata = _metadata(_array(archive, members["metadata.npy"], np.dtype(np.uint8)).tobytes())
        widths, activations, biases, dtype = _architecture(metadata)
        parameters = _parameter_count(widths, biases)
        if parameters * dtype.itemsize > size:
            raise ModelFileError(
                f"its widths need {parameters} parameters of {dtype}, more than its {size} bytes hold"
            )
        theta = _array(archive, members["theta.npy"], dtype.newbyteorder("<"))
        packed = np.empty(0)
        if "posterior.npy" in members:
            packed = _array(archive, members["posterior.npy"], np.dtype("<f8"))
    if theta.size != parameters:
        raise ModelFileError(f"theta has {theta.size} numbers: its widths need {parameters}")
    # Imported late: the network's own `save` uses this module.
    from ravine.network import MLP

    net = MLP(
        widths,
        activation=activations[:-1],
        output_activation=activations[-1],
        bias=biases,
        dtype=dtype.name,
        seed=0,
    )
    net.theta = theta.astype(dtype, copy=False)
    state = metadata["posterior"]
    if (state is None) != ("posterior.npy" not in members):
        raise ModelFileError("its posterior has metadata without numbers, or numbers without metadata")
    if state is not None:
        _check_posterior(net, state, packed)
    return _scaled(net, metadata["scaling"]), metadata["extra"], state, packed


def _scaling_state(model: ScaledModel) -> dict[str, Any]:
    scalings = {"inputs": model.inputs, "targets": model.targets}
    return {name: None if scaling is None else scaling.state_dict() for name, scaling in scalings.items()}


def _posterior_state(posterior: LaplacePosterior, net: MLP) -> tuple[dict[str, Any], NDArray[np.float64]]:
    from ravine.uncertainty.posterior_file import state_of  # late: only where there is one

    if not np.array_equal(posterior.theta, net.theta):
        raise ValueError("posterior must be that of the model: its theta is another one")
    state, packed = state_of(posterior)
    return state, packed.astype("<f8", copy=False)


def _check_posterior(net: MLP, state: Any, packed: NDArray[np.float64]) -> None:
    from ravine.uncertainty.posterior_file import check_state

    try:
        check_state(net, state, packed)
    except ValueError as error:
        raise ModelFileError(f"its posterior is damaged ({error})") from error


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


def _checked_members(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    names = sorted(entry.filename for entry in entries)
    if names not in (["metadata.npy", "theta.npy"], ["metadata.npy", "posterior.npy", "theta.npy"]):
        raise ModelFileError(
            f"expected the members metadata.npy, theta.npy and perhaps posterior.npy, got {names[:5]}"
        )
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 0x1:
            raise ModelFileError(f"{entry.filename} is compressed or encrypted: expected plain bytes")
        if entry.file_size != entry.compress_size or not 0 <= entry.file_size <= size:
            raise ModelFileError(
                f"{entry.filename} claims {entry.file_size} bytes, the whole file has {size}"
            )
    return {entry.filename: entry for entry in entries}


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, dtype: np.dtype[Any]) -> NDArray[Any]:
    """One member as a vector of the given dtype; its header must agree with its length to the byte."""
    content = archive.read(
        entry
    )  # at most the file's size (checked); its CRC is verified at the end of the read
    stream = io.BytesIO(content)
    if npy.read_magic(stream) != (1, 0):
        raise ModelFileError(f"{entry.filename} has an unknown array header")
    shape, _, stored = npy.read_array_header_1_0(stream)
    start = stream.tell()
    if stored != dtype or stored.hasobject:
        raise ModelFileError(f"{entry.filename} holds {stored}: expected {dtype}")
    if len(shape) != 1 or shape[0] * dtype.itemsize != len(content) - start:
        raise ModelFileError(
            f"{entry.filename} claims the shape {shape}: it has {len(content) - start} bytes of numbers"
        )
    return np.frombuffer(content, dtype=dtype, offset=start)


def _metadata(text: bytes) -> dict[str, Any]:
    if len(text) > _METADATA_LIMIT:
        raise ModelFileError(f"its metadata take {len(text)} bytes: expected at most {_METADATA_LIMIT}")
    metadata = json.loads(
        text.decode("utf-8"), parse_int=_integer, parse_float=_finite, parse_constant=_finite
    )
    if not isinstance(metadata, dict) or metadata.get("format") != _FORMAT:
        raise ModelFileError("it is an .npz file, but not a ravine model")
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


def _architecture(metadata: dict[str, Any]) -> tuple[list[int], list[str], list[bool], np.dtype[Any]]:
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


def _parameter_count(widths: list[int], biases: list[bool]) -> int:
    return sum((n_in + bias) * n_out for n_in, n_out, bias in zip(widths, widths[1:], biases, strict=False))


def _integer(digits: str) -> int:
    if len(digits) > _WIDEST_INTEGER:
        raise ModelFileError(f"its metadata hold an integer of {len(digits)} digits")
    return int(digits)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ModelFileError(f"its metadata hold the number {text[:30]}: expected finite ones")
    return number
