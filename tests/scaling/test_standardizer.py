"""Standardising gives mean 0 and deviation 1, can be undone, and stays finite whatever the columns are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import ravine as rv
from ravine import Standardizer

FINITE = st.floats(-1e300, 1e300)


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=8), elements=FINITE))
def test_standardised_columns_have_mean_zero_and_deviation_one(X: np.ndarray) -> None:
    standardizer = Standardizer.fit(X)
    Z = standardizer.transform(X)
    assert np.isfinite(Z).all()
    largest = np.abs(X).max(axis=0)
    for column in range(X.shape[1]):
        spread = np.ptp(X[:, column] / (largest[column] or 1.0))
        if (
            spread > 1e-6 and largest[column] > 1e-290
        ):  # else rounding of the mean is seen in units of the spread
            np.testing.assert_allclose(Z[:, column].mean(), 0, atol=1e-8)
            np.testing.assert_allclose(Z[:, column].std(), 1, rtol=1e-8)
    np.testing.assert_allclose(
        standardizer.inverse_transform(Z), X, rtol=1e-12, atol=1e-12 * largest.max() + 1e-300
    )


@pytest.mark.parametrize("value", [0.0, 0.1, -1e300, 7.0, 1e-300])
@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_a_constant_column_becomes_zero_with_scale_one(value: float, rows: int) -> None:
    standardizer = Standardizer.fit(np.full((rows, 1), value))
    assert standardizer.scale.tolist() == [1.0]
    assert standardizer.constant.tolist() == [True]
    np.testing.assert_allclose(standardizer.transform([[value]]), 0, atol=1e-12 * max(1.0, abs(value)))


def test_standardizer_uses_the_rows_it_was_fitted_on() -> None:
    standardizer = Standardizer.fit([[0.0], [2.0]])
    assert standardizer.transform([[10.0]]).tolist() == [[9.0]]


def test_standardizer_survives_its_state_to_the_bit() -> None:
    first = Standardizer.fit(np.random.default_rng(0).normal(3, 1e-3, (50, 4)))
    second = Standardizer.from_state_dict(first.state_dict())
    np.testing.assert_array_equal(first.mean, second.mean)
    np.testing.assert_array_equal(first.scale, second.scale)
    np.testing.assert_array_equal(first.constant, second.constant)
    assert first == second


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"mean": [0.0]},
        {"mean": [0.0], "scale": [0.0]},
        {"mean": [0.0], "scale": [-1.0]},
        {"mean": [0.0], "scale": [1.0, 1.0]},
        {"mean": ["a"], "scale": [1.0]},
        {"mean": [float("nan")], "scale": [1.0]},
        {"mean": [], "scale": []},
        {"mean": [[0.0]], "scale": [[1.0]]},
        {"mean": None, "scale": None},
        {"mean": [10**400], "scale": [1.0]},
        {"mean": [0.0], "scale": [1.0], "constant": [True, False]},
        {"mean": [0.0], "scale": [1.0], "constant": [0]},
        {"mean": [0.0], "scale": [1.0], "constant": "no"},
    ],
)
def test_standardizer_refuses_a_state_that_is_none(state: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"mean|scale|constant"):
        Standardizer.from_state_dict(state)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_standardizer_tells_where_a_number_is_not_finite(bad: float) -> None:
    X = np.zeros((3, 2))
    X[2, 1] = bad
    with pytest.raises(ValueError, match=r"X\[2, 1\]"):
        Standardizer.fit(X)


@pytest.mark.parametrize("shape", [(0, 2), (2, 0), (0,), (), (1, 1, 1)])
def test_standardizer_refuses_other_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Standardizer.fit(np.zeros(shape))


def test_standardizer_cannot_be_changed_by_accident() -> None:
    standardizer = Standardizer.fit([[0.0], [1.0]])
    with pytest.raises(ValueError, match="read-only"):
        standardizer.mean[0] = 3.0
    with pytest.raises(ValueError, match=r"expected \(N, 1\)"):
        standardizer.transform(np.zeros((2, 3)))


def test_it_is_where_it_always_was() -> None:
    assert rv.datasets.Standardizer is Standardizer


LAYOUTS = {
    "rows apart": lambda X: np.repeat(X, 3, axis=0)[::3],
    "backwards": lambda X: X[::-1].copy()[::-1],
    "columns of a table": lambda X: np.concatenate([np.full_like(X, 9), X], axis=1)[:, 3:],
    "Fortran order": np.asfortranarray,
    "another byte order": lambda X: X.astype(">f8"),
    "a list": lambda X: X.tolist(),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_layout_gives_the_same_numbers(layout: str) -> None:
    X = np.random.default_rng(0).normal(5, 2, (40, 3))
    given_as = LAYOUTS[layout](X)
    if isinstance(given_as, np.ndarray):
        given_as.flags.writeable = False
    plain, other = Standardizer.fit(X), Standardizer.fit(given_as)
    np.testing.assert_allclose(other.mean, plain.mean, rtol=1e-14)
    np.testing.assert_allclose(other.scale, plain.scale, rtol=1e-14)
    np.testing.assert_array_equal(plain.transform(given_as), plain.transform(X))
    np.testing.assert_array_equal(plain.inverse_transform(given_as), plain.inverse_transform(X))


def test_float32_rows_are_measured_in_float64() -> None:
    X = np.random.default_rng(0).normal(1e4, 1, (500, 2)).astype(np.float32)
    narrow, wide = Standardizer.fit(X), Standardizer.fit(X.astype(np.float64))
    assert narrow == wide
    assert narrow.transform(X).dtype == np.float64


def test_targets_stay_one_dimensional() -> None:
    y = np.random.default_rng(0).normal(100, 7, 30)
    standardizer = Standardizer.fit(y)
    assert standardizer == Standardizer.fit(y[:, None])
    t = standardizer.transform(y)
    assert t.shape == (30,)
    np.testing.assert_allclose([t.mean(), t.std()], [0, 1], atol=1e-12)
    np.testing.assert_allclose(standardizer.inverse_transform(t), y, rtol=1e-14)
    with pytest.raises(ValueError, match=r"\(30,\): expected \(N, 2\)"):
        Standardizer.fit(np.eye(2)).transform(y)


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 8), st.integers(1, 3)), elements=st.floats(-10, 10)),
    st.data(),
)
def test_missing_numbers_are_left_out_if_told(X: np.ndarray, data: st.DataObject) -> None:
    gone = data.draw(hnp.arrays(np.bool_, X.shape))
    gone[data.draw(st.integers(0, len(X) - 1))] = False  # one number is left in each column
    holed = np.where(gone, np.nan, X)
    standardizer = Standardizer.fit(holed, missing="ignore")
    for column in range(X.shape[1]):
        alone = Standardizer.fit(X[~gone[:, column], column])
        np.testing.assert_allclose(standardizer.mean[column], alone.mean[0], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(standardizer.scale[column], alone.scale[0], rtol=1e-9)
    np.testing.assert_array_equal(np.isnan(standardizer.transform(holed)), gone)
    if gone.any():
        with pytest.raises(ValueError, match="missing='ignore'"):
            Standardizer.fit(holed)


@pytest.mark.parametrize(
    ("X", "missing", "told"),
    [
        ([[1.0, np.nan], [2.0, np.nan]], "ignore", r"X\[:, 1\]: expected at least one number"),
        ([[1.0], [np.inf]], "ignore", r"X\[1, 0\] = inf"),
        ([1.0, np.nan], "refuse", r"X\[1\] = nan.*1 are not.*missing='ignore'"),
        ([1.0], "drop", r"missing must be 'refuse' or 'ignore', got 'drop'"),
        ([["1.0"]], "refuse", r"X must hold real numbers"),
        ([[1.0], [1.0, 2.0]], "refuse", r"X must be a rectangular array"),
        (np.ma.masked_array([[1.0]], [[True]]), "refuse", r"masked"),
        ([[1.0, None]], "refuse", r"X must hold real numbers, got dtype object"),
    ],
)
def test_what_cannot_be_measured_is_named(X: object, missing: str, told: str) -> None:
    with pytest.raises((TypeError, ValueError), match=told):
        Standardizer.fit(X, missing=missing)


def test_equality_means_the_same_numbers() -> None:
    first = Standardizer([0.0, 1.0], [1.0, 2.0])
    same = Standardizer([-0.0, 1.0], [1.0, 2.0], [True, False])
    assert first == same
    assert hash(first) == hash(same)
    assert first != Standardizer([0.0, 1.0], [1.0, 2.5])
    assert first != Standardizer([0.5, 1.0], [1.0, 2.0])
    assert first != Standardizer([0.0], [1.0])
    assert first != "Standardizer"


def test_the_table_is_short() -> None:
    X, _ = rv.datasets.digits()
    lines = repr(Standardizer.fit(X)).splitlines()
    assert lines[0] == "Standardizer of 64 columns, 3 of them constant"
    assert lines[3].split() == ["0", "0", "1", "constant"]
    assert lines[9] == "..."
    assert lines[-1].startswith("63 ")
    assert len(lines) == 3 + 12 + 1
    assert "constant" not in repr(Standardizer.fit(X[:, 2:4]))


@pytest.mark.parametrize("missing", ["refuse", "ignore"])
def test_a_weight_is_as_good_as_repetition_of_its_row(missing: str) -> None:
    random = np.random.default_rng(0)
    X, weights = random.normal(5, [1.0, 1e6, 1e-9], (30, 3)), random.integers(0, 4, 30)
    if missing == "ignore":
        X[random.random(X.shape) < 0.3] = np.nan
    weighted = Standardizer.fit(X, missing=missing, sample_weight=weights)
    repeated = Standardizer.fit(X.repeat(weights, axis=0), missing=missing)
    np.testing.assert_allclose(weighted.mean, repeated.mean, rtol=1e-12)
    np.testing.assert_allclose(weighted.scale, repeated.scale, rtol=1e-6)
    tenfold = Standardizer.fit(X, missing=missing, sample_weight=weights / 10)
    np.testing.assert_allclose(weighted.scale, tenfold.scale, rtol=1e-6)


def test_a_row_without_weight_is_not_looked_at() -> None:
    standardizer = Standardizer.fit([[1e300, 1.0], [3.0, 7.0], [5.0, 7.0]], sample_weight=[0, 1, 1])
    assert standardizer.mean.tolist() == [4.0, 7.0]
    assert standardizer.scale.tolist() == [1.0, 1.0]
    assert standardizer.constant.tolist() == [False, True]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, 1.0], r"sample_weight must have the shape \(3,\), got \(2,\)"),
        ([1.0, -1.0, 1.0], "sample_weight must be finite and not negative"),
        ([1.0, np.nan, 1.0], "sample_weight must be finite and not negative"),
        ([0.0, 0.0, 0.0], r"sample_weight leaves X\[:, 0\] without a number of any weight"),
        ([1.0, 1.0, 0.0], r"sample_weight leaves X\[:, 1\] without"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights: list[float], message: str) -> None:
    X = [[1.0, np.nan], [2.0, np.nan], [3.0, 1.0]]
    with pytest.raises(ValueError, match=message):
        Standardizer.fit(X, missing="ignore", sample_weight=weights)
