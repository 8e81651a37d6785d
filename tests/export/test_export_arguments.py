"""What all exporters refuse, and that a file appears whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ravine as rv
from support.exported import network, scaled

EXPORTERS: list[tuple[Callable[..., None], str]] = [
    (rv.export.to_c, "net.c"),
    (rv.export.to_numpy, "net.py"),
    (rv.export.to_onnx, "net.onnx"),
]
every = pytest.mark.parametrize(("export", "file"), EXPORTERS, ids=[file for _, file in EXPORTERS])


@every
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_parameters_that_are_not_finite(tmp_path: Path, export: Any, file: str, bad: float) -> None:
    model = scaled(network("tanh", "float32"))
    model.net.theta[5] = bad
    with pytest.raises(ValueError, match=r"theta must be finite, got (nan|inf) at theta\[5\]"):
        export(model, tmp_path / file)
    assert list(tmp_path.iterdir()) == []


@every
def test_what_is_no_model(tmp_path: Path, export: Any, file: str) -> None:
    for thing in (np.zeros(3), "net.npz", None):
        with pytest.raises(TypeError, match=r"model must be a ravine.MLP or a ravine.ScaledModel, got"):
            export(thing, tmp_path / file)


@every
def test_another_ending(tmp_path: Path, export: Any, file: str) -> None:
    for name in ("net", "net.npz", f"{file}.txt"):
        with pytest.raises(ValueError, match=r"path must end in \.(c|py|onnx), got '.*net"):
            export(network("tanh", "float64"), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@every
def test_names_of_columns(tmp_path: Path, export: Any, file: str) -> None:
    net = network("tanh", "float64")
    with pytest.raises(ValueError, match="features must be 3 names, one for each of the inputs, got 2"):
        export(net, tmp_path / file, features=["a", "b"])
    with pytest.raises(ValueError, match="outputs must be 2 names, one for each of the outputs, got 3"):
        export(net, tmp_path / file, outputs=["a", "b", "c"])
    for names in ("abc", [1, 2, 3]):
        with pytest.raises(TypeError, match="features must be a sequence of text or None"):
            export(net, tmp_path / file, features=names)
    assert list(tmp_path.iterdir()) == []


@every
def test_a_file_is_replaced_in_one_step(
    tmp_path: Path, export: Any, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if file == "net.onnx":
        pytest.importorskip("onnx")
    path = tmp_path / file
    path.write_bytes(b"the old one")

    def full_disk(_: int) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full_disk)
        with pytest.raises(OSError, match="no space left"):
            export(network("tanh", "float64"), path)
    assert path.read_bytes() == b"the old one"
    export(network("tanh", "float64"), path)
    assert path.read_bytes() != b"the old one"
    assert [entry.name for entry in tmp_path.iterdir()] == [file]


@every
def test_the_model_is_left_alone(tmp_path: Path, export: Any, file: str) -> None:
    if file == "net.onnx":
        pytest.importorskip("onnx")
    net = network("tanh", "float64")
    before = net.theta.copy()
    export(net, tmp_path / file)
    assert net.theta.tobytes() == before.tobytes()
