"""The textbook's losses: gradients are differences of values, Hessians differences of gradients."""

from __future__ import annotations

import numpy as np
import pytest

from ravine.reference import LOSSES, one_hot

RNG = np.random.default_rng(5)
F = RNG.normal(size=(6, 4)) * 3
TARGETS = {
    "squared_error": RNG.normal(size=(6, 4)),
    "cross_entropy": RNG.random((6, 4)),  # rows with any sum
    "binary_cross_entropy": RNG.random((6, 4)),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_and_hessian_are_central_differences(loss: str) -> None:
    h = 1e-5
    terms = LOSSES[loss](F, TARGETS[loss])
    for k in range(4):
        step = h * np.eye(4)[k]
        above, below = LOSSES[loss](F + step, TARGETS[loss]), LOSSES[loss](F - step, TARGETS[loss])
        np.testing.assert_allclose(terms.gradient[:, k], (above.value - below.value) / (2 * h), atol=1e-9)
        np.testing.assert_allclose(
            terms.hessian[:, :, k], (above.gradient - below.gradient) / (2 * h), atol=1e-9
        )


@pytest.mark.parametrize("loss", LOSSES)
def test_hessian_is_symmetric_and_positive_semidefinite(loss: str) -> None:
    H = LOSSES[loss](F, TARGETS[loss]).hessian
    assert (H.transpose(0, 2, 1) == H).all()
    assert (np.linalg.eigvalsh(H) > -1e-15).all()


def test_squared_error_is_half_the_squared_distance() -> None:
    terms = LOSSES["squared_error"](np.array([[3.0, 4.0]]), np.zeros((1, 2)))
    assert terms.value == [12.5]


def test_cross_entropy_of_labels_is_that_of_one_hot_rows() -> None:
    labels = np.array([0, 3, 1, 2, 2, 0])
    by_label, by_row = LOSSES["cross_entropy"](F, labels), LOSSES["cross_entropy"](F, one_hot(labels, 4))
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
