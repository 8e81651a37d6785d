"""Targets and weights of a risk: checked against the loss, classes weighed, missing entries counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine.arrays import Converter, non_negative, require_finite
from ravine.losses import Loss

__all__ = ["ClassWeight", "Targets", "Weights", "checked_targets", "checked_weights"]

ClassWeight = Mapping[int, float] | ArrayLike | str

_BLOCK = 4096  # rows looked at in one go
_CLASS_LOSSES = ("cross_entropy", "hinge", "squared_hinge", "binary_cross_entropy")


@dataclass(frozen=True)
class Targets:
    """What a risk compares the outputs with.

    array : (N, m) numbers, or (N,) int64 labels.
    masked : whether single entries are missing (NaN); else rows are, or nothing.
    present : (N,) the share of its entries that each row has; None where nothing is missing.
    """

    array: NDArray[Any]
    masked: bool
    present: NDArray[np.float64] | None


@dataclass(frozen=True)
class Weights:
    """What each row counts.

    rows : (N, 1) in the network's dtype; None: 1 each.
    targets : the targets, multiplied by the weights of their classes where that cannot be said by rows.
    total : what the sum of weighted losses is divided by for a mean.
    """

    rows: NDArray[Any] | None
    targets: NDArray[Any]
    total: float


def checked_targets(
    converter: Converter, y: ArrayLike, loss: Loss, rows: int, outputs: int, missing: str
) -> Targets:
    """Check y against the loss; names and first positions stand in the errors."""
    if missing not in ("refuse", "mask"):
        raise ValueError(f"missing must be 'refuse' or 'mask', got {missing!r}")
    columns = loss.target_columns(outputs)
    if "labels" in loss.target_kind and (np.ndim(y) <= 1 or loss.target_kind == "labels"):
        return Targets(_labels(np.asarray(y), rows), False, None)
    if np.ndim(y) == 1 and columns in (1, None):
        targets = converter.column(y, "y", rows)
    else:
        targets = converter.matrix(y, "y", rows, columns)
    require_finite(targets, "y", allow_nan=missing == "mask")
    present = _present(targets, loss) if missing == "mask" else None
    _check_range(targets, loss)
    return Targets(targets, present is not None and loss.sums_over_outputs, present)


def _labels(array: NDArray[Any], rows: int) -> NDArray[np.int64]:
    if array.dtype.kind not in "iub":
        raise TypeError(
            f"labels y must be integers, got dtype {array.dtype}; y.astype(int) converts whole numbers"
        )
    if array.shape != (rows,):
        raise ValueError(f"labels y must have shape ({rows},), got {array.shape}")
    if array.dtype.kind == "u" and array.size and array.max() > np.iinfo(np.int64).max:
        raise ValueError(f"labels y must fit 64-bit integers, got {array.max()}")
    return np.array(array, dtype=np.int64, order="C", copy=True)


def _present(targets: NDArray[Any], loss: Loss) -> NDArray[np.float64] | None:
    share = np.empty(len(targets))
    for first in range(0, len(targets), _BLOCK):
        block = targets[first : first + _BLOCK]
        share[first : first + _BLOCK] = 1 - np.isnan(block).mean(axis=1)
    if (share == 1).all():
        return None
    if not share.any():
        raise ValueError("y must not be missing everywhere")
    partly = (share != 0) & (share != 1)
    if not loss.sums_over_outputs and partly.any():
        raise ValueError(
            f"a row of y must be missing whole or not at all for loss={loss.name!r}, which is no sum over "
            f"outputs: row {int(partly.argmax())} has {share[partly.argmax()]:.0%} of its entries"
        )
    return share


def _check_range(targets: NDArray[Any], loss: Loss) -> None:
    """NaN breaks no rule here: where it is not allowed it has been refused before."""
    kind = loss.target_kind
    lowest, highest = _extremes(targets)
    if kind == "counts" and lowest < 0:
        raise ValueError(f"y must not be negative for loss={loss.name!r}, got {lowest}")
    if kind in ("shares", "labels or probabilities") and (lowest < 0 or highest > 1):
        outside = lowest if lowest < 0 else highest
        raise ValueError(f"y must lie in [0, 1] for loss={loss.name!r}, got {outside}")
    if kind == "labels or probabilities":
        distance = np.abs(targets.sum(axis=1, dtype=np.float64) - 1)
        worst = int(np.where(np.isnan(distance), 0, distance).argmax())
        if distance[worst] > 1e-5:
            total = targets[worst].sum(dtype=np.float64)
            raise ValueError(f"rows of y must sum to 1 for loss={loss.name!r}, got {total} in row {worst}")


def _extremes(targets: NDArray[Any]) -> tuple[float, float]:
    """The smallest and largest number, NaN left out; block by block, so that nothing large is copied."""
    lowest, highest = np.inf, -np.inf
    for first in range(0, len(targets), _BLOCK):
        block = targets[first : first + _BLOCK]
        lowest = min(lowest, float(np.fmin.reduce(block, axis=None)))
        highest = max(highest, float(np.fmax.reduce(block, axis=None)))
    return lowest, highest


def checked_weights(
    converter: Converter,
    sample_weight: ArrayLike | None,
    class_weight: ClassWeight | None,
    targets: Targets,
    loss: Loss,
    outputs: int,
) -> Weights:
    """Join the weights of samples, of classes and of missing rows; the total is what a mean divides by."""
    rows = len(targets.array)
    weights = None if sample_weight is None else _sample_weights(converter, sample_weight, rows)
    if class_weight is None and targets.present is None:
        return Weights(weights, targets.array, rows if weights is None else _sum(weights))
    seen, counted = np.ones(rows), np.ones(rows)  # factors of the kernels' weights, and of the total
    array = targets.array
    if class_weight is not None:
        by_class = _class_weights(class_weight, array, loss, outputs)
        by_row, soft = _row_factors(by_class, array, loss)
        counted *= by_row
        if soft:
            array = converter.own(array * by_class.astype(array.dtype), "y")
        else:
            seen *= by_row
    if targets.present is not None:
        counted *= targets.present
        if not targets.masked:
            seen *= targets.present  # 0 or 1
    if weights is not None:
        seen *= weights[:, 0]
        counted *= weights[:, 0]
    if not counted.any():
        raise ValueError("sample_weight, class_weight and missing entries of y leave nothing with any weight")
    return Weights(np.ascontiguousarray(seen[:, None], converter.dtype), array, _sum(counted))


def _sum(weights: NDArray[Any]) -> float:
    return float(weights.sum(dtype=np.float64))


def _class_weights(given: ClassWeight, y: NDArray[Any], loss: Loss, outputs: int) -> NDArray[np.float64]:
    """(classes,) the weight of each class."""
    binary = loss.name == "binary_cross_entropy"
    if loss.name not in _CLASS_LOSSES or (binary and outputs != 1):
        raise ValueError(
            f"class_weight needs {', '.join(_CLASS_LOSSES[:-1])}, or {_CLASS_LOSSES[-1]} of one output; "
            f"got loss={loss.name!r} with {outputs} outputs"
        )
    classes = 2 if binary else outputs
    if isinstance(given, str):
        if given != "balanced":
            raise ValueError(f"class_weight must be 'balanced', a dict or an array, got {given!r}")
        return _balanced(y, classes, binary)
    if isinstance(given, Mapping):
        weights = np.ones(classes)
        for label, weight in given.items():
            if label not in range(classes):
                raise ValueError(f"class_weight names the class {label!r}; labels lie in [0, {classes})")
            weights[int(label)] = non_negative(weight, f"class_weight[{label}]")
        return weights
    weights = np.asarray(given)
    if weights.dtype.kind not in "fiu" or weights.shape != (classes,):
        raise ValueError(
            f"class_weight must hold {classes} numbers, got shape {weights.shape} of {weights.dtype}"
        )
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError(f"class_weight must be finite and not negative, got {weights.tolist()}")
    return weights.astype(np.float64)


def _balanced(y: NDArray[Any], classes: int, binary: bool) -> NDArray[np.float64]:
    """N / (number of classes that occur · rows of the class); 1 for a class that does not occur."""
    counts: NDArray[np.float64]
    if binary:
        ones = float(np.nansum(y))
        counts = np.array([float((~np.isnan(y)).sum()) - ones, ones])
    elif y.ndim == 1:
        counts = np.bincount(np.clip(y, 0, classes - 1), minlength=classes).astype(np.float64)
    else:
        counts = np.nan_to_num(y).sum(axis=0, dtype=np.float64)
    there = counts > 0
    balanced = np.asarray(counts.sum() / (there.sum() * np.where(there, counts, 1)))
    return np.where(there, balanced, 1.0)


def _row_factors(
    by_class: NDArray[np.float64], y: NDArray[Any], loss: Loss
) -> tuple[NDArray[np.float64], bool]:
    """(N,) the weight that the classes give each row, and whether it must go into soft labels instead.

    A label out of range is refused by the core right afterwards.
    """
    if y.ndim == 1:
        return np.asarray(by_class.take(y, mode="clip")), False
    if loss.name == "binary_cross_entropy":
        known = y[:, 0][~np.isnan(y[:, 0])]
        soft = (known != 0) & (known != 1)
        if soft.any():
            raise ValueError(
                f"class_weight needs y of 0 and 1 for loss='binary_cross_entropy', got {known[soft][0]}"
            )
        return np.where(y[:, 0] == 1, by_class[1], by_class[0]), False
    return np.asarray(np.nan_to_num(y.astype(np.float64) @ by_class)), True


def _sample_weights(converter: Converter, sample_weight: ArrayLike, rows: int) -> NDArray[Any]:
    weights = converter.column(sample_weight, "sample_weight", rows)
    require_finite(weights, "sample_weight")
    if weights.min() < 0:
        raise ValueError(
            f"sample_weight must not be negative, got {weights.min()} at {int(weights.argmin())}"
        )
    if not weights.any():
        raise ValueError("sample_weight must not be all zero")
    return weights
