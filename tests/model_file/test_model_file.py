"""A model file gives back what was saved, to the bit; anything else is one kind of error."""

from __future__ import annotations

import io
import json
import pickle
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ravine as rv
from ravine.model_file import FORMAT_VERSION, ModelFileError, load_model, save_model

EXTRA = {"task": "regression", "mean": [0.1, -2.5e-300, 7], "names": ["x", "größe"], "none": None, "on": True}


def small_network(dtype: str = "float64") -> rv.MLP:
    return rv.MLP([3, 4, 2], activation="tanh", bias=[True, False], dtype=dtype, seed=5)


def saved_bytes(tmp_path: Path) -> bytes:
    path = tmp_path / "net.npz"
    save_model(small_network(), path, EXTRA)
    return path.read_bytes()


def archive(metadata: Any, theta: Any, **options: Any) -> bytes:
    """A file with consistent checksums whose content is up to the test."""
    text = metadata if isinstance(metadata, bytes) else json.dumps(metadata).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as file:
        for name, array in (("metadata.npy", np.frombuffer(text, np.uint8)), ("theta.npy", theta)):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(array), allow_pickle=True)
            file.writestr(name, member.getvalue())
    return buffer.getvalue()


def metadata(**changes: Any) -> dict[str, Any]:
    plain = {
        "format": "ravine-model",
        "version": FORMAT_VERSION,
        "widths": [3, 4, 2],
        "activations": ["tanh", "identity"],
        "biases": [True, False],
        "dtype": "float64",
        "scaling": None,
        "posterior": None,
        "extra": {},
    }
    return {**plain, **changes}


def assert_refused(path: Path, content: bytes, reason: str | None = None) -> None:
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=reason) as caught:
        load_model(path)
    assert path.name in str(caught.value)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bias", [True, False, [True, False, True]])
def test_round_trip_to_the_bit(tmp_path: Path, dtype: str, bias: bool | list[bool]) -> None:
    net = rv.MLP(
        [3, 5, 4, 2], activation=["tanh", "relu"], output_activation="logistic", bias=bias, dtype=dtype
    )
    path = tmp_path / "net.npz"
    save_model(net, path, EXTRA)
    again, extra = load_model(path)
    assert list(again.widths) == list(net.widths)
    assert list(again.activations) == list(net.activations)
    assert list(again.biases) == list(net.biases)
    assert np.dtype(again.dtype) == np.dtype(dtype)
    assert again.theta.tobytes() == net.theta.tobytes()
    assert extra == EXTRA
    X = np.random.default_rng(0).normal(size=(7, 3)).astype(dtype)
    np.testing.assert_array_equal(again.predict(X), net.predict(X))


def test_a_network_without_hidden_layer(tmp_path: Path) -> None:
    net = rv.MLP([2, 1], seed=1)
    save_model(net, tmp_path / "net.npz")
    again, extra = load_model(tmp_path / "net.npz")
    assert again.theta.tobytes() == net.theta.tobytes()
    assert extra == {}


def test_every_number_comes_back(tmp_path: Path) -> None:
    net = rv.MLP([2, 2], seed=1)
    net.theta[:] = [np.nan, -0.0, np.inf, 5e-324, -np.inf, 1.0]
    save_model(net, tmp_path / "net.npz")
    again, _ = load_model(tmp_path / "net.npz")
    assert again.theta.tobytes() == net.theta.tobytes()


def test_methods_of_the_network_use_this_format(tmp_path: Path) -> None:
    net = small_network()
    net.save(tmp_path / "net.npz")
    assert rv.load(tmp_path / "net.npz").theta.tobytes() == net.theta.tobytes()
    assert rv.ModelFileError is ModelFileError
    assert issubclass(ModelFileError, ValueError)


def test_numpy_opens_the_file_without_pickle(tmp_path: Path) -> None:
    (tmp_path / "net.npz").write_bytes(saved_bytes(tmp_path))
    with np.load(tmp_path / "net.npz", allow_pickle=False) as file:
        assert sorted(file) == ["metadata", "theta"]
        assert json.loads(file["metadata"].tobytes())["widths"] == [3, 4, 2]


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    assert saved_bytes(tmp_path) == saved_bytes(tmp_path)


@pytest.mark.parametrize(
    "extra",
    [
        {"a": float("nan")},
        {"a": np.zeros(2)},
        {"a": {1, 2}},
        {"a": (1, 2)},
        {3: "a"},
        {"a": 10**30},
        [1],
        {"a": b"x"},
    ],
)
def test_extra_that_would_change_is_refused(tmp_path: Path, extra: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        save_model(small_network(), tmp_path / "net.npz", extra)
    assert list(tmp_path.iterdir()) == []


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    whole = saved_bytes(tmp_path)
    for length in range(len(whole)):
        assert_refused(tmp_path / "cut.npz", whole[:length])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bytes_are_refused_or_harmless(tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray(saved_bytes(tmp_path))
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(whole) - 1))
        whole[position] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "flipped.npz"
    path.write_bytes(whole)
    try:
        net, extra = load_model(path)
    except ModelFileError:
        return
    # Flips in what a zip file says twice, or in its dates, leave the same model.
    assert net.theta.tobytes() == small_network().theta.tobytes()
    assert extra == EXTRA


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_any_other_bytes_are_refused(tmp_path: Path, content: bytes) -> None:
    assert_refused(tmp_path / "noise.npz", content)
    assert_refused(tmp_path / "noise.npz", archive(content, np.zeros(24)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(metadata())), value=JSON)
