"""Weights of classes: by number, by name, balanced; with labels, soft labels and yes-or-no questions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ravine as rv
from support.problems import DTYPES, Array
from support.risk_pairs import assert_same, make_pair

C = np.array([0.5, 2.0, 0.0, 3.0])
LABELS = np.random.default_rng(1).integers(0, 4, size=50)
BY_LABEL = ["cross_entropy", "hinge", "squared_hinge"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("name", BY_LABEL)
def test_a_label_multiplies_the_weight_of_its_row(name: str, weighted: bool, dtype: str) -> None:
    w = np.random.default_rng(3).random(50) if weighted else np.ones(50)
    ours, _ = make_pair(
        name, dtype=dtype, y=LABELS, ours={"class_weight": C, "sample_weight": w if weighted else None}
    )
    _, theirs = make_pair(name, dtype=dtype, y=LABELS, sample_weight=w * C[LABELS])
    assert_same(ours, theirs)
    rows = [0, 10, 11]
    assert_same(ours.subset(rows), theirs.subset(rows))


def test_a_dict_leaves_other_classes_at_one() -> None:
    by_dict, _ = make_pair("cross_entropy", y=LABELS, ours={"class_weight": {1: 2.0, np.int64(3): 0}})
    by_array, _ = make_pair("cross_entropy", y=LABELS, ours={"class_weight": [1, 2, 1, 0]})
    assert by_dict.value() == by_array.value()


def test_weights_of_one_are_none() -> None:
    plain, _ = make_pair("cross_entropy", y=LABELS)
    ones, _ = make_pair("cross_entropy", y=LABELS, ours={"class_weight": np.ones(4)})
    assert ones.value_and_gradient()[0] == plain.value()
    np.testing.assert_array_equal(ones.gradient(), plain.gradient())


def test_balanced_classes_weigh_the_same_and_their_sum_is_the_rows() -> None:
    """Repeating the rows of a rare class as often as it is rarer gives the same mean."""
    X, net = np.random.default_rng(0).normal(size=(9, 2)), rv.MLP([2, 4], seed=3)
    y = np.array([0, 0, 0, 0, 0, 0, 1, 1, 3])  # class 2 does not occur
    balanced = rv.EmpiricalRisk(net, X, y, loss="cross_entropy", class_weight="balanced")
    rows = [*range(6), *([6, 7] * 3), *([8] * 6)]
    repeated = rv.EmpiricalRisk(net, X[rows], y[rows], loss="cross_entropy")
    np.testing.assert_allclose(balanced.value(), repeated.value(), rtol=1e-14)
    np.testing.assert_allclose(balanced.gradient(), repeated.gradient(), atol=1e-15)
    total = rv.EmpiricalRisk(net, X, y, loss="cross_entropy", class_weight="balanced", reduction="sum")
    np.testing.assert_allclose(total.value(), 9 * balanced.value(), rtol=1e-14)


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("class_weight", [C, "balanced"])
def test_soft_labels_are_as_many_labelled_rows(class_weight: Any, weighted: bool) -> None:
    rng = np.random.default_rng(5)
    soft = rng.dirichlet(np.ones(4), size=6)
    w = rng.random(6) if weighted else np.ones(6)
    X, net = rng.normal(size=(6, 3)), rv.MLP([3, 4], seed=1)
    ours = rv.EmpiricalRisk(
        net, X, soft, loss="cross_entropy", class_weight=class_weight, sample_weight=w if weighted else None
    )
    counts = soft.sum(axis=0)
    c = counts.sum() / (4 * counts) if isinstance(class_weight, str) else class_weight
    rows = rv.EmpiricalRisk(
        net,
        np.repeat(X, 4, axis=0),
        np.tile(np.arange(4), 6),
        loss="cross_entropy",
        sample_weight=(w[:, None] * soft * c).reshape(-1),
    )
    np.testing.assert_allclose(ours.value(), rows.value(), rtol=1e-13)
    np.testing.assert_allclose(ours.gradient(), rows.gradient(), atol=1e-14)
    assert "y" in ours.copied
    with pytest.raises(ValueError, match="copy=False"):
        rv.EmpiricalRisk(net, X, soft, loss="cross_entropy", class_weight=C, copy=False)


@pytest.mark.parametrize("class_weight", [{0: 3.0, 1: 0.5}, "balanced"])
def test_one_yes_or_no_question_has_two_classes(class_weight: Any) -> None:
    y = (np.arange(50) % 5 == 0).astype(float)
    c = np.array([50 / (2 * 40), 50 / (2 * 10)]) if class_weight == "balanced" else np.array([3.0, 0.5])
    ours, _ = make_pair(
        "binary_cross_entropy", widths=(5, 1), y=y, ours={"class_weight": class_weight}, textbook_y=y
    )
    _, theirs = make_pair("binary_cross_entropy", widths=(5, 1), y=y, sample_weight=c[y.astype(int)])
    assert_same(ours, theirs)


@pytest.mark.parametrize(
    ("name", "class_weight", "y", "told"),
    [
        ("cross_entropy", {4: 1.0}, LABELS, "class 4; labels lie in .0, 4."),
        ("cross_entropy", {"cat": 1.0}, LABELS, "class 'cat'"),
        ("cross_entropy", {-1: 1.0}, LABELS, "class -1"),
        ("cross_entropy", {1: -2.0}, LABELS, r"class_weight\[1\].*-2"),
        ("cross_entropy", {1: "two"}, LABELS, r"class_weight\[1\]"),
        ("cross_entropy", [1.0, 2.0], LABELS, "class_weight must hold 4 numbers"),
        ("cross_entropy", [1.0, 2.0, np.nan, 1.0], LABELS, "class_weight must be finite"),
        ("cross_entropy", [1.0, 2.0, -1.0, 1.0], LABELS, "class_weight"),
        ("cross_entropy", "equal", LABELS, "class_weight must be 'balanced'"),
        ("cross_entropy", 3.0, LABELS, "class_weight"),
        ("cross_entropy", np.zeros(4), LABELS, "leave nothing"),
        ("cross_entropy", [0, 1, 1, 1], np.zeros(50, int), "leave nothing"),
        ("squared_error", C, None, "class_weight needs.*squared_error"),
        ("binary_cross_entropy", C, None, "class_weight needs.*4 outputs"),
    ],
)
def test_class_weights_that_make_no_sense(name: str, class_weight: Any, y: Array | None, told: str) -> None:
    with pytest.raises((ValueError, TypeError), match=told):
        make_pair(name, y=y, ours={"class_weight": class_weight})


def test_a_label_out_of_range_is_refused_by_name_with_class_weights_too() -> None:
    for wrong in (4, -1):
        y = LABELS.copy()
        y[7] = wrong
        for class_weight in (C, "balanced"):
            with pytest.raises(ValueError, match=rf"y\[7\] = {wrong}"):
                make_pair("hinge", y=y, ours={"class_weight": class_weight})


def test_a_share_has_no_class_of_its_own() -> None:
    with pytest.raises(ValueError, match="0 and 1"):
        make_pair(
            "binary_cross_entropy", widths=(5, 1), y=np.full(50, 0.5), ours={"class_weight": "balanced"}
        )
