"""A scaled model takes and gives raw units, and is the network in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ravine as rv
from support.problems import DTYPES


def data(n_in: int = 3, n_out: int = 2, rows: int = 30, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    units_in, units_out = 10.0 ** rng.integers(-3, 4, n_in), 10.0 ** rng.integers(-3, 4, n_out)
    X = rng.normal(5, 1, (rows, n_in)) * units_in
    return X, rng.normal(-3, 1, (rows, n_out)) * units_out


def scaled(dtype: str = "float64", n_in: int = 3, n_out: int = 2, seed: int = 0) -> rv.ScaledModel:
    net = rv.MLP([n_in, 5, n_out], seed=seed, dtype=dtype)
    return rv.ScaledModel.fit_scaling(net, *data(n_in, n_out, seed=seed))


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 50), st.sampled_from(DTYPES))
def test_predictions_are_the_networks_in_other_units(n_in: int, n_out: int, seed: int, dtype: str) -> None:
    model = scaled(dtype, n_in, n_out, seed)
    X, y = data(n_in, n_out, seed=seed)
    Z = ((X - X.mean(axis=0)) / X.std(axis=0)).astype(dtype)
    want = model.net.predict(Z) * y.std(axis=0) + y.mean(axis=0)
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(model.predict(X), want, rtol=0, atol=tolerance * np.abs(want).max())
    assert model.predict(X).dtype == np.float64


def test_parts_may_be_left_out() -> None:
    X, y = data()
    net = rv.MLP([3, 5, 2], seed=0, dtype="float32")
    bare, only_inputs = rv.ScaledModel(net), rv.ScaledModel.fit_scaling(net, X)
    np.testing.assert_array_equal(bare.predict(X), net.predict(X))
    np.testing.assert_array_equal(bare.jacobian(X), net.jacobian(X))
    assert bare.network_targets(y) is y
    assert only_inputs.targets is None
    assert only_inputs.predict(X).dtype == np.float32
    np.testing.assert_array_equal(only_inputs.predict(X), net.predict(only_inputs.network_inputs(X)))
    np.testing.assert_array_equal(only_inputs.predict_proba(X).sum(axis=1).round(6), 1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_jacobian_is_the_slope_of_what_is_predicted(dtype: str) -> None:
    model = scaled()
    X, _ = data()
    J = model.jacobian(X)
    assert J.shape == (30, 2, model.net.parameter_count)
    theta, h = model.net.theta.copy(), 1e-6
    for p in (0, 7, theta.size - 1):
        sides = []
        for sign in (1, -1):
            model.net.theta = theta
            model.net.theta[p] += sign * h
            sides.append(model.predict(X))
        slope = (sides[0] - sides[1]) / (2 * h)
        np.testing.assert_allclose(J[:, :, p], slope, rtol=1e-6, atol=1e-6 * np.abs(slope).max())
    other = rv.ScaledModel(rv.MLP([3, 5, 2], dtype=dtype), model.inputs, model.targets)
    assert other.jacobian(X).dtype == np.dtype(dtype)


def test_the_network_is_shared_and_training_it_trains_the_model() -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform([0, 1e4], [1e-3, 2e4], (200, 2))
    y = 300 + 2e5 * X[:, 0] + 1e-2 * X[:, 1]
    net = rv.MLP([2, 1], seed=0)
    model = rv.ScaledModel.fit_scaling(net, X, y)
    assert model.net is net
    rv.fit(net, model.network_inputs(X), model.network_targets(y), optimizer=rv.optim.SGD(lr=0.3), epochs=60)
    np.testing.assert_allclose(model.predict(X)[:, 0], y, rtol=1e-6)


def test_missing_targets_are_measured_if_told() -> None:
    X, y = data()
    y[3, 1] = np.nan
    with pytest.raises(ValueError, match="missing='ignore'"):
        rv.ScaledModel.fit_scaling(rv.MLP([3, 2]), X, y)
    model = rv.ScaledModel.fit_scaling(rv.MLP([3, 2]), X, y, missing="ignore")
    assert np.argwhere(np.isnan(model.network_targets(y))).tolist() == [[3, 1]]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("parts", ["both", "inputs", "targets", "none"])
def test_a_file_gives_back_the_model(dtype: str, parts: str, tmp_path: Path) -> None:
    full = scaled(dtype)
    model = rv.ScaledModel(
        full.net,
        full.inputs if parts in ("both", "inputs") else None,
        full.targets if parts in ("both", "targets") else None,
    )
    model.save(tmp_path / "model.npz")
    again = rv.load(tmp_path / "model.npz")
    assert isinstance(again, rv.ScaledModel)
    assert (again.inputs, again.targets) == (model.inputs, model.targets)
    assert again.net.theta.tobytes() == model.net.theta.tobytes()
    X, _ = data()
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    full.net.save(tmp_path / "net.npz")
    assert isinstance(rv.load(tmp_path / "net.npz"), rv.MLP)


def test_constant_columns_travel_too(tmp_path: Path) -> None:
    X = np.array([[1.0, 7.0], [2.0, 7.0]])
    rv.ScaledModel.fit_scaling(rv.MLP([2, 1]), X).save(tmp_path / "model.npz")
    again = rv.load(tmp_path / "model.npz")
    assert isinstance(again, rv.ScaledModel)
    assert again.inputs is not None
    assert again.inputs.constant.tolist() == [False, True]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: rv.ScaledModel("net"), r"net must be a ravine.MLP, got str"),
        (
            lambda: rv.ScaledModel(rv.MLP([2, 1]), [0.0]),
            r"inputs must be a ravine.Standardizer or None, got list",
        ),
        (
            lambda: rv.ScaledModel(rv.MLP([2, 1]), rv.Standardizer([0.0], [1.0])),
            r"inputs must have 2 columns, one for each of the network's inputs, got 1",
        ),
        (
            lambda: rv.ScaledModel.fit_scaling(rv.MLP([3, 2]), data()[0], data()[1][:, 0]),
            r"targets must have 2 columns, one for each of the network's outputs, got 1",
        ),
        (lambda: scaled().predict_proba(data()[0]), r"without targets: this one is a regression"),
        (lambda: scaled().predict(data()[0][:, :2]), r"\(30, 2\): expected \(N, 3\)"),
        (lambda: rv.ScaledModel(rv.MLP([3, 2])).predict(data()[0][:, :2]), r"X must have shape \(N, 3\)"),
        (lambda: scaled().network_targets(data()[0]), r"expected \(N, 2\)"),
    ],
)
def test_what_does_not_fit_is_named(make: Callable[[], Any], told: str) -> None:
    with pytest.raises((TypeError, ValueError), match=told):
        make()


def test_it_cannot_be_changed_and_says_what_it_is() -> None:
    model = scaled()
    with pytest.raises(AttributeError):
        model.inputs = None  # type: ignore[misc]  # frozen: that is the point
    assert repr(model).endswith("dtype='float64'), inputs 3 standardised, targets 2 standardised)")
    assert repr(rv.ScaledModel(model.net)).endswith("inputs as they are, targets as they are)")