def test_any_value_in_the_metadata_is_refused_or_meant(tmp_path: Path, name: str, value: Any) -> None:
    path = tmp_path / "altered.npz"
    path.write_bytes(archive(metadata(**{name: value}), np.zeros(24)))
    try:
        net, _ = load_model(path)
    except ModelFileError:
        return
    assert net.theta.size == 24


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": "other"}, "not a ravine model"),
        ({"version": FORMAT_VERSION + 1}, "format version"),
        ({"widths": [3, 10**9, 10**9]}, "more than its"),
        ({"widths": [2**62, 2**62]}, "activations"),
        ({"widths": [3, 10**30, 2]}, "digits"),
        ({"widths": [3, 0, 2]}, "positive integers"),
        ({"widths": [3, -4, 2]}, "positive integers"),
        ({"widths": [3, True, 2]}, "positive integers"),
        ({"widths": [3, 4.0, 2]}, "positive integers"),
        ({"widths": [24]}, "two or more"),
        ({"widths": [3, 5, 2]}, "theta has 24"),
        ({"activations": ["tanh"]}, "activations"),
        ({"activations": ["tanh", "no such name"]}, "damaged"),
        ({"biases": [1, 0]}, "biases"),
        ({"dtype": "object"}, "dtype"),
        ({"dtype": "float32"}, "holds float64"),
        ({"extra": []}, "extra"),
        ({"scaling": {}}, "standardisers of inputs and targets"),
        ({"scaling": [None, None]}, "standardisers of inputs and targets"),
        ({"scaling": {"inputs": None, "targets": None, "more": None}}, "standardisers"),
        ({"scaling": {"inputs": 3, "targets": None}}, "scaling is damaged"),
        ({"scaling": {"inputs": {"mean": [0.0], "scale": [1.0]}, "targets": None}}, "must have 3 columns"),
        ({"scaling": {"inputs": None, "targets": {"mean": [0, 0], "scale": [1, 0]}}}, "positive"),
        ({"scaling": {"inputs": None, "targets": {"mean": [0, 0]}}}, "'scale'"),
        ({"extra": {"a": float("inf")}}, "finite"),
    ],
)
def test_altered_metadata_are_refused(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    assert_refused(tmp_path / "altered.npz", archive(metadata(**changes), np.zeros(24)), reason)


def test_deeply_nested_metadata_are_refused(tmp_path: Path) -> None:
    assert_refused(tmp_path / "deep.npz", archive(b"[" * 100_000, np.zeros(24)))
    text = json.dumps(metadata()).replace('"extra": {}', '"extra": {"a": 1e999}').encode()
    assert_refused(tmp_path / "huge.npz", archive(text, np.zeros(24)), "finite")


@pytest.mark.parametrize(
    "theta",
    [
        np.zeros(24, ">f8"),
        np.zeros((4, 6)),
        np.zeros(24, np.int64),
        np.zeros(23),
        np.zeros(25),
        np.float64(3),
        ["a"] * 24,
    ],
)
def test_another_theta_is_refused(tmp_path: Path, theta: Any) -> None:
    assert_refused(tmp_path / "theta.npz", archive(metadata(), theta))


class Bomb:
    """Unpickling this creates a file: the test would see it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_pickles_are_not_executed(tmp_path: Path) -> None:
    bomb = Bomb(tmp_path / "exploded")
    hidden = np.empty(24, dtype=object)
    hidden[:] = bomb
    assert_refused(tmp_path / "object.npz", archive(metadata(), hidden))
    assert_refused(tmp_path / "pickle.npz", pickle.dumps(bomb))
    array = io.BytesIO()
    np.save(array, hidden, allow_pickle=True)
    assert_refused(tmp_path / "array.npz", array.getvalue())
    assert not (tmp_path / "exploded").exists()


def header_claiming(shape: str) -> bytes:
    """A member whose array header promises more than follows."""
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(192)


@pytest.mark.parametrize(
    "shape", ["(1125899906842624,)", "(24, 10**9)", "(-24,)", "(True,)", "()", "('a',)", "(24.0,)"]
)
def test_oversized_headers_cost_no_memory(tmp_path: Path, shape: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        text = io.BytesIO()
        np.save(text, np.frombuffer(json.dumps(metadata()).encode(), np.uint8))
        file.writestr("metadata.npy", text.getvalue())
        file.writestr("theta.npy", header_claiming(shape))
    tracemalloc.start()
    try:
        assert_refused(tmp_path / "claims.npz", buffer.getvalue())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_compressed_members_are_refused(tmp_path: Path) -> None:
    bomb = archive(metadata(extra={"a": "x" * 10_000_000}), np.zeros(24), compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 100_000
    assert_refused(tmp_path / "bomb.npz", bomb, "compressed")


def test_other_archives_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    assert_refused(tmp_path / "other.npz", (tmp_path / "other.npz").read_bytes(), "expected the members")
    assert_refused(tmp_path / "empty.npz", b"", "damaged")


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "nowhere.npz")
