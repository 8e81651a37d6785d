"""Layers of another network arrive whole, or nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ravine as rv

FromNetwork = rv.initializers.FromNetwork


def trained(**options: Any) -> rv.MLP:
    net = rv.MLP([3, 5, 4, 2], **options)
    net.theta = np.random.default_rng(8).normal(size=net.parameter_count)
    return net


def test_all_layers_make_the_same_function() -> None:
    other = trained()
    X = np.random.default_rng(0).normal(size=(6, 3))
    copied, drawn = rv.MLP([3, 5, 4, 2], seed=1), rv.MLP([3, 5, 4, 2], initializer=FromNetwork(other))
    copied.copy_layers(other)
    for net in (copied, drawn):
        assert net.theta.tobytes() == other.theta.tobytes()
        assert not np.shares_memory(net.theta, other.theta)
        np.testing.assert_array_equal(net.predict(X), other.predict(X))


def test_some_layers_at_other_places() -> None:
    other = trained()
    net = rv.MLP([5, 4, 2, 7], seed=1)
    last = net.layers[2].weight.copy()
    net.copy_layers(other, {0: 1, 1: 2})
    np.testing.assert_array_equal(net.layers[0].weight, other.layers[1].weight)
    np.testing.assert_array_equal(net.layers[1].bias, other.layers[2].bias)
    np.testing.assert_array_equal(net.layers[2].weight, last)
    drawn = rv.MLP([5, 4, 2, 7], initializer=[FromNetwork(other, 1), FromNetwork(other, 2), "zeros"])
    np.testing.assert_array_equal(drawn.theta[:34], net.theta[:34])
    assert not drawn.layers[2].weight.any()


def test_layers_of_one_network_change_places() -> None:
    net = rv.MLP([4, 4, 4], seed=3)
    first, second = (layer.weight.copy() for layer in net.layers)
    net.copy_layers(net, {0: 1, 1: 0})
    np.testing.assert_array_equal(net.layers[0].weight, second)
    np.testing.assert_array_equal(net.layers[1].weight, first)


def test_dtypes_are_rounded_or_exact() -> None:
    wide, narrow = trained(), rv.MLP([3, 5, 4, 2], dtype="float32")
    narrow.copy_layers(wide)
    np.testing.assert_array_equal(narrow.theta, wide.theta.astype(np.float32))
    back = rv.MLP([3, 5, 4, 2], initializer=FromNetwork(narrow))
    np.testing.assert_array_equal(back.theta, narrow.theta.astype(np.float64))


def too_large() -> rv.MLP:
    net = trained()
    net.layers[2].weight[...] = 1e39
    return net


@pytest.mark.parametrize(
    ("other", "layers", "told"),
    [
        (trained, {0: 1}, r"layer 0: weight must have shape \(3, 5\), got \(5, 4\) from layer 1"),
        (lambda: rv.MLP([3, 5, 2]), None, r"other must have 3 layers, got 2"),
        (lambda: rv.MLP([3, 5, 2]), [2], r"layers of other must lie in \[0, 2\), got 2"),
        (lambda: trained(bias=[True, False, True]), [0, 1], r"layer 1: it has a bias, layer 1 .* has none"),
        (trained, [3], r"layers must lie in \[0, 3\), got 3"),
        (trained, [-1], r"layers must lie in \[0, 3\), got -1"),
        (trained, [0.0], r"layers must be an integer, got 0.0"),
        (trained, 1, r"layers must be a sequence of layer indices, got 1"),
        (trained, "012", r"layers must be a sequence"),
        (too_large, None, r"layer 2 of other must be finite in float32, got inf"),
        (lambda: np.zeros(3), None, r"other must be a ravine.MLP, got ndarray"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_copied(
    other: Callable[[], Any], layers: Any, told: str
) -> None:
    net = rv.MLP([3, 5, 4, 2], dtype="float32", seed=1)
    before = net.theta.copy()
    with pytest.raises((TypeError, ValueError), match=told):
        net.copy_layers(other(), layers)
    assert net.theta.tobytes() == before.tobytes()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: FromNetwork("net"), r"FromNetwork net must be a ravine.MLP, got str"),
        (lambda: FromNetwork(trained(), 3), r"FromNetwork layer must lie in \[0, 3\), got 3"),
        (
            lambda: rv.MLP([3, 4], initializer=FromNetwork(trained())),
            r"layer 0: weight must have shape \(3, 4\)",
        ),
        (
            lambda: rv.MLP([5, 4, 2, 2, 2], initializer=["zeros"] * 3 + [FromNetwork(trained())]),
            "no counterpart",
        ),
        (
            lambda: rv.MLP([3, 5], bias=False, initializer=FromNetwork(trained())),
            r"layer 0: it has no bias, layer 0 of the other network has one",
        ),
    ],
)
def test_an_initialiser_that_does_not_fit_is_named(make: Callable[[], Any], told: str) -> None:
    with pytest.raises((TypeError, ValueError), match=told):
        make()
