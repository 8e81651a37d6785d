"""After scaling, the textbook's forward sweep finds the variance that was asked for, layer by layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ravine as rv
from ravine import reference
from support.problems import ACTIVATIONS, DTYPES

scale_to_data = rv.initializers.scale_to_data
BOUNDED = {"tanh": 1.0, "logistic": 0.25, "sin": 0.7}  # no variance beyond it can be reached for sure


def batch(rows: int = 50, columns: int = 6, dtype: str = "float64") -> np.ndarray:
    return np.random.default_rng(0).normal(0.5, 2.0, size=(rows, columns)).astype(dtype)


def variances(net: rv.MLP, X: np.ndarray) -> tuple[list[float], list[float]]:
    """Of Z_l and A_l, by the textbook in float64."""
    A, of_Z, of_A = X.astype(np.float64), [], []
    for layer in net.layers:
        Z = A @ layer.weight.astype(np.float64)
        if layer.bias is not None:
            Z = Z + layer.bias
        A = reference.ACTIVATIONS[layer.activation](Z, 0)
        of_Z.append(float(Z.var()))
        of_A.append(float(A.var()))
    return of_Z, of_A


@given(
    widths=st.lists(st.integers(2, 30), min_size=1, max_size=4),
    activation=st.sampled_from(ACTIVATIONS),
    dtype=st.sampled_from(DTYPES),
    bias=st.sampled_from([0.0, 0.1]),
    seed=st.integers(0, 99),
)
def test_pre_activations_get_unit_variance(
    widths: list[int], activation: str, dtype: str, bias: float, seed: int
) -> None:
    rule = rv.initializers.Orthogonal(bias=bias)
    net = rv.MLP([6, *widths], activation, initializer=rule, dtype=dtype, seed=seed)
    X, before = batch(dtype=dtype), [layer.weight.copy() for layer in net.layers]
    factors = scale_to_data(net, X)
    np.testing.assert_allclose(variances(net, X)[0], 1, rtol=2e-3)
    for layer, old, factor in zip(net.layers, before, factors, strict=True):
        np.testing.assert_allclose(layer.weight, factor * old, rtol=1e-6)
        np.testing.assert_allclose(layer.bias, factor * bias, rtol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_activations_get_the_variance_asked_for(activation: str, dtype: str) -> None:
    wanted = BOUNDED.get(activation, 4.0) / 2
    net = rv.MLP([6, 30, 20, 10], activation, activation, initializer="lecun_normal", dtype=dtype, seed=2)
    X = batch(dtype=dtype)
    scale_to_data(net, X, at="activation", variance=wanted, tolerance=1e-4)
    np.testing.assert_allclose(variances(net, X)[1], wanted, rtol=2e-4)


def test_a_deep_relu_network_from_any_scale_ends_in_the_same_place() -> None:
    X = batch(200)
    small, large = (
        rv.MLP([6, *[40] * 20, 1], "relu", initializer=rv.initializers.LeCunNormal(gain), seed=1)
        for gain in (0.01, 100.0)
    )
    small_factors, large_factors = scale_to_data(small, X), scale_to_data(large, X)
    np.testing.assert_allclose(small.predict(X), large.predict(X), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(small_factors / large_factors, 1e4, rtol=1e-9)


def test_only_the_named_layers_change() -> None:
    net = rv.MLP([6, 5, 4, 3], seed=0)
    before = net.theta.copy()
    factors = scale_to_data(net, batch(), layers=[1])
    assert factors[0] == factors[2] == 1
    assert factors[1] != 1
    start, end = 6 * 5 + 5, 6 * 5 + 5 + 5 * 4 + 4
    np.testing.assert_array_equal(net.theta[:start], before[:start])
    np.testing.assert_array_equal(net.theta[end:], before[end:])
    np.testing.assert_allclose(variances(net, batch())[0][1], 1, rtol=2e-3)


def test_what_fits_already_is_left_to_the_bit() -> None:
    net = rv.MLP([6, 5, 4], seed=0)
    scale_to_data(net, batch())
    theta = net.theta.copy()
    assert scale_to_data(net, batch()).tolist() == [1.0, 1.0]
    assert net.theta.tobytes() == theta.tobytes()


@pytest.mark.parametrize(
    ("initializer", "options", "told"),
    [
        ("zeros", {}, r"layer 0 \(6 -> 5, relu\): all its pre_activations are equal"),
        (["he_normal", "zeros"], {}, r"layer 1 \(5 -> 1, identity\): all its"),
        (rv.initializers.Constant(0.0, bias=-1.0), {}, r"layer 0 .*are equal"),
        (rv.initializers.Normal(1.0, bias=-1e3), {"at": "activation"}, r"layer 0 .*activations are equal"),
        ("he_normal", {"variance": 0}, r"variance must be positive, got 0"),
        ("he_normal", {"variance": np.nan}, r"variance must be finite"),
        ("he_normal", {"tolerance": -1}, r"tolerance must be positive, got -1"),
        ("he_normal", {"max_iterations": 0}, r"max_iterations must be at least 1, got 0"),
        ("he_normal", {"max_iterations": 1.0}, r"max_iterations must be an integer"),
        ("he_normal", {"at": "output"}, r"at must be one of pre_activation, activation, got 'output'"),
        ("he_normal", {"layers": [2]}, r"layers must lie in \[0, 2\), got 2"),
        ("he_normal", {"layers": "all"}, r"layers must be a sequence of layer indices, got 'all'"),
        ("he_normal", {"layers": [True]}, r"layers must be an integer, got True"),
        ("he_normal", {"X": np.zeros((3, 5))}, r"X must have shape \(N, 6\), got \(3, 5\)"),
        ("he_normal", {"X": np.zeros((0, 6))}, r"at least one row"),
        ("he_normal", {"X": np.full((2, 6), np.nan)}, r"X must be finite"),
        (rv.initializers.Normal(1e300), {"X": 1e300 * batch()}, r"layer 0 .*too large for float64"),
    ],
)
def test_what_cannot_be_is_named_and_theta_is_left_alone(
    initializer: Any, options: dict[str, Any], told: str
) -> None:
    net = rv.MLP([6, 5, 1], "relu", initializer=initializer, seed=0)
    before = net.theta.copy()
    options = {"X": batch(), **options}
    with pytest.raises((TypeError, ValueError), match=told):
        scale_to_data(net, **options)
    assert net.theta.tobytes() == before.tobytes()


def test_a_variance_out_of_reach_is_said_with_what_was_reached() -> None:
    net = rv.MLP([6, 5, 1], "logistic", seed=0)
    before = net.theta.copy()
    with pytest.raises(ValueError, match=r"layer 0 \(6 -> 5, logistic\).*0\.2.*within 0.001"):
        scale_to_data(net, batch(), at="activation")
    assert net.theta.tobytes() == before.tobytes()


def test_another_kind_of_network_is_refused() -> None:
    with pytest.raises(TypeError, match=r"net must be a ravine.MLP, got list"):
        scale_to_data([], batch())
