"""Whatever is handed to a network is used or refused with a name, and theta is then as before."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import ravine as rv

REFUSED = (TypeError, ValueError, OverflowError, MemoryError)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=6)
    | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=5,
)
ARGUMENTS = ["activation", "output_activation", "bias", "initializer", "dtype", "seed"]


def attempt(call: Callable[[], Any]) -> tuple[str, Any]:
    """The message with which a call was refused, or nothing and its result."""
    try:
        return "", call()
    except REFUSED as error:
        return str(error) or "refused without a word", None


@given(name=st.sampled_from(ARGUMENTS), value=ANYTHING)
def test_any_argument_makes_a_network_or_is_named(name: str, value: Any) -> None:
    told, net = attempt(lambda: rv.MLP([2, 3, 1], **{name: value}))
    assert name.removeprefix("output_") in told or np.isfinite(net.theta).all()


@given(ANYTHING)
def test_any_widths_make_a_network_or_are_named(value: Any) -> None:
    told, net = attempt(lambda: rv.MLP(value))
    assert "widths" in told or "parameters" in told or net.theta.size == net.parameter_count


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"activation": 3}, "activation must be str, or one for each hidden layer, got 3"),
        ({"activation": [3]}, "activation must be str, got 3"),
        ({"bias": 1}, "bias must be bool, or one for each layer, got 1"),
        ({"bias": "no"}, "bias must be bool, or one for each layer, got 'no'"),
        ({"bias": None}, "bias must be bool, or one for each layer, got None"),
        ({"output_activation": None}, "output_activation must be str"),
    ],
)
def test_what_is_wrong_is_named_with_what_was_expected(arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(TypeError, match=told):
        rv.MLP([2, 3, 1], **arguments)


THETA = hnp.arrays(
    st.sampled_from(["f4", "f8", ">f8", "i4", "u1", "?", "c16", "O", "U3", "f2"]),
    st.sampled_from([(9,), (8,), (9, 1), (3, 3), ()]),
)


@given(THETA, st.sampled_from(["float32", "float64"]), st.sampled_from([1, -1]))
def test_any_array_is_assigned_to_theta_or_refused(values: np.ndarray, dtype: str, step: int) -> None:
    net = rv.MLP([2, 2, 1], dtype=dtype, seed=0)
    before = net.theta.copy()
    values = values[::step] if values.ndim else values
    told, _ = attempt(lambda: setattr(net, "theta", values))
    if told:
        assert "theta" in told
        assert net.theta.tobytes() == before.tobytes()
    else:
        assert values.shape == net.theta.shape
        np.testing.assert_array_equal(net.theta, values.astype(dtype))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([1.0] * 8 + [1e39], r"theta must fit float32, got 1e\+39 at theta\[8\]"),
        (np.ma.masked_array(np.zeros(9), np.eye(9)[0]), r"theta must be a plain array"),
        ([[1.0], [1.0, 2.0]], r"theta must be a rectangular array"),
        (None, r"theta must hold real numbers"),
        (0.0, r"theta must have shape \(9,\), got \(\)"),
    ],
)
def test_values_that_are_no_theta_are_named(values: Any, told: str) -> None:
    net = rv.MLP([2, 2, 1], dtype="float32", seed=0)
    before = net.theta.copy()
    with pytest.raises((TypeError, ValueError), match=told):
        net.theta = values
    assert net.theta.tobytes() == before.tobytes()


def test_numbers_that_are_not_finite_are_taken_as_they_are() -> None:
    net = rv.MLP([1, 1], dtype="float32")
    net.theta = [np.inf, np.nan]
    assert np.isposinf(net.theta[0])
    assert np.isnan(net.theta[1])


def test_theta_may_be_assigned_from_itself() -> None:
    net = rv.MLP([2, 2, 1], seed=0)
    before = net.theta.copy()
    net.theta = net.theta[::-1]
    np.testing.assert_array_equal(net.theta, before[::-1])


def test_bind_refuses_a_mask() -> None:
    net = rv.MLP([1, 1])
    with pytest.raises(TypeError, match="buffer must be a plain NumPy array, got MaskedArray"):
        net.bind(np.ma.zeros(2))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_copies_and_pickles_are_networks_of_their_own(dtype: str) -> None:
    net = rv.MLP([3, 4, 2], ["relu"], bias=[True, False], initializer="he_normal", dtype=dtype, seed=5)
    X = np.random.default_rng(0).normal(size=(4, 3))
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert repr(twin) == repr(net)
        assert not np.shares_memory(twin.theta, net.theta)
        np.testing.assert_array_equal(twin.predict(X), net.predict(X))
        twin.initialize(seed=5)
        np.testing.assert_array_equal(twin.theta, net.theta)
        twin.theta[...] = 0
        assert net.theta.any()
    model = copy.deepcopy(rv.ScaledModel.fit_scaling(net, X))
    np.testing.assert_array_equal(model.net.theta, net.theta)
    assert not np.shares_memory(model.net.theta, net.theta)
