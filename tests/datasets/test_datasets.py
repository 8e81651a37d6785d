"""The digits are the ones that are announced; splits share rows out."""

from __future__ import annotations

import hashlib
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ravine import datasets


def test_digits_are_the_announced_bytes() -> None:
    X, y = datasets.digits()
    assert X.shape == (1797, 64)
    assert X.dtype == np.float64
    assert y.shape == (1797,)
    assert y.dtype == np.int64
    assert X.min() == 0
    assert X.max() == 16
    checksum = hashlib.sha256(X.astype(np.uint8).tobytes() + y.astype(np.uint8).tobytes()).hexdigest()
    attribution = (resources.files("ravine") / "data" / "ATTRIBUTION.txt").read_text(encoding="utf-8")
    assert checksum in attribution
    for word in ("Alpaydin", "Kaynak", "CC BY 4.0", "archive.ics.uci.edu"):
        assert word in attribution


def test_digits_look_like_digits() -> None:
    X, y = datasets.digits()
    np.testing.assert_array_equal(np.bincount(y), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    # A zero is empty in the middle, a one is not: rows and columns are where they should be.
    middle = X.reshape(-1, 8, 8)[:, 3:5, 3:5].mean(axis=(1, 2))
    assert middle[y == 0].mean() < 2
    assert middle[y == 1].mean() > 10


def test_digits_equal_those_of_scikit_learn() -> None:
    peer = pytest.importorskip("sklearn.datasets").load_digits()
    X, y = datasets.digits()
    np.testing.assert_array_equal(X, peer.data)
    np.testing.assert_array_equal(y, peer.target)


def test_digits_are_fresh_copies() -> None:
    X, y = datasets.digits()
    X[:] = -1
    y[:] = -1
    again_X, again_y = datasets.digits()
    assert again_X.min() == 0
    assert again_y.min() == 0


def test_the_data_are_small() -> None:
    archive = resources.files("ravine") / "data" / "digits.npz"
    assert len(archive.read_bytes()) < 50_000


@given(st.lists(st.integers(0, 5), min_size=1, max_size=80), st.floats(0.01, 0.99), st.integers(0, 3))
def test_stratified_split_keeps_the_proportions(labels: list[int], fraction: float, seed: int) -> None:
    y = np.array(labels)
    counts = np.bincount(y, minlength=6)
    if counts.max() < 2:
        with pytest.raises(ValueError, match="no class has two rows"):
            datasets.stratified_split(y, fraction, seed)
        return
    training, validation = datasets.stratified_split(y, fraction, seed)
    np.testing.assert_array_equal(np.sort(np.concatenate([training, validation])), np.arange(y.size))
    held_out = np.bincount(y[validation], minlength=6)
    present = counts > 0
    assert (counts[present] - held_out[present] >= 1).all()
    # Every class within one row of its share, unless its last training row had to be kept.
    spare = np.minimum(fraction * counts, np.maximum(counts - 1, 0))
    assert (np.abs(held_out - spare) <= 1).all()
    reachable = int(np.minimum(np.ceil(fraction * counts), np.maximum(counts - 1, 0)).sum())
    assert held_out.sum() == min(max(round(fraction * y.size), 1), reachable)


def test_stratified_split_repeats_with_its_seed_only() -> None:
    _, y = datasets.digits()
    first, second, other = (datasets.stratified_split(y, 0.2, seed)[1] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)
    assert abs(len(first) - 0.2 * len(y)) < 1


def test_stratified_split_takes_text_and_generators() -> None:
    y = ["yes", "no"] * 10
    training, validation = datasets.stratified_split(y, 0.5, np.random.default_rng(3))
    assert len(training) == len(validation) == 10
    assert sum(y[row] == "yes" for row in validation) == 5


@given(st.integers(2, 60), st.floats(0.001, 0.999), st.integers(0, 3))
def test_random_split_shares_all_rows_out(n: int, fraction: float, seed: int) -> None:
    training, validation = datasets.random_split(n, fraction, seed)
    np.testing.assert_array_equal(np.sort(np.concatenate([training, validation])), np.arange(n))
    assert len(validation) == min(max(round(fraction * n), 1), n - 1)
    assert (np.diff(training) > 0).all()


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, float("nan")])
def test_splits_refuse_a_share_that_is_none(fraction: float) -> None:
    with pytest.raises(ValueError, match=f"fraction = {fraction}"):
        datasets.random_split(10, fraction)
    with pytest.raises(ValueError, match=f"fraction = {fraction}"):
        datasets.stratified_split([0, 0, 1, 1], fraction)


@pytest.mark.parametrize("y", [[], [[0, 1]], 3])
def test_stratified_split_refuses_what_is_not_one_label_a_row(y: object) -> None:
    with pytest.raises(ValueError, match="one label a row"):
        datasets.stratified_split(y, 0.5)  # type: ignore[arg-type]  # the wrong type is the point


def test_random_split_refuses_a_single_row() -> None:
    with pytest.raises(ValueError, match="n = 1"):
        datasets.random_split(1, 0.5)
