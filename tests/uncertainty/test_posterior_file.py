"""A posterior lives in the model file, to the bit; what is damaged is one kind of error."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ravine as rv
from ravine.model_file import FORMAT_VERSION, load_model, load_posterior, save_model


def small_posterior(scaled: bool = False, **options: Any) -> rv.LaplacePosterior:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 2))
    net = rv.MLP([2, 3, 1], seed=0)
    model = rv.ScaledModel.fit_scaling(net, X, X[:, 0]) if scaled else None
    risk = rv.EmpiricalRisk(net, X, X[:, 0], l2=0.1)
    rv.minimize(risk)
    return rv.laplace(risk, model=model, **options)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, Any], dict[str, bytes]]:
    """A whole file, its metadata, its members."""
    path = tmp_path_factory.mktemp("posterior") / "net.npz"
    small_posterior().save(path, {"a": 1})
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    text = np.load(io.BytesIO(members["metadata.npy"])).tobytes()
    return path.read_bytes(), json.loads(text), members


def npy(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def rebuilt(path: Path, members: dict[str, bytes], metadata: Any) -> Path:
    members = {**members, "metadata.npy": npy(np.frombuffer(json.dumps(metadata).encode(), np.uint8))}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("curvature", ["gauss-newton", "hessian"])
def test_what_was_saved_comes_back(tmp_path: Path, scaled: bool, curvature: str) -> None:
    posterior = small_posterior(scaled, curvature=curvature)
    path = tmp_path / "net.npz"
    posterior.save(path, {"task": "regression"})
    again = rv.LaplacePosterior.load(path)
    assert str(again) == str(posterior)
    assert again.factor.tobytes() == posterior.factor.tobytes()
    X = np.random.default_rng(1).normal(size=(5, 2))
    for options in ({}, {"noise": True}, {"covariance": True}):
        for one, other in zip(again.predict(X, **options), posterior.predict(X, **options), strict=True):
            np.testing.assert_array_equal(one, other)
    model, extra = load_model(path)
    assert extra == {"task": "regression"}
    assert isinstance(model, rv.ScaledModel) == scaled
    np.testing.assert_array_equal(model.predict(X), posterior.predict(X)[0])
    first = path.read_bytes()
    again.save(path, extra)
    assert path.read_bytes() == first


def test_other_losses_come_back(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(30, 2))
    y = (X[:, 0] > 0).astype(int)
    risk = rv.EmpiricalRisk(rv.MLP([2, 3, 2], seed=0), X, y, loss="cross_entropy", l2=0.1)
    posterior = rv.laplace(risk)
    posterior.save(tmp_path / "net.npz")
    again = rv.LaplacePosterior.load(tmp_path / "net.npz")
    np.testing.assert_array_equal(again.predict_proba(X), posterior.predict_proba(X))
    assert again.noise_variance is None


def test_a_posterior_of_other_parameters_is_refused(tmp_path: Path) -> None:
    posterior = small_posterior()
    with pytest.raises(ValueError, match="posterior must be that of the model"):
        save_model(rv.MLP([2, 3, 1], seed=1), tmp_path / "net.npz", posterior=posterior)
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_a_posterior_says_so(tmp_path: Path) -> None:
    rv.MLP([2, 1]).save(tmp_path / "net.npz")
    with pytest.raises(rv.ModelFileError, match="no posterior, only a model"):
        load_posterior(tmp_path / "net.npz")


def test_every_truncation_is_refused(tmp_path: Path, parts: Any) -> None:
    path = tmp_path / "cut.npz"
    for length in range(0, len(parts[0]), 3):
        path.write_bytes(parts[0][:length])
        with pytest.raises(rv.ModelFileError):
            load_posterior(path)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bytes_are_refused_or_harmless(tmp_path: Path, parts: Any, data: st.DataObject) -> None:
    whole = bytearray(parts[0])
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "flipped.npz"
    path.write_bytes(whole)
    try:
        again = load_posterior(path)
    except rv.ModelFileError:
        return
    assert again.factor.tobytes() == small_posterior().factor.tobytes()


DAMAGE: list[tuple[str, Any, str]] = [
    ("curvature", "fisher", "curvature is 'fisher'"),
    ("loss", "no such name", "loss is"),
    ("loss", "cross_entropy", "noise_variance belongs to squared_error"),
    ("noise_variance", None, "noise_variance belongs to squared_error"),
    ("noise_variance", [0.0], "noise_variance must be positive"),
    ("noise_variance", [1.0, 1.0], "noise_variance does not hold 1 numbers"),
    ("noise_variance", [True], "not finite numbers"),
    ("dispersion", 0.0, "dispersion must be positive"),
    ("dispersion", "1", "not finite numbers"),
    ("prior_precision", [1.0, -1.0], "prior_precision must not be negative"),
    ("prior_precision", [1.0], "prior_precision does not hold 2 numbers"),
    ("bias_precision", -1, "bias_precision must not be negative"),
    ("notes", [1], "notes are no sentences"),
    ("notes", "none", "notes are no sentences"),
    ("more", 1, "expected the entries"),
]


@pytest.mark.parametrize(("name", "value", "reason"), DAMAGE)
def test_altered_numbers_are_refused(tmp_path: Path, parts: Any, name: str, value: Any, reason: str) -> None:
    _, metadata, members = parts
    altered = {**metadata, "posterior": {**metadata["posterior"], name: value}}
    path = rebuilt(tmp_path / "altered.npz", members, altered)
    for load in (load_model, load_posterior):
        with pytest.raises(rv.ModelFileError, match=reason):
            load(path)


@pytest.mark.parametrize(
    "triangle",
    [np.ones(90), np.ones(92), np.ones(91, np.float32), -np.ones(91), np.full(91, np.nan), np.ones((91, 1))],
)
def test_another_triangle_is_refused(tmp_path: Path, parts: Any, triangle: Any) -> None:
    _, metadata, members = parts
    path = rebuilt(tmp_path / "altered.npz", {**members, "posterior.npy": npy(triangle)}, metadata)
    with pytest.raises(rv.ModelFileError):
        load_model(path)


def test_half_a_posterior_is_refused(tmp_path: Path, parts: Any) -> None:
    _, metadata, members = parts
    numbers = {name: content for name, content in members.items() if name != "posterior.npy"}
    for given_members, state in ((numbers, metadata["posterior"]), (members, None)):
        path = rebuilt(tmp_path / "half.npz", given_members, {**metadata, "posterior": state})
        with pytest.raises(rv.ModelFileError, match="metadata without numbers, or numbers without"):
            load_model(path)
    without = {name: value for name, value in metadata.items() if name != "posterior"}
    with pytest.raises(rv.ModelFileError, match="no 'posterior'"):
        load_model(rebuilt(tmp_path / "none.npz", members, without))
    narrow = {**metadata, "dtype": "float32"}
    theta = np.load(io.BytesIO(members["theta.npy"])).astype(np.float32)
    path = rebuilt(tmp_path / "narrow.npz", {**members, "theta.npy": npy(theta)}, narrow)
    with pytest.raises(rv.ModelFileError, match="not float64"):
        load_model(path)


def test_a_file_of_version_2_has_none(tmp_path: Path, parts: Any) -> None:
    _, metadata, members = parts
    numbers = {name: content for name, content in members.items() if name != "posterior.npy"}
    old = {name: value for name, value in metadata.items() if name != "posterior"}
    path = rebuilt(tmp_path / "old.npz", numbers, {**old, "version": 2})
    model, extra = load_model(path)
    assert isinstance(model, rv.MLP)
    assert extra == {"a": 1}
    assert FORMAT_VERSION == 3
    with pytest.raises(rv.ModelFileError, match="no posterior"):
        load_posterior(path)
