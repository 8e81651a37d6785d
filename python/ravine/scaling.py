"""Columns in units of their own deviation: what comes before any training, fitted on training rows alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine.arrays import real_array
from ravine.tables import format_table

__all__ = ["Standardizer"]

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]

_SHOWN = 12  # columns that repr shows; of more, the first and the last half of them
_NO_VARIATION = 4 * float(np.finfo(np.float64).eps)  # relative to the column's largest magnitude


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Standardizer:
    """Columns shifted to mean zero and divided by their standard deviation: ``(X - mean) / scale``.

    Make it with :meth:`fit` from the rows that are trained on, and from no others: validation rows that take
    part in the mean have been seen. A constant column has the scale 1, so it becomes zero, and stays finite
    should the column vary later; ``constant`` says which ones these are, and so does the table that is
    printed. Regression targets (N,) are one column and stay (N,).

    Two standardisers are equal if they do the same to every number.

    Attributes
    ----------
    mean, scale : (n,) float64, read-only, one number a column; every scale is positive.
    constant : (n,) bool, read-only: the column did not vary in the rows of the fit.

    >>> rows = np.array([[1.0, 5.0], [3.0, 5.0]])
    >>> standardizer = Standardizer.fit(rows)
    >>> standardizer.transform(rows).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    >>> standardizer
    Standardizer of 2 columns
    column  mean  scale
    ------  ----  -----  --------
    0          2      1
    1          5      1  constant
    """

    mean: FloatArray
    scale: FloatArray
    constant: BoolArray

    def __init__(self, mean: ArrayLike, scale: ArrayLike, constant: ArrayLike | None = None) -> None:
        for name, given in (("mean", mean), ("scale", scale)):
            numbers = np.array(real_array(given, name), dtype=np.float64)
            if numbers.ndim != 1 or numbers.size == 0 or not np.isfinite(numbers).all():
                raise ValueError(
                    f"{name}: expected finite numbers, one a column, got the shape {numbers.shape}"
                )
            self._keep(name, numbers)
        if self.mean.shape != self.scale.shape:
            raise ValueError(f"mean has {self.mean.size} columns, scale has {self.scale.size}")
        if not (self.scale > 0).all():
            raise ValueError(f"scale: expected positive numbers, the smallest is {self.scale.min()}")
        truths = np.zeros(self.mean.size, np.bool_) if constant is None else np.array(constant)
        if truths.dtype != np.bool_ or truths.shape != self.mean.shape:
            raise ValueError(f"constant: expected {self.mean.size} truth values, got {truths.tolist()!r:.80}")
        self._keep("constant", truths)

    def _keep(self, name: str, array: NDArray[Any]) -> None:
        array.flags.writeable = False
        object.__setattr__(self, name, array)

    @classmethod
    def fit(
        cls, X: ArrayLike, *, missing: str = "refuse", sample_weight: ArrayLike | None = None
    ) -> Standardizer:
        """Mean and standard deviation (divided by N, not N - 1) of each column of X.

        Parameters
        ----------
        X : (N, n) finite numbers, N ≥ 1, n ≥ 1, any distance between rows; or (N,) for one column.
        missing : "refuse" NaN, or "ignore" it: a column is measured by the numbers that are there.
        sample_weight : (N,) finite, not negative, not all zero: a row of weight 2 is as good as two rows, one
            of weight 0 is not looked at. None: all 1.

        Raises
        ------
        ValueError : another shape, a number that is not finite (its row and column are told), or a column
            that is missing altogether.

        >>> Standardizer.fit([1.0, 3.0, np.nan], missing="ignore").mean
        array([2.])
        """
        rows, present = _measurable(X, missing)
        weights = None if sample_weight is None else _checked_weights(sample_weight, present)
        if weights is not None:
            present &= (weights > 0)[:, None]
            rows = np.where(present, rows, 0.0)
        # Computed on columns divided by their largest magnitude, so that nothing overflows on the way.
        largest = np.abs(rows).max(axis=0, where=present, initial=0.0)
        unit = np.where(largest > 0, largest, 1.0)
        shrunk = rows / unit
        average = _average_over(present, weights)
        mean = average(shrunk)
        deviation = np.sqrt(average(np.square(shrunk - mean)))
        scale = deviation * unit
        # What rounding leaves of a constant column is no variation.
        constant = (deviation <= _NO_VARIATION) | (scale == 0)
        return cls(mean * unit, np.where(constant, 1.0, scale), constant)

    def transform(self, X: ArrayLike) -> FloatArray:
        """``(X - mean) / scale``, a new (N, n) float64 array; (N,) for (N,). NaN stays NaN."""
        rows, shape = self._rows(X)
        return ((rows - self.mean) / self.scale).reshape(shape)

    def inverse_transform(self, X: ArrayLike) -> FloatArray:
        """``X * scale + mean``, a new (N, n) float64 array: undoes :meth:`transform`."""
        rows, shape = self._rows(X)
        return (rows * self.scale + self.mean).reshape(shape)

    def state_dict(self) -> dict[str, list[float] | list[bool]]:
        """Plain numbers, for a model file; :meth:`from_state_dict` gives back the same, bit for bit."""
        return {"mean": self.mean.tolist(), "scale": self.scale.tolist(), "constant": self.constant.tolist()}

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
        return cls(mean, scale, state.get("constant"))

    def _rows(self, X: ArrayLike) -> tuple[FloatArray, tuple[int, ...]]:
        """X as (N, n) numbers, and the shape of the answer."""
        given = real_array(X, "X").astype(np.float64, copy=False)
        rows = given[:, None] if given.ndim == 1 and self.mean.size == 1 else given
        if rows.ndim != 2 or rows.shape[1] != self.mean.size:
            raise ValueError(f"X has the shape {given.shape}: expected (N, {self.mean.size})")
        return rows, given.shape

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Standardizer):
            return NotImplemented
        return bool(np.array_equal(self.mean, other.mean) and np.array_equal(self.scale, other.scale))

    def __hash__(self) -> int:
        return hash((*self.mean.tolist(), *self.scale.tolist()))

    def __repr__(self) -> str:
        count = self.mean.size
        ends = range(count) if count <= _SHOWN else [*range(_SHOWN // 2), *range(count - _SHOWN // 2, count)]
        rows = [self._cells(column) for column in ends]
        if count > _SHOWN:
            rows.insert(_SHOWN // 2, ["...", "", "", ""])
        title = f"Standardizer of {count} column{'s' if count > 1 else ''}"
        constants = int(self.constant.sum())
        if count > _SHOWN and constants:
            title += f", {constants} of them constant"
        width = 4 if any(row[3] for row in rows) else 3
        return (
            f"{title}\n{format_table(['column', 'mean', 'scale', ''][:width], [row[:width] for row in rows])}"
        )

    def _cells(self, column: int) -> list[str]:
        numbers = [f"{float(numbers[column]):.6g}" for numbers in (self.mean, self.scale)]
        return [str(column), *numbers, "constant" if self.constant[column] else ""]


def _measurable(X: ArrayLike, missing: str) -> tuple[FloatArray, BoolArray]:
    """X as (N, n) float64 with zeros for what is missing, and where it is present."""
    if missing not in ("refuse", "ignore"):
        raise ValueError(f"missing must be 'refuse' or 'ignore', got {missing!r}")
    given = real_array(X, "X").astype(np.float64, copy=False)
    rows = given[:, None] if given.ndim == 1 else given
    if rows.ndim != 2 or rows.size == 0:
        raise ValueError(f"X has the shape {given.shape}: expected (N, n) with N ≥ 1 and n ≥ 1")
    present = ~np.isnan(rows)
    accepted = np.isfinite(rows) if missing == "refuse" else ~np.isinf(rows)
    bad = np.argwhere(~accepted)
    if bad.size:
        position = ", ".join(str(i) for i in bad[0, : given.ndim])
        hint = "; missing='ignore' measures the others" if np.isnan(rows[tuple(bad[0])]) else ""
        raise ValueError(
            f"X[{position}] = {rows[tuple(bad[0])]}: expected finite numbers ({len(bad)} are not){hint}"
        )
    empty = np.flatnonzero(~present.any(axis=0))
    if empty.size:
        raise ValueError(f"X[:, {empty[0]}]: expected at least one number in a column, all are missing")
    return np.where(present, rows, 0.0), present


def _checked_weights(sample_weight: ArrayLike, present: BoolArray) -> FloatArray:
    """Return how much each row counts, after a look that no column is left with nothing."""
    weights = real_array(sample_weight, "sample_weight").astype(np.float64)
    if weights.shape != present.shape[:1]:
        raise ValueError(f"sample_weight must have the shape {present.shape[:1]}, got {weights.shape}")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError("sample_weight must be finite and not negative")
    weightless = np.flatnonzero(~present[weights > 0].any(axis=0))
    if weightless.size:
        raise ValueError(f"sample_weight leaves X[:, {weightless[0]}] without a number of any weight")
    return weights


def _average_over(present: BoolArray, sample_weight: FloatArray | None) -> Callable[[FloatArray], FloatArray]:
    """Return what takes the mean of each column over the numbers that are there."""
    if sample_weight is None:
        counted: Any = True if present.all() else present
        return lambda values: values.mean(axis=0, where=counted)
    share = present * (sample_weight / sample_weight.max())[:, None]
    share /= share.sum(axis=0)
    return lambda values: np.asarray((share * values).sum(axis=0))
