"""The textbook's losses: gradients are differences of values, Hessians differences of gradients."""

from __future__ import annotations

import numpy as np
import pytest

from ravine.reference import LOSSES, one_hot
from ravine.reference.losses import pseudo_huber

RNG = np.random.default_rng(5)
F = RNG.normal(size=(6, 4)) * 3
LABELS = np.array([0, 3, 1, 2, 2, 0])
TARGETS = {
    "squared_error": RNG.normal(size=(6, 4)),
    "cross_entropy": RNG.random((6, 4)),  # rows with any sum
    "binary_cross_entropy": RNG.random((6, 4)),
    "huber": RNG.normal(size=(6, 4)),
    "pseudo_huber": RNG.normal(size=(6, 4)),
    "poisson": RNG.poisson(2, size=(6, 4)).astype(float),
    "cosine": RNG.normal(size=(6, 4)),
    "hinge": LABELS,
    "squared_hinge": LABELS,
    "gaussian": RNG.normal(size=(6, 2)),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_and_hessian_are_central_differences(loss: str) -> None:
    h = 1e-5
    terms = LOSSES[loss](F, TARGETS[loss])
    for k in range(4):
        step = h * np.eye(4)[k]
        above, below = LOSSES[loss](F + step, TARGETS[loss]), LOSSES[loss](F - step, TARGETS[loss])
        slope, bend = (above.value - below.value) / (2 * h), (above.gradient - below.gradient) / (2 * h)
        size = 1 + np.abs(terms.value[:, None]) + np.abs(terms.gradient)
        assert (np.abs(terms.gradient[:, k] - slope) <= 1e-8 * size.max(axis=1)).all()
        assert (np.abs(terms.hessian[:, :, k] - bend) <= 1e-8 * size).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_matrices_are_symmetric_and_the_curvature_positive_semidefinite(loss: str) -> None:
    terms = LOSSES[loss](F, TARGETS[loss])
    for matrix in (terms.hessian, terms.curvature):
        assert (matrix.transpose(0, 2, 1) == matrix).all()
    assert (np.linalg.eigvalsh(terms.curvature) > -1e-14).all()
    if loss not in ("cosine", "gaussian"):
        assert (terms.curvature == terms.hessian).all()


def test_squared_error_is_half_the_squared_distance() -> None:
    terms = LOSSES["squared_error"](np.array([[3.0, 4.0]]), np.zeros((1, 2)))
    assert terms.value == [12.5]


def test_cross_entropy_of_labels_is_that_of_one_hot_rows() -> None:
    by_label, by_row = LOSSES["cross_entropy"](F, LABELS), LOSSES["cross_entropy"](F, one_hot(LABELS, 4))
    for a, b in zip(by_label, by_row, strict=True):
        assert (a == b).all()


def test_two_class_cross_entropy_is_binary_cross_entropy_of_the_difference() -> None:
    labels = np.array([0, 1, 1, 0, 1, 0])
    two = LOSSES["cross_entropy"](F[:, :2], labels).value
    one = LOSSES["binary_cross_entropy"](F[:, 1:2] - F[:, :1], labels).value
    np.testing.assert_allclose(two, one, rtol=1e-14)


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_huge_outputs_stay_finite(loss: str) -> None:
    f = np.array([[1e5, -1e5, -1e5]])
    y = np.array([[0.0, 1.0, 0.0]])
    terms = LOSSES[loss](f, y)
    assert all(np.isfinite(term).all() for term in terms)
    assert terms.value == [2e5]


def test_a_hinge_counts_the_classes_that_come_too_near() -> None:
    terms = LOSSES["hinge"](np.array([[0.0, 0.5, -3.0, 4.0]]), np.array([0]))
    assert terms.value == [1.5 + 5.0]
    assert (terms.gradient == [[-2, 1, 0, 1]]).all()
    assert LOSSES["squared_hinge"](np.array([[0.0, 0.5, -3.0, 4.0]]), np.array([0])).value == [1.5**2 + 25]


def test_huber_is_squared_error_within_delta_and_a_slope_of_delta_outside() -> None:
    near, far = np.array([[0.3]]), np.array([[-5.0]])
    assert LOSSES["huber"](near, np.zeros(1)).value == LOSSES["squared_error"](near, np.zeros(1)).value
    assert LOSSES["huber"](far, np.zeros(1)).gradient == [[-1.0]]
    wide = pseudo_huber(np.array([[1e-4]]), np.zeros(1), delta=100.0)
    np.testing.assert_allclose(wide.value, 0.5e-8, rtol=1e-3)


def test_the_gaussian_loss_is_the_logarithm_of_the_density() -> None:
    """Up to ½ log 2π: exp(−L)/√2π integrates to one over y."""
    y = np.linspace(-60, 60, 200_001)
    f = np.broadcast_to([0.7, 1.3], (len(y), 2))
    density = np.exp(-LOSSES["gaussian"](f, y).value) / np.sqrt(2 * np.pi)
    np.testing.assert_allclose(density.sum() * (y[1] - y[0]), 1, rtol=1e-9)


def test_a_poisson_loss_has_its_minimum_where_the_rate_is_the_count() -> None:
    assert LOSSES["poisson"](np.log(np.array([[3.0]])), np.array([3.0])).gradient == pytest.approx(
        0, abs=1e-15
    )


@pytest.mark.parametrize("loss", ["squared_error", "binary_cross_entropy", "huber", "poisson", "gaussian"])
def test_a_target_that_is_missing_says_nothing(loss: str) -> None:
    y = TARGETS[loss].copy()
    y[2] = np.nan
    terms = LOSSES[loss](F, y)
    assert all(np.isfinite(term).all() and (term[2] == 0).all() for term in terms)
    for got, want in zip(terms, LOSSES[loss](F, TARGETS[loss]), strict=True):
        assert (got[[0, 1, 3, 4, 5]] == want[[0, 1, 3, 4, 5]]).all()


def test_the_cosine_loss_is_half_the_squared_distance_of_the_directions() -> None:
    y = TARGETS["cosine"]
    u, v = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (F, y))
    np.testing.assert_allclose(LOSSES["cosine"](F, y).value, 0.5 * ((u - v) ** 2).sum(axis=1), rtol=1e-13)
