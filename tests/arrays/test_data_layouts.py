"""Data as users have it: used where it lies, or converted and said, or refused by name."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support.memory import BORROWED, CONVERTED, laid_out_at, memory_mapped
from support.problems import DTYPES, Problem

PROBLEM = Problem(rows=21, weighted=True)
WANT = PROBLEM.risk().value_and_gradient()


def same_bits(risk: Any) -> bool:
    value, gradient = risk.value_and_gradient()
    return bool(value == WANT[0] and gradient.tobytes() == WANT[1].tobytes())


@pytest.mark.parametrize("copy", [None, False])
@pytest.mark.parametrize("layout", BORROWED)
def test_rows_at_any_distance_are_used_where_they_lie(layout: str, copy: bool | None) -> None:
    X, y = BORROWED[layout](PROBLEM.X), BORROWED[layout](PROBLEM.y)
    risk = PROBLEM.risk(X=X, y=y, copy=copy)
    assert risk.copied == ()
    assert same_bits(risk)


@pytest.mark.parametrize("layout", CONVERTED)
@pytest.mark.parametrize("argument", ["X", "y", "sample_weight"])
def test_what_is_converted_is_said_or_refused(layout: str, argument: str) -> None:
    original = {"X": PROBLEM.X, "y": PROBLEM.y, "sample_weight": PROBLEM.w}[argument]
    assert original is not None
    laid = CONVERTED[layout](original)
    risk = PROBLEM.risk(**{argument: laid})
    assert same_bits(risk)
    if laid.ndim == 1 and laid.flags.aligned and laid.dtype == original.dtype:
        assert risk.copied == ()  # a vector may have any stride
        return
    assert risk.copied == (argument,)
    with pytest.raises((ValueError, TypeError), match=argument):
        PROBLEM.risk(**{argument: laid}, copy=False)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "other", [np.int8, np.uint64, np.bool_, np.float16, np.float32, np.float64, np.longdouble]
)
def test_other_numbers_are_converted_and_said(other: type, dtype: str) -> None:
    problem = Problem(dtype=dtype)
    X = (problem.X > 0).astype(other)
    risk = problem.risk(X=X)
    assert risk.copied == (() if np.dtype(other) == np.dtype(dtype) else ("X",))
    want = problem.risk(X=X.astype(dtype)).value_and_gradient()
    assert risk.value() == want[0]
    assert risk.gradient().tobytes() == want[1].tobytes()


def test_lists_are_converted_and_said() -> None:
    risk = PROBLEM.risk(X=PROBLEM.X.tolist(), y=PROBLEM.y.tolist())
    assert set(risk.copied) == {"X", "y"}
    assert same_bits(risk)


def test_copy_true_copies_everything() -> None:
    X, y = PROBLEM.X.copy(), PROBLEM.y.copy()
    risk = PROBLEM.risk(X=X, y=y, copy=True)
    assert {"X", "y"} <= set(risk.copied)
    X[...] = 7.0
    y[...] = 7.0
    assert same_bits(risk)


def test_a_borrowed_array_is_seen_as_it_is_now() -> None:
    X = np.zeros_like(PROBLEM.X)
    risk = PROBLEM.risk(X=X)
    X[...] = PROBLEM.X
    assert same_bits(risk)


def test_a_read_only_memory_map_is_used_where_it_lies(tmp_path: Path) -> None:
    X, y = memory_mapped(PROBLEM.X, tmp_path / "X"), memory_mapped(PROBLEM.y, tmp_path / "y")
    risk = PROBLEM.risk(X=X, y=y, copy=False)
    assert risk.copied == ()
    assert same_bits(risk)


def test_one_row_for_all_is_a_stride_of_zero() -> None:
    X = np.broadcast_to(PROBLEM.X[:1], PROBLEM.X.shape)
    assert PROBLEM.risk(X=X).value() == PROBLEM.risk(X=X.copy()).value()


@pytest.mark.parametrize("offset", range(8, 64, 8))
def test_any_aligned_address_does(offset: int) -> None:
    risk = PROBLEM.risk(X=laid_out_at(PROBLEM.X, offset), y=laid_out_at(PROBLEM.y, offset))
    assert risk.copied == ()
    assert same_bits(risk)


def test_labels_are_kept_as_checked_integers_of_our_own() -> None:
    problem = Problem(loss="cross_entropy")
    want = problem.risk().value()
    for dtype in (np.int8, np.uint8, np.int32, np.uint64, ">i4"):
        assert problem.risk(y=problem.y.astype(dtype)).value() == want
    y = problem.y.copy()
    risk = problem.risk(y=y)
    y[...] = 10**9
    assert risk.value() == want
    assert problem.risk(y=problem.y[::-1].copy()[::-1]).value() == want


def test_reshaping_the_callers_array_afterwards_does_not_lead_astray() -> None:
    """The risk has a view of its own: another shape of the same object is not the risk's matter."""
    X, y, w = PROBLEM.X.copy(), PROBLEM.y.copy(), np.array(PROBLEM.w)
    risk = PROBLEM.risk(X=X, y=y, sample_weight=w)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # NumPy is about to forbid it
        X.shape, y.shape, w.shape = (X.size,), (y.size, 1), (1, w.size)
    assert same_bits(risk)


def test_a_subset_keeps_rows_of_its_own() -> None:
    rows = np.array([3, 1, 4, 1, 5])
    part = PROBLEM.risk().subset(rows)
    want = part.value()
    rows[...] = 10**9
    assert part.value() == want


@pytest.mark.parametrize(
    "rows",
    [
        [0, 2, 5],
        (0, 2, 5),
        np.array([0, 2, 5], np.int8),
        np.array([0, 2, 5], np.uint64),
        np.array([5, 2, 0])[::-1],
    ],
    ids=["list", "tuple", "int8", "uint64", "reversed"],
)
def test_rows_of_a_subset_may_be_any_whole_numbers(rows: Any) -> None:
    want = PROBLEM.risk().subset(np.array([0, 2, 5])).value()
    assert PROBLEM.risk().subset(rows).value() == want


def test_a_subset_of_a_subset_counts_within_it() -> None:
    inner = PROBLEM.risk().subset([4, 8, 15, 16]).subset([1, 3])
    direct = PROBLEM.risk().subset([8, 16])
    np.testing.assert_allclose(inner.value(), direct.value(), rtol=1e-14)


@pytest.mark.parametrize(
    "rows", [[], [21], [-1], [0.5], ["a"], [[0, 1]], 3, None, [2**70], np.array([2**63], np.uint64)]
)
def test_rows_that_are_not_there_are_refused(rows: Any) -> None:
    with pytest.raises((ValueError, TypeError, IndexError, OverflowError)):
        PROBLEM.risk().subset(rows)
