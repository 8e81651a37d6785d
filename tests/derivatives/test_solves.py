"""Solves with the Hessian and the Gauss-Newton matrix: beside dense ones, refined or not, and refusals."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import ravine as rv
from ravine import _core
from support.memory import laid_out_at
from support.problems import ACTIVATIONS, DTYPES, LOSSES, Problem, directions, half_square, problems, shape
from support.risk_pairs import make_pair

LARGER = [
    Problem(widths=(1, 20, 20, 1), rows=300),
    Problem(widths=(9, 12, 11, 5), biases=(True, False, True), rows=200, weighted=True, l2=0.3),
    Problem(
        widths=(20, 14, 7),
        activations=("relu", "identity"),
        biases=(True, True),
        loss="cross_entropy",
        rows=150,
    ),
    Problem(widths=(1, 120, 1), activations=("sin", "identity"), biases=(True, True), rows=90),
]


def shift_for(matrix: np.ndarray) -> float:
    """What makes a matrix definite, with a condition number of at most some 10."""
    values = np.linalg.eigvalsh(matrix.astype(np.float64))
    return float(max(0.0, -values[0]) + 0.1 * np.abs(values).max() + 1e-3)


def check(risk: rv.EmpiricalRisk, factor: float = 30) -> None:
    """Residuals beside the dense matrices, relative to ‖A‖ ‖x‖ + ‖v‖."""
    V = directions(risk)
    for matrix, solve in (
        (risk.hessian(), risk.hessian_solve),
        (risk.gauss_newton(), risk.gauss_newton_solve),
    ):
        shift = shift_for(matrix)
        A = matrix.astype(np.float64) + shift * np.eye(len(matrix))
        X = solve(None, V, shift=shift).astype(np.float64)
        sizes = np.linalg.norm(A, 2) * np.linalg.norm(X, axis=1) + np.linalg.norm(V, axis=1)
        errors = np.linalg.norm(X @ A - V, axis=1) / sizes
        assert errors.max() < factor * np.finfo(risk.net.dtype).eps


@settings(max_examples=40, deadline=None)
@given(problems(largest_width=9))
def test_solutions_of_any_network(problem: Problem) -> None:
    check(problem.risk(), factor=300)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_and_loss(activation: str, loss: str, dtype: str) -> None:
    activations = (activation, activation, "tanh")
    check(Problem(widths=(9, 12, 11, 5), activations=activations, loss=loss, dtype=dtype, l2=0.2).risk(), 300)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "loss", ["huber", "pseudo_huber", "poisson", "cosine", "hinge", "squared_hinge", "gaussian"]
)
def test_the_other_losses(loss: str, dtype: str) -> None:
    risk, _ = make_pair(loss, dtype=dtype, rows=40, ours={"l2": [0.1, 0.3]})
    check(risk, factor=300)


def refinements(risk: rv.EmpiricalRisk, shift: float, positive: bool = False) -> int:
    v = directions(risk, 1)[0]
    end = _core.solve_curvature(
        risk._core, positive, risk.net.theta, shift, v, np.empty_like(v), risk._rows, risk._normaliser
    )
    assert end[0] == -1
    return end[2]


@pytest.mark.parametrize("problem", LARGER, ids=shape)
def test_larger_networks_are_refined_to_double_precision(problem: Problem) -> None:
    risk = problem.risk()
    check(risk)
    assert 1 <= refinements(risk, shift_for(risk.hessian())) <= 6
    assert 1 <= refinements(risk, shift_for(risk.gauss_newton()), positive=True) <= 6


def test_rows_weights_priors_and_missing_targets_reach_the_rounded_copy() -> None:
    """A copy that lacked one of them would be another matrix, and refine slowly or not at all."""
    rng = np.random.default_rng(3)
    net = rv.MLP([6, 24, 4], seed=1, dtype="float64")
    X, Y = rng.normal(size=(400, 6)), rng.normal(size=(400, 4))
    Y[rng.random(Y.shape) < 0.3] = np.nan
    weights = rng.random(400) * (rng.random(400) < 0.7)
    prior = rng.normal(size=net.parameter_count)
    risk = rv.EmpiricalRisk(
        net, X, Y, missing="mask", sample_weight=weights, l2=[0.1, 0.7], prior=prior
    ).subset(rng.permutation(400)[:123])
    check(risk)
    assert 1 <= refinements(risk, shift_for(risk.hessian())) <= 6


def test_an_ill_conditioned_matrix_is_solved_in_double_precision() -> None:
    """Fewer residuals than parameters: all but a tenth of the eigenvalues are the shift."""
    risk = Problem(widths=(1, 20, 20, 1), rows=40).risk()
    G = risk.gauss_newton()
    top = float(np.linalg.eigvalsh(G)[-1])
    assert refinements(risk, 1e-3 * top, positive=True) > 0
    shift = 1e-10 * top
    assert refinements(risk, shift, positive=True) == 0
    (v,) = directions(risk, 1)
    x = risk.gauss_newton_solve(None, v, shift=shift)
    left = np.linalg.norm(G @ x + shift * x - v) / (top * np.linalg.norm(x))
    assert left < 30 * np.finfo(np.float64).eps


def test_a_newton_step_of_a_quadratic_ends_at_its_minimum() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(500, 40)), rng.normal(size=(500, 8))
    net = rv.MLP([40, 8], dtype="float64", seed=0)
    risk = rv.EmpiricalRisk(net, X, Y)
    assert refinements(risk, 0.0) > 0
    net.theta -= risk.hessian_solve(None, risk.gradient())
    assert np.abs(risk.gradient()).max() < 1e-14


def test_a_loss_of_ones_own_is_solved_in_double_precision() -> None:
    problem = LARGER[0]
    net = problem.network()
    risk = rv.EmpiricalRisk(net, problem.X, problem.y, loss=rv.losses.Custom(half_square))
    check(risk)
    assert refinements(risk, shift_for(risk.hessian())) == 0


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("problem", LARGER, ids=shape)
def test_neither_threads_nor_layout_change_a_bit(problem: Problem, dtype: str) -> None:
    risk = replace(problem, dtype=dtype).risk()
    V, shift = directions(risk, 4), shift_for(risk.hessian())
    images = set()
    for threads, offset in ((1, 0), (2, 8), (4, 24)):
        rv.set_num_threads(threads)
        out = laid_out_at(np.empty_like(V), offset)
        assert risk.hessian_solve(risk.net.theta.copy(), V, shift, out=out) is out
        images.add(out.tobytes())
    assert len(images) == 1


def test_what_is_not_definite_is_named_with_its_pivot() -> None:
    for problem in (Problem(), LARGER[0]):
        risk = problem.risk()
        v = directions(risk, 1)[0]
        shift = -2 * shift_for(risk.hessian())
        with pytest.raises(rv.linalg.NotPositiveDefiniteError, match="the Hessian with shift -") as caught:
            risk.hessian_solve(None, v, shift)
        assert caught.value.pivot == 0
        assert caught.value.value == pytest.approx(risk.hessian()[0, 0] + shift)
        with pytest.raises(rv.linalg.NotPositiveDefiniteError, match="the Gauss-Newton matrix with shift"):
            risk.gauss_newton_solve(None, v, shift - 1e3)


@pytest.mark.parametrize("shift", [np.nan, np.inf, "1", None, True])
def test_a_shift_is_a_finite_number(shift: Any) -> None:
    risk = Problem().risk()
    with pytest.raises((TypeError, ValueError), match="shift"):
        risk.hessian_solve(None, directions(risk, 1)[0], shift)


def test_vectors_that_do_not_fit_are_refused() -> None:
    risk = Problem().risk()
    P = risk.net.parameter_count
    V = directions(risk, 2)
    bad = V.copy()
    bad[1, 3] = np.inf
    with pytest.raises(ValueError, match="v must be finite, got inf at element 3 of vector 1"):
        risk.hessian_solve(None, bad, 10.0)
    for v in (np.zeros(P + 1), np.zeros((2, P + 1)), np.zeros((1, 2, P)), np.float64(1)):
        with pytest.raises((TypeError, ValueError), match="v"):
            risk.hessian_solve(None, v, 10.0)
    for v in (V.astype(np.float32), V[:, ::2], [0.0] * P, np.asfortranarray(V)):
        with pytest.raises((TypeError, ValueError), match="v"):
            risk.hessian_solve(None, v, 10.0)
    with pytest.raises(ValueError, match="out"):
        risk.hessian_solve(None, V, 10.0, out=V)
    with pytest.raises(ValueError, match="out"):
        risk.hessian_solve(risk.net.theta, V[0], 10.0, out=risk.net.theta)


def test_a_matrix_that_cannot_fit_is_refused_with_its_size() -> None:
    risk = rv.EmpiricalRisk(rv.MLP([1, 500_000, 1]), np.ones((2, 1)), np.ones((2, 1)))
    with pytest.raises(MemoryError, match=r"P = 1500001.*conjugate_gradient"):
        risk.hessian_solve(None, np.zeros(risk.net.parameter_count, risk.net.dtype))


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_ctrl_c_is_heard_and_nothing_is_lost() -> None:
    risk = rv.EmpiricalRisk(rv.MLP([40, 60, 30, 5], seed=0), np.ones((4000, 40)), np.zeros((4000, 5)))
    theta, (v,) = risk.net.theta.copy(), directions(risk, 1)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    sent: list[float] = []

    def send() -> None:
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    def solve_for_ever() -> None:
        while True:
            risk.hessian_solve(None, v, shift=1e3)

    timer = threading.Timer(0.1, send)
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            solve_for_ever()
        assert time.perf_counter() - sent[0] < 0.5
    finally:
        timer.cancel()
        timer.join()
        signal.signal(signal.SIGINT, before)
    np.testing.assert_array_equal(risk.net.theta, theta)
    assert np.isfinite(risk.hessian_solve(None, v, shift=1e3)).all()
