"""The safetensors format: readable by others, to the bit, and as strict as .npz files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ravine as rv
from ravine.model_file import ModelFileError, load_model, save_model

EXTRA = {"task": "regression", "names": ["x", "größe"], "none": None}


def scaled_model(dtype: str = "float64", bias: bool | list[bool] = True) -> rv.ScaledModel:
    net = rv.MLP([3, 5, 4, 2], ["tanh", "gelu"], "logistic", bias=bias, dtype=dtype, seed=2)
    net.theta[:4] = [np.nan, -0.0, np.inf, 5e-324]
    inputs = rv.Standardizer([0.1, 1e300, -5e-324], [0.3, 2, 5e-324], [False, True, False])
    return rv.ScaledModel(net, inputs, rv.Standardizer([1 / 3, 2], [1, 1]))


def split(content: bytes) -> tuple[dict[str, Any], bytes]:
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def joined(header: Any, numbers: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + numbers


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    save_model(scaled_model(), tmp_path / "net.safetensors", EXTRA)
    return (tmp_path / "net.safetensors").read_bytes()


def assert_refused(path: Path, content: bytes, reason: str | None = None) -> None:
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=reason) as caught:
        load_model(path)
    assert path.name in str(caught.value)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bias", [True, False, [True, False, True]])
def test_round_trip_to_the_bit(tmp_path: Path, dtype: str, bias: bool | list[bool]) -> None:
    model = scaled_model(dtype, bias)
    save_model(model, tmp_path / "net.safetensors", EXTRA)
    again, extra = load_model(tmp_path / "net.safetensors")
    assert isinstance(again, rv.ScaledModel)
    assert repr(again.net) == repr(model.net)
    assert again.net.biases == model.net.biases
    assert again.net.theta.tobytes() == model.net.theta.tobytes()
    assert (again.inputs, again.targets, extra) == (model.inputs, model.targets, EXTRA)
    assert again.inputs is not None
    assert again.inputs.constant.tolist() == [False, True, False]


def test_save_and_load_by_the_methods_everyone_uses(tmp_path: Path) -> None:
    net = rv.MLP([2, 3, 1], seed=1)
    net.save(tmp_path / "net.safetensors")
    (tmp_path / "net.safetensors").rename(tmp_path / "renamed.npz")  # the content counts, not the name
    again = rv.load(tmp_path / "renamed.npz")
    assert isinstance(again, rv.MLP)
    assert again.theta.tobytes() == net.theta.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_package_safetensors_reads_it(tmp_path: Path, dtype: str) -> None:
    safetensors = pytest.importorskip("safetensors")
    model = scaled_model(dtype, [True, False, True])
    path = tmp_path / "net.safetensors"
    save_model(model, path, EXTRA)
    with safetensors.safe_open(path, framework="numpy") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dictionary
        assert json.loads(file.metadata()["ravine"])["widths"] == [3, 5, 4, 2]
    assert sorted(tensors) == [
        "layers.0.bias",
        "layers.0.weight",
        "layers.1.weight",
        "layers.2.bias",
        "layers.2.weight",
    ]
    for k, layer in enumerate(model.net.layers):
        assert tensors[f"layers.{k}.weight"].tobytes() == layer.weight.tobytes()
        assert tensors[f"layers.{k}.weight"].shape == (layer.inputs, layer.outputs)
        if layer.bias is not None:
            assert tensors[f"layers.{k}.bias"].tobytes() == layer.bias.tobytes()


def test_a_file_that_the_package_wrote_anew_is_read(tmp_path: Path) -> None:
    """It sorts the tensors; with eleven layers also layers.10 before layers.2."""
    safetensors = pytest.importorskip("safetensors")
    from safetensors.numpy import save_file

    net = rv.MLP([2] * 12, seed=0)
    net.save(tmp_path / "net.safetensors")
    with safetensors.safe_open(tmp_path / "net.safetensors", framework="numpy") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = file.metadata()
    save_file(tensors, tmp_path / "anew.safetensors", metadata)
    assert (tmp_path / "anew.safetensors").read_bytes() != (tmp_path / "net.safetensors").read_bytes()
    again = rv.load(tmp_path / "anew.safetensors")
    assert isinstance(again, rv.MLP)
    assert again.theta.tobytes() == net.theta.tobytes()
    tensors["layers.3.bias"][0] += 1
    save_file(tensors, tmp_path / "other.safetensors", metadata)
    with pytest.raises(ModelFileError, match="its checksum is not that of its content"):
        rv.load(tmp_path / "other.safetensors")


def test_the_same_model_gives_the_same_bytes_and_aligned_numbers(tmp_path: Path, whole: bytes) -> None:
    save_model(scaled_model(), tmp_path / "again.safetensors", EXTRA)
    assert (tmp_path / "again.safetensors").read_bytes() == whole
    assert int.from_bytes(whole[:8], "little") % 8 == 0


@pytest.mark.parametrize("extra", [{"a": float("nan")}, {"a": np.zeros(2)}, {"a": (1, 2)}, {3: "a"}, [1]])
def test_extra_that_would_change_is_refused(tmp_path: Path, extra: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        save_model(scaled_model(), tmp_path / "net.safetensors", extra)
    assert list(tmp_path.iterdir()) == []


def test_a_posterior_needs_an_npz_file(tmp_path: Path) -> None:
    x = np.linspace(-1, 1, 30)[:, None]
    risk = rv.EmpiricalRisk(rv.MLP([1, 2, 1], seed=0), x, np.sin(x[:, 0]), l2=0.1)
    rv.minimize(risk)
    posterior = rv.laplace(risk)
    with pytest.raises(ValueError, match=r"posterior must be None for '.*net.safetensors': .npz files can"):
        posterior.save(tmp_path / "net.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_every_truncation_is_refused(tmp_path: Path, whole: bytes) -> None:
    for length in range(len(whole)):
        assert_refused(tmp_path / "cut.safetensors", whole[:length])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bytes_are_refused_or_harmless(tmp_path: Path, whole: bytes, data: st.DataObject) -> None:
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "flipped.safetensors"
    path.write_bytes(content)
    try:
        model, extra = load_model(path)
    except ModelFileError:
        return
    # A blank between two words of JSON may become a line break.
    assert isinstance(model, rv.ScaledModel)
    assert model.net.theta.tobytes() == scaled_model().net.theta.tobytes()
    assert (model.inputs, model.targets, extra) == (scaled_model().inputs, scaled_model().targets, EXTRA)


def test_a_header_that_is_altered(tmp_path: Path, whole: bytes) -> None:
    def refused(reason: str, change: Any, numbers: bytes | None = None) -> None:
        header, data = split(whole)
        change(header)
        assert_refused(
            tmp_path / "a.safetensors", joined(header, data if numbers is None else numbers), reason
        )

    bias = "layers.2.bias"
    _, data = split(whole)
    refused("not a ravine model", lambda h: h.pop("__metadata__"))
    refused("not a ravine model", lambda h: h["__metadata__"].pop("sha256"))
    refused("not a ravine model", lambda h: h.update(__metadata__=3))
    refused("expected the tensors", lambda h: h.pop(bias))
    refused("expected the tensors", lambda h: h.update(more=h[bias]))
    refused("its tensor layers.2.bias is", lambda h: h[bias].update(dtype="F32"))
    refused("its tensor layers.2.bias is", lambda h: h[bias].update(shape=[1, 2]))
    refused("its tensor layers.2.bias is", lambda h: h[bias].update(data_offsets=[0.0, 16.0]))
    refused("its tensor layers.2.bias is", lambda h: h[bias].update(more=1))
    refused("has 8 bytes", lambda h: h[bias].update(data_offsets=[0, 8]))
    refused("do not cover", lambda h: h[bias].update(data_offsets=[0, 16]))
    refused("do not cover", lambda h: h[bias].update(data_offsets=[-16, 0]))
    refused("do not cover", lambda _: None, data + bytes(8))
    refused("do not cover", lambda _: None, data[:-8])
    refused("damaged", lambda h: h.update({bias: 3}))
    refused("damaged", lambda h: h[bias].pop("data_offsets"))
    refused("checksum", lambda _: None, bytes(len(data)))
    refused(
        "checksum",
        lambda h: h["__metadata__"].update(ravine=h["__metadata__"]["ravine"].replace("tanh", "relu")),
    )
    refused(
        "widths",
        lambda h: h["__metadata__"].update(ravine=h["__metadata__"]["ravine"].replace("[3, 5,", "[3, -5,")),
    )


def test_headers_that_lie(tmp_path: Path, whole: bytes) -> None:
    header, data = split(whole)
    text = json.dumps(header)
    path = tmp_path / "a.safetensors"
    assert_refused(path, (2**62).to_bytes(8, "little") + whole[8:], "claims")
    assert_refused(path, joined((text[:-1] + ', "layers.2.bias": 3}').encode(), data), "twice")
    assert_refused(path, joined(b"{" * 100_000, data))
    assert_refused(path, joined(b"{}", b""), "not a ravine model")


def test_a_safetensors_file_of_another_program(tmp_path: Path) -> None:
    numpy_files = pytest.importorskip("safetensors.numpy")
    numpy_files.save_file({"a": np.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelFileError, match="it is a safetensors file, but not a ravine model"):
        rv.load(tmp_path / "other.safetensors")
