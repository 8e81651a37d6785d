"""Validation metrics and their standard errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

import ravine as rv
from ravine.probabilities import metric_name, validation_metric
from support.losses import LOSSES, NAMES, draw_targets
from support.problems import Array


def test_every_loss_has_a_metric() -> None:
    assert {name: metric_name(name) for name in NAMES} == {
        "binary_cross_entropy": "error",
        "cross_entropy": "error",
        "hinge": "error",
        "squared_hinge": "error",
        "squared_error": "r2",
        "huber": "r2",
        "pseudo_huber": "r2",
        "poisson": "r2",
        "gaussian": "r2",
        "cosine": "loss",
    }
    assert metric_name(rv.losses.Custom(len)) == metric_name("custom") == "loss"


@pytest.mark.parametrize("name", ["cross_entropy", "hinge", "squared_hinge"])
def test_the_error_is_binomial(name: str) -> None:
    f, y = np.eye(4)[[0, 1, 2, 3, 0]], np.array([0, 1, 2, 0, 1])
    value, error = validation_metric(name, f, y)
    assert value == pytest.approx(0.4, rel=1e-15)
    assert error == pytest.approx(math.sqrt(0.4 * 0.6 / 5), rel=1e-14)


def test_the_error_of_several_questions_counts_rows_not_answers() -> None:
    """Answers that always go wrong together say no more than one of them."""
    f, y = np.array([[1.0], [-1.0], [1.0], [1.0]]), np.array([[1.0], [1.0], [0.0], [1.0]])
    one = validation_metric("binary_cross_entropy", f, y)
    three = validation_metric("binary_cross_entropy", np.repeat(f, 3, axis=1), np.repeat(y, 3, axis=1))
    assert one == pytest.approx((0.5, math.sqrt(0.25 / 4)))
    assert three == pytest.approx(one)


@pytest.mark.parametrize("name", NAMES)
def test_a_weight_of_zero_or_a_missing_row_is_a_row_that_is_not_there(name: str) -> None:
    rng = np.random.default_rng(0)
    f, y = rng.normal(size=(30, 4)), draw_targets(name, 30, 4, rng, labels=False)
    w = rng.random(30)
    w[20:] = 0
    want = validation_metric(LOSSES[name], f[:20], y[:20], w[:20])
    assert validation_metric(LOSSES[name], f, y, w) == pytest.approx(want, rel=1e-12)
    if y.dtype.kind == "f":
        gone = y.copy()
        gone[20:] = np.nan
        assert validation_metric(LOSSES[name], f, gone, w + 1e-3) == pytest.approx(
            validation_metric(LOSSES[name], f[:20], y[:20], w[:20] + 1e-3), rel=1e-12
        )


def test_weights_count_rows() -> None:
    f, y = np.eye(2)[[0, 0, 1, 1]], np.array([0, 1, 1, 0])
    value, _ = validation_metric("cross_entropy", f, y, np.array([3.0, 1.0, 2.0, 2.0]))
    assert value == pytest.approx(3 / 8)


def test_entries_missing_here_and_there_are_left_out() -> None:
    y = np.array([[1.0, np.nan], [2.0, 5.0], [np.nan, 7.0], [4.0, 6.0]])
    f = np.array([[1.5, 0.0], [2.0, 5.0], [0.0, 6.0], [3.0, 6.0]])
    value, _ = validation_metric("squared_error", f, y)
    columns = [
        1 - ((a - b) ** 2).sum() / ((b - b.mean()) ** 2).sum()
        for a, b in ((f[[0, 1, 3], 0], y[[0, 1, 3], 0]), (f[1:, 1], y[1:, 1]))
    ]
    assert value == pytest.approx(np.mean(columns))


def spread(name: str, draws: int, rows: int) -> tuple[float, float]:
    """The standard deviation of the metric over fresh data, and the mean of the standard errors told."""
    rng = np.random.default_rng(12)
    seen: list[tuple[float, float]] = []
    for _ in range(draws):
        y: Array
        f = rng.normal(size=(rows, 3))
        if name == "cross_entropy":
            best = f.argmax(axis=1)
            y = np.where(rng.random(rows) < 0.2, (best + 1) % 3, best)
        else:
            y = f + 0.7 * rng.normal(size=(rows, 3)) * (1 + 0.5 * rng.random((rows, 1)))
        seen.append(validation_metric(name, f, y))
    values, errors = np.array(seen).T
    return float(values.std(ddof=1)), float(errors.mean())


@pytest.mark.parametrize("name", ["cross_entropy", "squared_error", "cosine"])
def test_the_standard_error_is_the_deviation_over_repeated_data(name: str) -> None:
    deviation, told = spread(name, draws=300, rows=400)
    assert told == pytest.approx(deviation, rel=0.12)  # three deviations of a deviation from 300 draws


def test_r2_of_poisson_judges_the_rate_and_of_gaussian_the_mean() -> None:
    y = np.array([[1.0], [2.0], [6.0]])
    assert validation_metric("poisson", np.log(y), y)[0] == pytest.approx(1, rel=1e-14)
    assert validation_metric("gaussian", np.concatenate([y, 9 * y], axis=1), y) == (1.0, 0.0)


def test_columns_without_scatter_and_single_rows() -> None:
    y = np.ones((4, 1))
    assert validation_metric("squared_error", y, y) == (1.0, 0.0)
    assert validation_metric("squared_error", y + 1, y) == (0.0, 0.0)
    value, error = validation_metric("cosine", np.array([[1.0, 0.0]]), np.array([[1.0, 0.0]]))
    assert value == 0
    assert math.isnan(error)
    nothing = validation_metric("cross_entropy", np.zeros((0, 3)), np.zeros(0, int))
    assert all(math.isnan(number) for number in nothing)
