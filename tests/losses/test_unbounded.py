"""Risks without a finite minimum are seen, and the direction that is named does lead downhill for ever."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import ravine as rv
from support.problems import Array

X = np.array([[-2.0], [-1.0], [1.0], [3.0]])


def risk(y: Any, loss: Any, weight: list[float], **options: Any) -> rv.EmpiricalRisk:
    net = rv.MLP([1, len(weight)], seed=0)
    net.layers[0].weight[...] = [weight]
    return rv.EmpiricalRisk(net, X, y, loss=loss, **options)


def falls_along(found: rv.EmpiricalRisk, direction: Array) -> None:
    """Never up, and from somewhere near to somewhere far strictly down."""
    theta = found.net.theta
    values = [found.value(theta + t * direction) for t in (0, 0.5, 1, 2, 4, 8, 16)]
    assert all(later < earlier for earlier, later in pairwise(values))


SOFT = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])


@pytest.mark.parametrize(
    ("loss", "y", "weight"),
    [
        ("cross_entropy", [0, 0, 1, 1], [-1.0, 1.0]),
        ("cross_entropy", SOFT, [-1.0, 1.0]),
        ("cross_entropy", [1, 1, 0, 0], [1.0, -0.1]),
        ("binary_cross_entropy", [0.0, 0.0, 1.0, 1.0], [2.0]),
    ],
)
def test_separated_classes(loss: str, y: Any, weight: list[float]) -> None:
    found = risk(y, loss, weight)
    assert "classified rightly" in str(found.unbounded_hint())
    falls_along(found, found.net.theta.copy())
    assert found.unbounded_hint(-found.net.theta) is None
    assert found.subset([0, 3]).unbounded_hint() is not None
    for penalty in ({"l2": 1e-6}, {"l1": 1e-6}):
        assert risk(y, loss, weight, **penalty).unbounded_hint() is None


def test_one_wrong_row_or_share_is_enough_to_say_nothing_unless_it_weighs_nothing() -> None:
    y = [0, 1, 1, 1]
    assert risk(y, "cross_entropy", [-1.0, 1.0]).unbounded_hint() is None
    weighted = risk(y, "cross_entropy", [-1.0, 1.0], sample_weight=[1.0, 0.0, 1.0, 1.0])
    assert weighted.unbounded_hint() is not None
    assert risk(0.9 * SOFT + 0.05, "cross_entropy", [-1.0, 1.0]).unbounded_hint() is None
    assert risk([0.0, 0.1, 1.0, 1.0], "binary_cross_entropy", [2.0]).unbounded_hint() is None
    masked = risk([0.0, np.nan, 1.0, 1.0], "binary_cross_entropy", [2.0], missing="mask")
    assert masked.unbounded_hint() is not None


def test_counts_that_are_all_zero() -> None:
    y = np.array([[1.0, 0.0], [0.0, 0.0], [2.0, 0.0], [3.0, 0.0]])
    found = risk(y, "poisson", [0.1, 0.2], l2=1.0)
    assert "column 1" in str(found.unbounded_hint())
    falls_along(found, np.array([0.0, 0.0, 0.0, -1.0]))
    assert risk(y + 1, "poisson", [0.1, 0.2]).unbounded_hint() is None


def test_a_variance_on_its_way_to_the_floor() -> None:
    y = X[:, 0] * 0.5 + np.array([0.01, -0.01, 0.02, 0.0])
    found = risk(y, rv.losses.Gaussian(minimum_variance=1e-3), [0.5, 0.0])
    assert "floor" in str(found.unbounded_hint())
    falls_along(found, np.array([0.0, 0.0, 0.0, -1.0]))
    tighter = risk(y, rv.losses.Gaussian(minimum_variance=1e-5), [0.5, 0.0])
    assert tighter.unbounded_hint() is None


def test_nothing_is_said_where_the_last_layer_cannot_go() -> None:
    bounded = rv.MLP([1, 2], output_activation="tanh")
    bounded.layers[0].weight[...] = [[-1.0, 1.0]]
    assert rv.EmpiricalRisk(bounded, X, [0, 0, 1, 1], loss="cross_entropy").unbounded_hint() is None
    net = rv.MLP([1, 1], bias=False)
    assert rv.EmpiricalRisk(net, X, np.zeros(4), loss="poisson").unbounded_hint() is None
    assert risk(X, "squared_error", [1.0]).unbounded_hint() is None
    assert risk([0, 0, 1, 1], "hinge", [-1.0, 1.0]).unbounded_hint() is None
