"""Targets that are not there."""

from __future__ import annotations

import numpy as np
import pytest

import ravine as rv
from support.losses import NAMES, SUMS, draw_targets
from support.problems import DTYPES, Array
from support.risk_pairs import assert_same, make_pair


def holes(name: str, rows: int = 50, share: float = 0.4) -> Array:
    rng = np.random.default_rng(6)
    y = draw_targets(name, rows, 4, rng)
    y[rng.random(y.shape) < share] = np.nan
    y[7] = np.nan
    return y


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SUMS)
def test_single_entries_agree_with_the_textbook(name: str, dtype: str, weighted: bool) -> None:
    w = np.random.default_rng(2).random(50).astype(dtype) if weighted else None
    ours, theirs = make_pair(name, dtype=dtype, y=holes(name), sample_weight=w, ours={"missing": "mask"})
    assert_same(ours, theirs)
    assert_same(ours.subset([7, 8, 8]), theirs.subset([7, 8, 8]))
    total, textbook_total = make_pair(name, y=holes(name), reduction="sum", ours={"missing": "mask"})
    assert_same(total, textbook_total)


@pytest.mark.parametrize("name", ["cross_entropy", "cosine"])
def test_whole_rows_are_as_good_as_absent(name: str) -> None:
    y = draw_targets(name, 50, 4, np.random.default_rng(6), labels=False)
    gone = np.arange(50) % 3 == 1
    y[gone] = np.nan
    ours, _ = make_pair(name, y=y, ours={"missing": "mask"})
    _, theirs = make_pair(name, y=np.where(gone[:, None], 0.25, y), sample_weight=1.0 - gone)
    assert_same(ours, theirs)


@pytest.mark.parametrize("name", SUMS)
def test_batches_are_unbiased(name: str) -> None:
    risk, _ = make_pair(name, y=holes(name), ours={"missing": "mask"})
    value, gradient = risk.value_and_gradient()
    parts = [risk.subset(rows).value_and_gradient() for rows in np.arange(50).reshape(10, 5)]
    np.testing.assert_allclose(np.mean([part[0] for part in parts]), value, rtol=1e-12)
    np.testing.assert_allclose(np.mean([part[1] for part in parts], axis=0), gradient, atol=1e-12)


def test_what_is_missing_does_not_move_the_mean_of_a_constant_loss() -> None:
    """Each entry is wrong by 2: however many are there, J is ½ · 4 for each of the three columns."""
    net, X = rv.MLP([2, 3], initializer="zeros"), np.ones((5, 2))
    y = np.full((5, 3), 2.0)
    for place in [(0, 0), (0, 1), (3, 2)]:
        y[place] = np.nan
        assert rv.EmpiricalRisk(net, X, y, missing="mask").value() == pytest.approx(6.0, rel=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_a_mask_over_complete_targets_changes_no_bit(name: str) -> None:
    plain, _ = make_pair(name)
    masked, _ = make_pair(name, ours={"missing": "mask"})
    assert masked.value() == plain.value()
    np.testing.assert_array_equal(masked.gradient(), plain.gradient())


def test_class_weights_of_missing_rows_do_not_count() -> None:
    y = np.random.default_rng(6).dirichlet(np.ones(4), size=50)
    y[::2] = np.nan
    c = np.array([1.0, 2.0, 3.0, 4.0])
    ours, _ = make_pair("cross_entropy", y=y, ours={"missing": "mask", "class_weight": c})
    there = np.where(np.isnan(y), 0.25, y)
    w = np.where(np.isnan(y[:, 0]), 0.0, 1.0)
    other, _ = make_pair("cross_entropy", y=there, ours={"sample_weight": w, "class_weight": c})
    np.testing.assert_allclose(ours.value(), other.value(), rtol=1e-14)
    balanced, _ = make_pair("cross_entropy", y=y, ours={"missing": "mask", "class_weight": "balanced"})
    assert np.isfinite(balanced.value())


def test_binary_classes_with_missing_answers() -> None:
    y = np.array([0, 1, 1, np.nan, 1] * 10)
    ours, _ = make_pair(
        "binary_cross_entropy", widths=(5, 1), y=y, ours={"missing": "mask", "class_weight": "balanced"}
    )
    w = np.array([40 / 20, 40 / 60, 40 / 60, 0, 40 / 60] * 10)
    _, theirs = make_pair("binary_cross_entropy", widths=(5, 1), y=np.nan_to_num(y), sample_weight=w)
    assert_same(ours, theirs)


@pytest.mark.parametrize("name", SUMS)
def test_nothing_is_masked_unless_asked_for(name: str) -> None:
    with pytest.raises(ValueError, match=r"y.*nan"):
        make_pair(name, y=holes(name))


def test_masks_that_make_no_sense() -> None:
    y = holes("squared_error")
    with pytest.raises(ValueError, match="missing must be"):
        make_pair("squared_error", y=y, ours={"missing": "drop"})
    with pytest.raises(ValueError, match="missing everywhere"):
        make_pair("squared_error", y=np.full((50, 4), np.nan), ours={"missing": "mask"})
    y[3, 1] = np.inf
    with pytest.raises(ValueError, match=r"y\[3, 1\]"):
        make_pair("squared_error", y=y, ours={"missing": "mask"})
    y = np.random.default_rng(6).normal(size=(50, 4))
    y[2, 3] = np.nan
    with pytest.raises(ValueError, match=r"missing whole or not at all.*row 2"):
        make_pair("cosine", y=y, ours={"missing": "mask"})
    y[1:] = np.nan
    with pytest.raises(ValueError, match="leave nothing"):
        make_pair("cosine", y=y, ours={"missing": "mask", "sample_weight": np.arange(50.0)})


def test_training_with_missing_targets_learns_the_rest() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = np.stack([X[:, 0], X[:, 1] - X[:, 0]], axis=1)
    y[rng.random(y.shape) < 0.5] = np.nan
    net = rv.MLP([2, 2], initializer="zeros")
    risk, optimizer = rv.EmpiricalRisk(net, X, y, missing="mask"), rv.optim.Adam(lr=0.05)
    for epoch in range(60):
        for rows in rv.minibatches(200, 20, epoch=epoch):
            optimizer.step(net.theta, risk.subset(rows).gradient())
    np.testing.assert_allclose(net.layers[0].weight, [[1, -1], [0, 1]], atol=1e-3)
