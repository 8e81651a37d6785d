"""A trained network as a file: NumPy's .npz, and nothing in it that could be executed (or safetensors).

``metadata.npy`` holds UTF-8 JSON as bytes, ``theta.npy`` the parameters in the network's dtype,
little-endian, ``posterior.npy``, if it is there, the lower triangle of the factor of a posterior, row by row.
All are stored without compression, so every size can be checked against the size of the file before memory is
asked for. ``numpy.load(path)`` opens the file as well.

Version 3 can have a posterior, its numbers under ``posterior``. Version 2 has the standardisers under
``scaling``. In version 1 only ``ravine train`` kept any, in ``extra``.
"""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ravine.atomic_file import atomic_output
from ravine.model_metadata import (
    FORMAT_VERSION,
    ModelFileError,
    metadata_text,
    model_of,
    network_of,
    parameters_of,
    read_metadata,
)
from ravine.safetensors_file import looks_like_safetensors, read_safetensors, write_safetensors

if TYPE_CHECKING:
    from ravine.network import MLP
    from ravine.scaled_model import ScaledModel
    from ravine.uncertainty.posterior import LaplacePosterior

__all__ = [
    "FORMAT_VERSION",
    "ModelFileError",
    "load_everything",
    "load_model",
    "load_posterior",
    "save_model",
]

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same network gives the same bytes at any time of day


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
    path : the file, replaced in one step: it is the old one or the new one, never a part. The ending
        ``.safetensors`` gives that format, see :mod:`ravine.safetensors_file`; any other one .npz.
    extra : anything JSON can hold (text, finite numbers, lists, dictionaries with text keys), returned on
        loading.
    posterior : of this very model, for :func:`load_posterior`; None: the file has none.

    Raises
    ------
    TypeError, ValueError : `extra` holds something else, for example an array or a number that is not finite;
        the posterior is that of other parameters, or the format has none.
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
    if os.fspath(path).endswith(".safetensors"):
        if posterior is not None:
            raise ValueError(f"posterior must be None for {os.fspath(path)!r}: .npz files can have one")
        write_safetensors(model, path, extra)
        return
    net = network_of(model)
    arrays = {"theta.npy": np.array(net.theta, dtype=net.dtype.newbyteorder("<"))}
    state = None
    if posterior is not None:
        state, arrays["posterior.npy"] = _posterior_state(posterior, net)
    text = metadata_text(model, extra, state)
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
    posterior = load_everything(path)[2]
    if posterior is None:
        raise ModelFileError(f"{os.fspath(path)}: it has no posterior, only a model")
    return posterior


def load_everything(
    path: str | os.PathLike[str],
) -> tuple[MLP | ScaledModel, dict[str, Any], LaplacePosterior | None]:
    """Read the model, what was saved beside it, and the posterior if there is one; errors: as above."""
    model, extra, state, packed = _opened(path)
    if state is None:
        return model, extra, None
    from ravine.uncertainty.posterior_file import posterior_from

    return model, extra, posterior_from(model, state, packed)


_Content: TypeAlias = "tuple[MLP | ScaledModel, dict[str, Any], dict[str, Any] | None, NDArray[np.float64]]"


def _opened(path: str | os.PathLike[str]) -> _Content:
    # Read at once: what follows cannot fail for the sake of the disk, so each exception is about the content.
    content = Path(path).read_bytes()
    try:
        if looks_like_safetensors(content):
            return (*read_safetensors(content), None, np.empty(0))
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
        metadata = read_metadata(_array(archive, members["metadata.npy"], np.dtype(np.uint8)).tobytes())
        parameters, dtype = parameters_of(metadata)
        if parameters * dtype.itemsize > size:
            raise ModelFileError(
                f"its widths need {parameters} parameters of {dtype}, more than its {size} bytes hold"
            )
        theta = _array(archive, members["theta.npy"], dtype.newbyteorder("<"))
        packed = np.empty(0)
        if "posterior.npy" in members:
            packed = _array(archive, members["posterior.npy"], np.dtype("<f8"))
    model = model_of(metadata, theta)
    state = metadata["posterior"]
    if (state is None) != ("posterior.npy" not in members):
        raise ModelFileError("its posterior has metadata without numbers, or numbers without metadata")
    if state is not None:
        _check_posterior(network_of(model), state, packed)
    return model, metadata["extra"], state, packed


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
