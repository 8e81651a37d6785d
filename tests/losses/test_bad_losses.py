"""Losses, parameters and targets that make no sense are refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ravine as rv
from support.losses import NAMES

X = np.ones((6, 2))


@pytest.mark.parametrize("value", [0, -1.0, np.nan, np.inf, "1", None, True])
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (rv.losses.Huber, "delta"),
        (rv.losses.PseudoHuber, "delta"),
        (rv.losses.Gaussian, "minimum_variance"),
    ],
)
def test_parameters_out_of_range(kind: Any, name: str, value: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=name):
        kind(value)


@pytest.mark.parametrize("value", [1e-60, 1e60])
def test_parameters_that_float32_cannot_hold(value: float) -> None:
    net = rv.MLP([2, 1], dtype="float32")
    with pytest.raises(ValueError, match=r"Huber\(delta=.*float32"):
        rv.EmpiricalRisk(net, X, np.ones(6), loss=rv.losses.Huber(value))
    rv.EmpiricalRisk(rv.MLP([2, 1]), X, np.ones(6), loss=rv.losses.Huber(value))


@pytest.mark.parametrize(
    ("loss", "outputs", "y", "told"),
    [
        ("poisson", 1, [1, 2, 0, 3, -1, 0], r"y must not be negative.*poisson.*-1"),
        ("binary_cross_entropy", 1, [1, 0, 0, 1.5, 0, 0], r"y must lie in \[0, 1\]"),
        ("hinge", 1, np.zeros(6, int), "hinge.*at least 2 classes, got 1"),
        ("squared_hinge", 1, np.zeros(6, int), "squared_hinge.*at least 2"),
        ("hinge", 3, np.zeros((6, 3)), "labels y must be integers"),
        ("hinge", 3, [0, 1, 2, 3, 0, 0], r"y\[3\] = 3"),
        ("squared_hinge", 3, [0, 1, 2, -1, 0, 0], r"y\[3\] = -1"),
        ("hinge", 3, np.zeros((6, 1), int), r"labels y must have shape \(6,\)"),
        ("gaussian", 3, np.zeros((6, 1)), "gaussian.*even number, got 3"),
        ("gaussian", 4, np.zeros((6, 4)), r"y must have shape \(6, 2\)"),
        ("gaussian", 4, np.zeros(6), r"y must have shape \(6, 2\)"),
        ("cosine", 3, np.zeros((6, 2)), r"y must have shape \(6, 3\)"),
        ("huber", 3, np.full((6, 3), np.nan), r"y must be finite"),
        (rv.losses.Custom(lambda f, y: (f, y)), 3, np.zeros((5, 3)), r"y must have shape \(6, any number\)"),
        (rv.losses.Custom(lambda f, y: (f, y)), 3, np.zeros((6, 3, 1)), "y"),
    ],
)
def test_targets_that_do_not_fit(loss: Any, outputs: int, y: Any, told: str) -> None:
    with pytest.raises((ValueError, TypeError), match=told):
        rv.EmpiricalRisk(rv.MLP([2, outputs]), X, np.asarray(y), loss=loss)


@pytest.mark.parametrize("loss", ["mse", "custom", None, 3, rv.losses.Huber, rv.losses.Loss()])
def test_what_is_no_loss(loss: Any) -> None:
    with pytest.raises(ValueError, match=r"loss must be an object of ravine.losses or .*squared_error"):
        rv.EmpiricalRisk(rv.MLP([2, 1]), X, np.ones(6), loss=loss)
    with pytest.raises(ValueError, match="loss"):
        rv.fit(rv.MLP([2, 1]), X, np.ones(6), loss=loss)


def test_probabilities_are_made_by_the_losses_that_have_them() -> None:
    net = rv.MLP([2, 2], seed=0)
    for name in NAMES:
        loss = rv.losses.as_loss(name)
        if "cross_entropy" in name:
            np.testing.assert_array_equal(net.predict_proba(X, loss), net.predict_proba(X, name))
        else:
            with pytest.raises(ValueError, match=f"{name}.*does not make probabilities"):
                net.predict_proba(X, loss)


def test_outputs_to_evaluate_have_two_axes() -> None:
    with pytest.raises(ValueError, match="outputs must have shape"):
        rv.losses.SquaredError().evaluate([1.0, 2.0], [1.0, 2.0])


def test_a_loss_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        rv.losses.Huber().delta = 2.0  # type: ignore[misc]  # what is tested
