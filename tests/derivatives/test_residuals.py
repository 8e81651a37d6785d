"""Residuals and their Jacobian: J = ½‖r‖², ∇J = Jᵀr, Gauss-Newton = JᵀJ."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import ravine as rv
from ravine import reference
from support.problems import DTYPES, Problem, problems

SMALL = Problem(rows=70, weighted=True, l2=0.3)


@settings(max_examples=40, deadline=None)
@given(problems(largest_width=9))
def test_they_make_value_gradient_and_gauss_newton(problem: Problem) -> None:
    problem = replace(problem, loss="squared_error")
    risk, eps = problem.risk(prior=np.linspace(-1, 1, problem.theta.size)), problem.eps
    value, gradient = risk.value_and_gradient()
    r, J = (part.astype(np.float64) for part in (risk.residuals(penalty=True), risk.jacobian(penalty=True)))
    assert abs(0.5 * r @ r - value) <= 50 * eps * (1 + value)
    scale = (np.abs(J).T @ np.abs(r)).max() + 1e-3
    np.testing.assert_allclose(J.T @ r, gradient, rtol=0, atol=100 * eps * scale)
    scale = (J**2).sum(axis=0).max() + 1e-3
    np.testing.assert_allclose(J.T @ J, risk.gauss_newton(), rtol=0, atol=100 * eps * scale)


@pytest.mark.parametrize("part", [SMALL.risk(), SMALL.risk().subset([3, 3, 60])])
def test_against_the_textbook(part: rv.EmpiricalRisk) -> None:
    theta = SMALL.theta
    rows = np.arange(70) if part.sample_count == 70 else np.array([3, 3, 60])
    assert SMALL.w is not None
    share = len(rows) / 70 * SMALL.w.sum()
    roots = np.sqrt(SMALL.w[rows] / share)
    f = reference.predict(SMALL.textbook_network(), theta, SMALL.X[rows])
    J = reference.jacobian(SMALL.textbook_network(), theta, SMALL.X[rows])
    np.testing.assert_allclose(part.residuals(), (roots[:, None] * (f - SMALL.y[rows])).ravel(), atol=1e-14)
    np.testing.assert_allclose(part.jacobian(), (roots[:, None, None] * J).reshape(-1, 83), atol=1e-14)


@pytest.mark.parametrize("dtype", DTYPES)
def test_where_nothing_counts_there_are_zeros(dtype: str) -> None:
    rng = np.random.default_rng(0)
    net, X, y = rv.MLP([3, 4, 2], seed=1, dtype=dtype), rng.normal(size=(30, 3)), rng.normal(size=(30, 2))
    y[3, 1] = y[7, 0] = np.nan
    X[9], w = 1e30, np.ones(30)
    w[9] = 0
    risk = rv.EmpiricalRisk(net, X, y, missing="mask", sample_weight=w, reduction="sum")
    r, J = risk.residuals().reshape(30, 2), risk.jacobian().reshape(30, 2, -1)
    gone = [(3, 1), (7, 0), (9, 0), (9, 1)]
    assert all(r[where] == 0 and not J[where].any() for where in gone)
    assert np.count_nonzero(r) == 60 - len(gone)
    assert 0.5 * (r.astype(np.float64) ** 2).sum() == pytest.approx(risk.value(), rel=1e-5)


def test_rows_of_the_penalty_stand_behind() -> None:
    net = rv.MLP([2, 3, 1], seed=0)
    risk = rv.EmpiricalRisk(net, np.ones((4, 2)), np.ones(4), l2=[0.0, 4.0])
    assert risk.residuals(penalty=True).shape == (4 + 3,)
    np.testing.assert_array_equal(risk.residuals(penalty=True)[4:], 2 * net.layers[1].weight.ravel())
    J = risk.jacobian(penalty=True)
    np.testing.assert_array_equal(J[:4], risk.jacobian())
    np.testing.assert_array_equal(J[4:, 9:12], 2 * np.eye(3))
    with pytest.raises(ValueError, match="out must be None with penalty=True"):
        risk.jacobian(out=np.empty((7, 13)), penalty=True)


def test_l1_is_no_square() -> None:
    risk = SMALL.risk(l1=0.1)
    assert risk.residuals().shape == (210,)
    for call in (risk.residuals, risk.jacobian):
        with pytest.raises(ValueError, match="penalty=True needs l1 = 0"):
            call(penalty=True)


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_other_losses_name_what_to_use(loss: str) -> None:
    risk = Problem(loss=loss).risk()
    for call in (risk.residuals, risk.jacobian):
        with pytest.raises(ValueError, match=rf"'{loss}' has no residual form.*squared_error.*gauss_newton"):
            call()


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("dtype", DTYPES)
def test_threads_change_no_bit(dtype: str) -> None:
    risk, images = Problem(rows=300, dtype=dtype, weighted=True).risk(), set()
    for threads in (1, 2, 3):
        rv.set_num_threads(threads)
        images.add((risk.residuals().tobytes(), risk.jacobian().tobytes()))
    assert len(images) == 1


def test_results_go_where_they_are_wanted() -> None:
    risk = SMALL.risk()
    out, other = np.full((210, 83), np.nan), SMALL.theta + 0.5
    assert risk.jacobian(other, out) is out
    risk.net.theta = other
    np.testing.assert_array_equal(out, risk.jacobian())


@pytest.mark.parametrize(
    ("out", "message"),
    [
        (np.empty((209, 83)), r"out must be of shape \(210, 83\)"),
        (np.empty((210, 83), np.float32), "out must have dtype float64"),
        (np.empty((83, 210)).T, "out must be C-contiguous"),
        ([1.0], "out must be"),
    ],
)
def test_buffers_that_do_not_fit_are_refused(out: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        SMALL.risk().jacobian(out=out)
    buffer = np.zeros((210, 83))
    buffer[5] = SMALL.theta
    with pytest.raises(ValueError, match="out and theta must not overlap"):
        SMALL.risk().jacobian(buffer[5], buffer)


def test_a_jacobian_that_does_not_fit_is_refused_with_its_size() -> None:
    risk = rv.EmpiricalRisk(rv.MLP([1000, 1000, 1000]), np.ones((1000, 1000)), np.ones((1000, 1000)))
    with pytest.raises(MemoryError, match=r"Jacobian of shape \(1000000, 2002000\) needs 1\.6e\+04 GB"):
        risk.jacobian()
