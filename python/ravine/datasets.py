"""Data to start with, and the two steps that come before any training: splitting and standardising."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Standardizer", "digits", "random_split", "stratified_split"]

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
Seed: TypeAlias = int | np.random.SeedSequence | np.random.Generator | None


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
    order = np.random.default_rng(seed).permutation(n).astype(np.int64)
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
    random = np.random.default_rng(seed)
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


@dataclass(frozen=True, eq=False)
class Standardizer:
    """Columns shifted to mean zero and divided by their standard deviation: ``(X - mean) / scale``.

    Make it with :meth:`fit` from the rows that are trained on, and from no others: validation rows that take
    part in the mean have been seen. A constant column has the scale 1, so it becomes zero, and stays finite
    should the column vary later.

    Attributes
    ----------
    mean, scale : (n,) float64, one number a column; every scale is positive.

    >>> rows = np.array([[1.0, 5.0], [3.0, 5.0]])
    >>> standardizer = Standardizer.fit(rows)
    >>> standardizer.transform(rows).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """

    mean: FloatArray
    scale: FloatArray

    def __post_init__(self) -> None:
        for name in ("mean", "scale"):
            numbers = np.array(getattr(self, name), dtype=np.float64)
            if numbers.ndim != 1 or numbers.size == 0 or not np.isfinite(numbers).all():
                raise ValueError(
                    f"{name}: expected finite numbers, one a column, got the shape {numbers.shape}"
                )
            numbers.flags.writeable = False
            object.__setattr__(self, name, numbers)
        if self.mean.shape != self.scale.shape:
            raise ValueError(f"mean has {self.mean.size} columns, scale has {self.scale.size}")
        if not (self.scale > 0).all():
            raise ValueError(f"scale: expected positive numbers, the smallest is {self.scale.min()}")

    @classmethod
    def fit(cls, X: ArrayLike) -> Standardizer:
        """Mean and standard deviation (divided by N, not N - 1) of each column of X.

        Parameters
        ----------
        X : (N, n) finite numbers, N ≥ 1, n ≥ 1.

        Raises
        ------
        ValueError : another shape, or a number that is not finite; its row and column are told.
        """
        rows = _finite_matrix(X)
        # Computed on columns divided by their largest magnitude, so that nothing overflows on the way.
        largest = np.abs(rows).max(axis=0)
        unit = np.where(largest > 0, largest, 1.0)
        shrunk = rows / unit
        mean = shrunk.mean(axis=0)
        deviation = np.sqrt(np.square(shrunk - mean).mean(axis=0))
        # What rounding leaves of a constant column is no variation: its size relative to 1 is at most a few
        # eps.
        constant = deviation <= 4 * np.finfo(np.float64).eps
        scale = deviation * unit
        return cls(mean * unit, np.where(constant | (scale == 0), 1.0, scale))

    def transform(self, X: ArrayLike) -> FloatArray:
        """``(X - mean) / scale``, a new (N, n) float64 array."""
        return (self._matrix(X) - self.mean) / self.scale

    def inverse_transform(self, X: ArrayLike) -> FloatArray:
        """``X * scale + mean``, a new (N, n) float64 array: undoes :meth:`transform`."""
        return self._matrix(X) * self.scale + self.mean

    def state_dict(self) -> dict[str, list[float]]:
        """Plain numbers, for a model file; :meth:`from_state_dict` gives back the same, bit for bit."""
        return {"mean": self.mean.tolist(), "scale": self.scale.tolist()}

    @classmethod
    def from_state_dict(cls, state: Mapping[str, Any]) -> Standardizer:
        """The standardiser whose :meth:`state_dict` this is; ValueError if it is none."""
        try:
            mean = np.asarray(state["mean"], dtype=np.float64)
            scale = np.asarray(state["scale"], dtype=np.float64)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ValueError(
                f"state: expected lists of numbers named 'mean' and 'scale' ({error})"
            ) from error
        return cls(mean, scale)

    def _matrix(self, X: ArrayLike) -> FloatArray:
        rows = np.asarray(X, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != self.mean.size:
            raise ValueError(f"X has the shape {rows.shape}: expected (N, {self.mean.size})")
        return rows


def _finite_matrix(X: ArrayLike) -> FloatArray:
    rows = np.asarray(X, dtype=np.float64)
    if rows.ndim != 2 or rows.size == 0:
        raise ValueError(f"X has the shape {rows.shape}: expected (N, n) with N ≥ 1 and n ≥ 1")
    bad = np.argwhere(~np.isfinite(rows))
    if bad.size:
        row, column = bad[0]
        raise ValueError(
            f"X[{row}, {column}] = {rows[row, column]}: expected finite numbers ({len(bad)} are not)"
        )
    return rows
