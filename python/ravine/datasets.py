"""Data to start with, and the two steps that come before any training: splitting and standardising.

:class:`ravine.Standardizer` is here as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine.scaling import Standardizer
from ravine.seeds import Seed, generator

__all__ = ["Standardizer", "digits", "random_split", "stratified_split"]

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]


def digits() -> tuple[FloatArray, IntArray]:
    """1,797 handwritten digits, 8 × 8 grey values each, and the digit that was meant.

    Returns
    -------
    X : (1797, 64) float64
        Grey values 0 (paper) to 16 (ink), the eight rows of an image one after another.
    y : (1797,) int64
        The digit, 0 to 9; every class has 174 to 183 images.

    Both arrays are fresh copies, so they may be changed.

    Source: E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, CC BY 4.0; see ``data/ATTRIBUTION.txt`` in the package.

    >>> X, y = digits()
    >>> X.shape, y[:5].tolist()
    ((1797, 64), [0, 1, 2, 3, 4])
    """
    with np.load(Path(__file__).parent / "data" / "digits.npz", allow_pickle=False) as archive:
        return archive["pixels"].astype(np.float64), archive["labels"].astype(np.int64)


def random_split(n: int, fraction: float, seed: Seed = 0) -> tuple[IntArray, IntArray]:
    """Share the rows 0 … n-1 out at random: one part to train on, one to validate on.

    Parameters
    ----------
    n : number of rows, at least 2.
    fraction : share of the rows for validation, 0 < fraction < 1; ``round(fraction * n)`` rows, but at least
        one on either side.
    seed : int, SeedSequence, Generator or None (a different split each time).

    Returns
    -------
    training, validation : int64 row numbers, ascending, without a common element; together all rows.

    Raises
    ------
    ValueError : fraction outside (0, 1), or fewer than two rows.

    >>> training, validation = random_split(10, 0.2, seed=0)
    >>> len(training), len(validation)
    (8, 2)
    """
    _check_fraction(fraction)
    if n < 2:
        raise ValueError(f"n = {n}: a split needs at least 2 rows, one to train on and one to validate on")
    order = generator(seed).permutation(n).astype(np.int64)
    held_out = min(max(round(fraction * n), 1), n - 1)
    return np.sort(order[held_out:]), np.sort(order[:held_out])


def stratified_split(y: ArrayLike, fraction: float, seed: Seed = 0) -> tuple[IntArray, IntArray]:
    """Share the rows out at random such that both parts hold each class in the same proportion.

    A class of n_k rows gives ``fraction * n_k`` of them to validation, rounded down or up such that the
    total is ``round(fraction * N)`` (largest remainders first); every class keeps at least one row for
    training.

    Parameters
    ----------
    y : (N,) labels: whole numbers, text or booleans.
    fraction : share of the rows for validation, 0 < fraction < 1.
    seed : int, SeedSequence, Generator or None (a different split each time).

    Returns
    -------
    training, validation : int64 row numbers, ascending, without a common element; together all rows.

    Raises
    ------
    ValueError : y not one-dimensional or empty, fraction outside (0, 1), or no class with two rows.

    >>> training, validation = stratified_split(["a"] * 8 + ["b"] * 4, 0.25, seed=0)
    >>> [int((validation < 8).sum()), int((validation >= 8).sum())]
    [2, 1]
    """
    _check_fraction(fraction)
    labels = np.asarray(y)
    if labels.ndim != 1 or labels.size == 0:
        raise ValueError(f"y has the shape {labels.shape}: expected one label a row, (N,) with N ≥ 1")
    _, members, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if counts.max() < 2:
        raise ValueError("y: no class has two rows, so none can be both trained on and validated on")
    quota = _validation_rows_per_class(counts, fraction)
    random = generator(seed)
    held_out = np.zeros(labels.size, dtype=bool)
    for k, rows in enumerate(quota):
        held_out[random.permutation(np.flatnonzero(members == k))[:rows]] = True
    return np.flatnonzero(~held_out).astype(np.int64), np.flatnonzero(held_out).astype(np.int64)


def _validation_rows_per_class(counts: NDArray[Any], fraction: float) -> IntArray:
    """Whole numbers near fraction·counts with the sum round(fraction·N), if the classes can spare them."""
    exact = fraction * counts
    quota: IntArray = np.minimum(np.floor(exact).astype(np.int64), counts - 1)
    wanted = max(round(fraction * int(counts.sum())), 1)
    for k in np.argsort(quota - exact, kind="stable"):
        if quota.sum() < wanted and quota[k] < min(exact[k], counts[k] - 1):
            quota[k] += 1
    return quota


def _check_fraction(fraction: float) -> None:
    if not 0 < fraction < 1:
        raise ValueError(f"fraction = {fraction}: expected a number between 0 and 1, both excluded")
