"""Data that make no sense are refused at the door, by name, before anything is computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import ravine as rv
from support.problems import LOSSES, Problem

REFUSED = (ValueError, TypeError)
PROBLEM = Problem(rows=8)


def with_one(array: np.ndarray, value: float) -> np.ndarray:
    copy = array.copy()
    copy.flat[copy.size // 2] = value
    return copy


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("argument", ["X", "y", "sample_weight"])
def test_what_is_not_finite_is_named_with_its_place(argument: str, value: float) -> None:
    original = {"X": PROBLEM.X, "y": PROBLEM.y, "sample_weight": np.ones(8)}[argument]
    with pytest.raises(ValueError, match=rf"{argument}.*(nan|inf)"):
        PROBLEM.risk(**{argument: with_one(original, value)})


@pytest.mark.parametrize("value", [1e39, -1e300])
def test_numbers_too_large_for_float32_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="X"):
        Problem(rows=8, dtype="float32").risk(X=with_one(PROBLEM.X, value))


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (np.zeros((0, 4)), np.zeros((0, 3))),
        (np.zeros((8, 0)), PROBLEM.y),
        (np.zeros((8, 5)), PROBLEM.y),
        (np.zeros((7, 4)), PROBLEM.y),
        (np.zeros(8), PROBLEM.y),
        (np.zeros((8, 4, 1)), PROBLEM.y),
        (np.zeros(()), PROBLEM.y),
        (PROBLEM.X, np.zeros((8, 2))),
        (PROBLEM.X, np.zeros((7, 3))),
        (PROBLEM.X, np.zeros(24)),
        (PROBLEM.X, np.zeros(8)),
        (PROBLEM.X, np.zeros(())),
        (PROBLEM.X, None),
        (None, PROBLEM.y),
        ("text", PROBLEM.y),
        (PROBLEM.X.astype(str), PROBLEM.y),
        (PROBLEM.X.astype(object), PROBLEM.y),
        (PROBLEM.X.astype(complex), PROBLEM.y),
        (PROBLEM.X.astype("datetime64[s]"), PROBLEM.y),
        (np.zeros((8, 4), dtype=[("a", float)]), PROBLEM.y),
        ([[1.0, 2.0], [3.0]], PROBLEM.y),
        (np.ma.masked_array(PROBLEM.X, PROBLEM.X > 0), PROBLEM.y),
        (PROBLEM.X, np.ma.masked_array(PROBLEM.y, PROBLEM.y > 0)),
    ],
)
def test_shapes_and_kinds_that_do_not_fit(X: Any, y: Any) -> None:
    with pytest.raises(REFUSED, match=r"\b(X|y)\b"):
        PROBLEM.risk(X=X, y=y)


@pytest.mark.parametrize(
    "y",
    [
        [0, 1, 2, 0, 1, 2, 0, 3],
        [0, 1, 2, 0, 1, 2, 0, -1],
        [0, 1, 2, 0, 1, 2, 0, 2**62],
        np.array([0, 1, 2, 0, 1, 2, 0, 2**64 - 1], np.uint64),
        [0, 1, 2, 0, 1, 2, 0, 2**40],
        [0, 1, 2, 0, 1, 2, 0],
        [0.5, 1, 2, 0, 1, 2, 0, 1],
        np.array(["a"] * 8),
        np.array([np.nan] * 8),
        np.full((8, 3), 0.5),
        np.full((8, 3), -1 / 3),
        np.array([[2.0, -1.0, 0.0]] * 8),
        np.zeros((8, 2), int),
    ],
)
def test_labels_and_probabilities_out_of_range(y: Any) -> None:
    with pytest.raises(REFUSED, match=r"\by\b"):
        Problem(rows=8, loss="cross_entropy").risk(y=y)


@pytest.mark.parametrize("value", [-0.01, 1.01, 2.0])
def test_binary_targets_lie_between_zero_and_one(value: float) -> None:
    problem = Problem(rows=8, loss="binary_cross_entropy")
    with pytest.raises(ValueError, match=r"\by\b"):
        problem.risk(y=with_one(problem.y, value))


@pytest.mark.parametrize("w", [np.zeros(8), -np.ones(8), np.ones(7), np.ones((8, 1)), 1.0, "w", [None] * 8])
def test_weights_that_weigh_nothing_or_less(w: Any) -> None:
    with pytest.raises(REFUSED, match="sample_weight"):
        PROBLEM.risk(sample_weight=w)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"loss": "mse"}, "squared_error"),
        ({"reduction": "max"}, "reduction"),
        ({"l2": -1e-9}, "l2"),
        ({"l2": float("inf")}, "l2"),
        ({"l2": "much"}, "l2"),
        ({"l1": -0.5}, "l1"),
    ],
)
def test_options_that_make_no_sense(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(REFUSED, match=told):
        PROBLEM.risk(**changes)


def test_a_network_of_another_kind_is_refused() -> None:
    for net in (None, "net", np.zeros(3), PROBLEM.textbook_network()):
        with pytest.raises(REFUSED, match="net"):
            rv.EmpiricalRisk(net, PROBLEM.X, PROBLEM.y)


ANY_ARRAY = hnp.arrays(
    dtype=st.one_of(
        hnp.floating_dtypes(endianness="?"),
        hnp.integer_dtypes(endianness="?"),
        hnp.boolean_dtypes(),
        hnp.complex_number_dtypes(),
        hnp.unicode_string_dtypes(max_len=3),
    ),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3))


def result_or_refusal(call: Callable[[], Any]) -> Any:
    """What the call returns, or the refusal that it raises; any other exception is a failure."""
    try:
        return call()
    except (ValueError, TypeError, OverflowError) as refusal:
        return refusal


@given(
    X=st.one_of(ANY_ARRAY, st.lists(st.lists(SCALARS, max_size=3), max_size=3), SCALARS),
    y=st.one_of(ANY_ARRAY, st.lists(SCALARS, max_size=4), SCALARS),
    w=st.one_of(st.none(), ANY_ARRAY, st.lists(st.floats(), max_size=4)),
    loss=st.sampled_from(LOSSES),
    copy=st.sampled_from([None, False, True]),
)
def test_whatever_comes_is_computed_or_refused(X: Any, y: Any, w: Any, loss: str, copy: bool | None) -> None:
    net = rv.MLP([2, 3, 2])
    before = net.theta.copy()
    risk = result_or_refusal(lambda: rv.EmpiricalRisk(net, X, y, loss=loss, sample_weight=w, copy=copy))
    if isinstance(risk, rv.EmpiricalRisk):
        value, gradient = risk.value_and_gradient()
        assert np.isfinite(value)
        assert gradient.shape == (net.parameter_count,)
    np.testing.assert_array_equal(net.theta, before)


@given(X=st.one_of(ANY_ARRAY, st.lists(st.lists(SCALARS, max_size=3), max_size=3), SCALARS))
def test_whatever_is_predicted_from(X: Any) -> None:
    net = rv.MLP([2, 3, 2])
    for call in (net.predict, net.jacobian, net.predict_proba):
        result = result_or_refusal(lambda call=call: call(X))
        if isinstance(result, np.ndarray):
            assert result.shape[:2] == (len(X), 2)


def test_no_rows_give_no_predictions() -> None:
    net = rv.MLP([2, 3, 2])
    assert net.predict(np.zeros((0, 2))).shape == (0, 2)
    assert net.predict_proba(np.zeros((0, 2))).shape == (0, 2)
    assert net.jacobian(np.zeros((0, 2))).shape == (0, 2, net.parameter_count)
