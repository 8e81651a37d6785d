"""Coverage and reliability count what they say they count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ravine.uncertainty import Calibration, coverage, reliability


def test_intervals_of_a_normal_distribution_are_covered_as_claimed() -> None:
    rng = np.random.default_rng(0)
    std = rng.uniform(0.5, 2, (5000, 2))
    report = coverage(std * rng.normal(size=std.shape), np.zeros_like(std), std)
    assert np.all(np.abs(report.observed - report.claimed) < 4 * report.standard_errors)
    np.testing.assert_allclose(report.claimed, np.linspace(0.05, 0.95, 19))
    assert report.counts[0] == 10_000
    half = coverage(std * rng.normal(size=std.shape), np.zeros_like(std), std / 2)
    assert np.all(half.observed < half.claimed)
    assert half.error > 0.15


def test_a_case_by_hand() -> None:
    report = coverage([0.0, 1.0, 3.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], levels=[0.5, 0.7, 0.999])
    np.testing.assert_allclose(report.observed, [1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(report.standard_errors, np.sqrt([0.25 / 3, 0.21 / 3, 0.000999 / 3]))
    assert report.error == pytest.approx((1 / 6 + 0.7 - 2 / 3 + 0.001) / 3)
    assert str(report).splitlines()[0].startswith("coverage: off by ")
    assert str(report).splitlines()[3].split() == ["50.0", "33.3", "28.9", "3"]


def test_probabilities_by_hand() -> None:
    p = [[0.55, 0.45], [0.95, 0.05], [0.1, 0.9], [0.02, 0.98], [0.58, 0.42]]
    report = reliability(p, [1, 0, 1, 0, 0], bins=10)
    np.testing.assert_allclose(report.claimed, [0.565, (0.95 + 0.9 + 0.98) / 3])
    np.testing.assert_allclose(report.observed, [0.5, 2 / 3])
    np.testing.assert_array_equal(report.counts, [2, 3])
    one = reliability([0.0, 0.2, 1.0], [0, 1, 1], bins=2)
    np.testing.assert_allclose((one.claimed, one.observed), [[0.1, 1.0], [0.5, 1.0]])


def test_honest_probabilities_are_reliable() -> None:
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(4), size=20_000)
    labels = (rng.random(20_000)[:, None] > np.cumsum(p, axis=1)).sum(axis=1)
    report = reliability(p, labels, bins=15)
    assert report.error < 0.02
    assert reliability(p**3 / (p**3).sum(axis=1, keepdims=True), labels).error > 0.1


BAD: list[tuple[Any, type[Exception], str]] = [
    (lambda: coverage([1.0], [1.0, 2.0], [1.0]), ValueError, "must have one shape"),
    (lambda: coverage([], [], []), ValueError, "at least one entry"),
    (lambda: coverage([1.0], [1.0], [0.0]), ValueError, "std must be positive, the smallest is 0"),
    (lambda: coverage([1.0], [1.0], [np.nan]), ValueError, "std must be positive"),
    (lambda: coverage([1.0], [1.0], [1.0], levels=[1.0]), ValueError, "levels must be numbers between"),
    (lambda: coverage(["a"], [1.0], [1.0]), TypeError, "y must hold real numbers"),
    (lambda: reliability([[0.5, 0.5]], [0, 1]), ValueError, r"labels must have shape \(N,\)"),
    (lambda: reliability([[0.5, 0.5]], [0.0]), TypeError, "labels must be integers"),
    (lambda: reliability([[1.5, -0.5]], [0]), ValueError, r"probabilities must lie in \[0, 1\]"),
    (lambda: reliability([0.5], [0], bins=0), ValueError, "bins must be at least 1"),
]


@pytest.mark.parametrize(("call", "kind", "message"), BAD)
def test_bad_arguments(call: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call()


def test_it_is_a_plain_record() -> None:
    report = Calibration("coverage", np.array([0.5]), np.array([0.4]), np.array([10.0]))
    assert report.error == pytest.approx(0.1)
