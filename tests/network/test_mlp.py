"""The network object: packing, views, bind, initialisation, and what it says of itself."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ravine as rv
from ravine import reference
from support.problems import ACTIVATIONS, DTYPES, Problem, problems


@given(problems())
def test_the_network_says_what_it_was_told(problem: Problem) -> None:
    net = problem.network()
    assert tuple(net.widths) == problem.widths
    assert tuple(net.activations) == problem.activations
    assert tuple(net.biases) == problem.biases
    assert np.dtype(net.dtype) == problem.dtype
    assert net.parameter_count == problem.textbook_network().parameter_count == net.theta.size
    told = zip(net.layers, pairwise(problem.widths), problem.activations, strict=True)
    for layer, widths, activation in told:
        assert (layer.inputs, layer.outputs) == widths
        assert layer.activation == activation


@given(problems())
def test_layers_are_the_textbook_views_of_theta(problem: Problem) -> None:
    net = problem.network()
    want = reference.unpack(problem.textbook_network(), net.theta)
    assert len(net.layers) == len(want)
    for layer, (W, b) in zip(net.layers, want, strict=True):
        np.testing.assert_array_equal(layer.weight, W)
        assert np.shares_memory(layer.weight, net.theta)
        assert (layer.bias is None) == (b is None)
        if b is not None:
            np.testing.assert_array_equal(layer.bias, b)
            assert np.shares_memory(layer.bias, net.theta)


def test_writing_into_a_layer_changes_theta_and_the_prediction() -> None:
    net = Problem().network()
    net.layers[2].weight[...] = 0
    net.layers[2].bias[...] = [1.0, 2.0, 3.0]
    np.testing.assert_array_equal(net.theta[-3:], [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(net.predict(Problem().X), np.tile([1.0, 2.0, 3.0], (13, 1)))


def test_assigning_theta_copies_values_into_the_same_buffer() -> None:
    net = Problem().network()
    theta, values = net.theta, np.arange(float(net.parameter_count))
    net.theta = values
    assert np.shares_memory(net.theta, theta)
    assert not np.shares_memory(net.theta, values)
    np.testing.assert_array_equal(theta, values)
    with pytest.raises(ValueError, match=str(net.parameter_count)):
        net.theta = np.zeros(net.parameter_count + 1)
    np.testing.assert_array_equal(theta, values)


def test_bind_adopts_the_buffer_and_leaves_the_old_one_alone() -> None:
    problem = Problem()
    net = problem.network()
    old, old_values = net.theta, net.theta.copy()
    buffer = np.linspace(-1, 1, net.parameter_count)
    net.bind(buffer)
    assert np.shares_memory(net.theta, buffer)
    np.testing.assert_array_equal(net.layers[0].weight.ravel(), buffer[:24])
    buffer[...] = problem.theta
    np.testing.assert_array_equal(net.predict(problem.X), problem.network().predict(problem.X))
    net.theta[0] = 5.0
    assert buffer[0] == 5.0
    np.testing.assert_array_equal(old, old_values)


def test_bind_takes_part_of_a_larger_buffer_and_a_memory_map(tmp_path: object) -> None:
    net = Problem().network()
    block = np.zeros(3 * net.parameter_count)
    part = block[7 : 7 + net.parameter_count]
    net.bind(part)
    net.theta[...] = 1.0
    assert block.sum() == net.parameter_count
    mapped = np.memmap(f"{tmp_path}/theta", np.float64, "w+", shape=(net.parameter_count,))
    net.bind(mapped)
    net.theta[...] = 2.0
    assert (mapped == 2.0).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_glorot_uniform_fills_its_interval_and_biases_start_at_zero(dtype: str) -> None:
    net = rv.MLP([300, 200, 10], dtype=dtype, seed=4)
    for layer in net.layers:
        limit = np.sqrt(6 / (layer.inputs + layer.outputs))
        W = layer.weight.astype(np.float64)
        assert np.abs(W).max() <= limit * (1 + 1e-6)
        assert np.abs(W).max() > 0.99 * limit
        assert abs(W.mean()) < 5 * limit / np.sqrt(3 * W.size)
        assert abs(W.var() / (limit**2 / 3) - 1) < 0.1
        assert layer.bias is not None
        assert (layer.bias == 0).all()


def test_the_same_seed_gives_the_same_network_and_another_one_another() -> None:
    first, again, other = (rv.MLP([5, 4, 3], seed=seed).theta for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    from_sequence = rv.MLP([5, 4, 3], seed=np.random.SeedSequence(1)).theta
    from_generator = rv.MLP([5, 4, 3], seed=np.random.default_rng(1)).theta
    assert np.isfinite(from_sequence).all()
    assert np.isfinite(from_generator).all()
    assert (rv.MLP([5, 4, 3], seed=None).theta != rv.MLP([5, 4, 3], seed=None).theta).any()


def test_float32_starts_where_float64_starts() -> None:
    narrow, wide = (rv.MLP([5, 4, 3], seed=1, dtype=dtype).theta for dtype in DTYPES)
    np.testing.assert_allclose(narrow, wide, rtol=1e-6)


@given(st.sampled_from(ACTIVATIONS), st.integers(1, 4))
def test_one_activation_stands_for_every_hidden_layer(name: str, depth: int) -> None:
    net = rv.MLP([2] * (depth + 1), activation=name, bias=False)
    assert list(net.activations) == [name] * (depth - 1) + ["identity"]
    assert list(net.biases) == [False] * depth


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"widths": [3]}, "widths"),
        ({"widths": []}, "widths"),
        ({"widths": [3, 0, 2]}, "widths"),
        ({"widths": [3, -1]}, "widths"),
        ({"widths": [3, 2.5]}, "widths"),
        ({"widths": "ab"}, "widths"),
        ({"widths": [3, 2], "activation": "tanj"}, "tanh"),
        ({"widths": [3, 2, 2], "activation": ["tanh", "tanh"]}, "activation"),
        ({"widths": [3, 2], "output_activation": "softmax"}, "softmax"),
        ({"widths": [3, 2, 2], "bias": [True]}, "bias"),
        ({"widths": [3, 2], "dtype": "int32"}, "int32"),
        ({"widths": [3, 2], "dtype": "float16"}, "float16"),
        ({"widths": [3, 2], "initializer": "glorot"}, "glorot_uniform"),
        ({"widths": [3, 2], "seed": -1}, "seed"),
        ({"widths": [3, 2], "seed": "one"}, "seed"),
    ],
)
def test_what_is_wrong_is_named(arguments: dict[str, object], told: str) -> None:
    with pytest.raises((ValueError, TypeError), match=told):
        rv.MLP(**arguments)


@pytest.mark.parametrize(
    "widths",
    [
        [2**31, 2**31, 2**31],
        [2**62, 4],
        [2**63 - 1, 1],
        [2**64, 2],
        [1, 2**63],
        [10**6, 10**6, 10**6],
    ],
)
def test_absurd_widths_are_refused_before_anything_is_allocated(widths: list[int]) -> None:
    with pytest.raises((ValueError, MemoryError, OverflowError)) as caught:
        rv.MLP(widths)
    assert str(caught.value)
