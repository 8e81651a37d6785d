"""ONNX files, checked by onnx and computed by onnxruntime."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import ravine as rv
from support.exported import (
    ACTIVATIONS,
    DTYPES,
    assert_digits_kept,
    assert_equal_to_rounding,
    from_tail_to_tail,
    network,
    one_unit,
    samples,
    scaled,
)

onnx = pytest.importorskip("onnx")


def run(path: Path, X: NDArray[Any], *names: str) -> list[NDArray[Any]]:
    runtime = pytest.importorskip("onnxruntime")
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    results: list[NDArray[Any]] = session.run(list(names) or None, {"X": X})
    return results


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("units", ["the network's", "raw"])
def test_onnxruntime_computes_the_same(tmp_path: Path, activation: str, dtype: str, units: str) -> None:
    net = network(activation, dtype)
    model = net if units == "the network's" else scaled(net)
    X = samples(model)
    rv.export.to_onnx(model, tmp_path / "net.onnx")
    [got] = run(tmp_path / "net.onnx", X)
    assert got.dtype == np.dtype(dtype)
    assert_equal_to_rounding(model, X, got)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_far_from_zero_and_close_to_it(tmp_path: Path, activation: str, dtype: str) -> None:
    net = one_unit(activation, dtype)
    X = from_tail_to_tail(dtype)
    rv.export.to_onnx(net, tmp_path / "net.onnx")
    [got] = run(tmp_path / "net.onnx", X)
    if dtype == "float32" and activation in ("elu", "softplus"):  # onnxruntime's own, right to eps alone
        assert_equal_to_rounding(net, X, got)
    else:
        assert_digits_kept(net, X, got)


@pytest.mark.parametrize("rows", [0, 1, 1000])
def test_the_number_of_rows_is_free(tmp_path: Path, rows: int) -> None:
    net = network("tanh", "float64")
    rv.export.to_onnx(net, tmp_path / "net.onnx")
    [got] = run(tmp_path / "net.onnx", samples(net, 1000)[:rows])
    assert got.shape == (rows, 2)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("outputs", "wanted", "loss"),
    [
        (3, True, "cross_entropy"),
        (1, True, "binary_cross_entropy"),
        (3, "binary_cross_entropy", "binary_cross_entropy"),
        (1, "cross_entropy", "cross_entropy"),
    ],
)
def test_probabilities(tmp_path: Path, dtype: str, outputs: int, wanted: Any, loss: str) -> None:
    net = rv.MLP([2, 5, outputs], seed=2, dtype=dtype)
    net.theta *= 5
    model = rv.ScaledModel(net, rv.Standardizer([1.0, 2.0], [3.0, 4.0]))
    X = np.random.default_rng(0).normal(scale=10, size=(50, 2)).astype(dtype)
    rv.export.to_onnx(model, tmp_path / "net.onnx", probabilities=wanted)
    raw, got = run(tmp_path / "net.onnx", X, "outputs", "probabilities")
    assert_equal_to_rounding(model, X, raw)
    np.testing.assert_allclose(got, model.predict_proba(X, loss), atol=8 * np.finfo(dtype).eps)
    assert [value.name for value in onnx.load(tmp_path / "net.onnx").graph.output] == [
        "outputs",
        "probabilities",
    ]


def test_what_the_file_says_about_itself(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    rv.export.to_onnx(network("tanh", "float64"), path, features=["größe", "a", "b"], outputs=["u", "v"])
    proto = onnx.load(path)
    assert (proto.ir_version, proto.opset_import[0].version, len(proto.opset_import)) == (4, 9, 1)
    assert (proto.producer_name, proto.producer_version) == ("ravine", rv.__version__)
    properties = {entry.key: json.loads(entry.value) for entry in proto.metadata_props}
    assert properties == {"features": ["größe", "a", "b"], "outputs": ["u", "v"]}
    shapes = [
        [dimension.dim_param or dimension.dim_value for dimension in value.type.tensor_type.shape.dim]
        for value in (*proto.graph.input, *proto.graph.output)
    ]
    assert shapes == [["N", 3], ["N", 2]]
    assert "3-7-5-2 (tanh, tanh, tanh), float64" in proto.graph.doc_string


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.onnx", "b.onnx"):
        rv.export.to_onnx(scaled(network("gelu", "float64")), tmp_path / name)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


@pytest.mark.parametrize("wanted", ["hinge", "no such loss", "squared_error"])
def test_other_losses_have_no_probabilities(tmp_path: Path, wanted: str) -> None:
    with pytest.raises(ValueError, match=wanted):
        rv.export.to_onnx(network("tanh", "float64"), tmp_path / "net.onnx", probabilities=wanted)
    assert list(tmp_path.iterdir()) == []


def test_a_regression_has_no_probabilities(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="probabilities must be False for a model with scaled targets"):
        rv.export.to_onnx(scaled(network("tanh", "float64")), tmp_path / "net.onnx", probabilities=True)


def test_without_the_package_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"pip install 'ravine\[onnx\]'"):
        rv.export.to_onnx(network("tanh", "float64"), tmp_path / "net.onnx")
    assert list(tmp_path.iterdir()) == []
