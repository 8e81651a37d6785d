"""Products with the Hessian and the Gauss-Newton matrix: from scratch, and where sweeps are kept."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import ravine as rv
from ravine import reference
from support.memory import laid_out_at
from support.problems import ACTIVATIONS, DTYPES, LOSSES, Problem, directions, half_square, problems, shape
from support.risk_pairs import make_pair

Product = Callable[[np.ndarray], np.ndarray]
LARGER = [
    Problem(widths=(1, 20, 20, 1), rows=1100),
    Problem(widths=(7, 6, 5, 4), biases=(True, False, True), rows=300, weighted=True, l2=0.3),
    Problem(widths=(20, 380, 400, 7), activations=("tanh", "relu", "identity"), rows=260),
    Problem(widths=(2, 700, 150), activations=("sin", "tanh"), biases=(True, True), rows=70),
]


def products_of(risk: rv.EmpiricalRisk) -> dict[str, Product]:
    kept = risk.linearize()
    return {
        "hessian": lambda v: risk.hessian_product(None, v),
        "gauss_newton": lambda v: risk.gauss_newton_product(None, v),
        "kept hessian": kept.hessian_product,
        "kept gauss_newton": kept.gauss_newton_product,
    }


def close(got: np.ndarray, want: np.ndarray, eps: float, scale: float) -> None:
    np.testing.assert_allclose(got, want, rtol=0, atol=300 * eps * (1e-3 + scale))


@settings(max_examples=40, deadline=None)
@given(problems(largest_width=9))
def test_both_agree_with_the_textbook(problem: Problem) -> None:
    risk, textbook, theta = problem.risk(), problem.textbook_risk(), problem.theta.astype(np.float64)
    v = directions(risk, 1)[0]
    wide = v.astype(np.float64)
    for name, product in products_of(risk).items():
        one = reference.hessian_product if "hessian" in name else reference.gauss_newton_product
        want = one(textbook, theta, wide)
        rows = [np.abs(one(textbook.subset([i]), theta, wide)).max() for i in range(problem.rows)]
        close(product(v), want, problem.eps, float(np.mean(rows)) + np.abs(want).max())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_columns_of_the_matrices_are_products_with_unit_vectors(
    activation: str, loss: str, dtype: str
) -> None:
    problem = Problem(
        activations=(activation, activation, "tanh"), loss=loss, dtype=dtype, weighted=True, l2=0.2
    )
    risk = problem.risk()
    matrices = {"hessian": risk.hessian(), "gauss_newton": risk.gauss_newton()}
    for name, product in products_of(risk).items():
        matrix = matrices[name.removeprefix("kept ")]
        close(product(np.eye(len(matrix), dtype=dtype)), matrix, problem.eps, np.abs(matrix).max())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "loss", ["huber", "pseudo_huber", "poisson", "cosine", "hinge", "squared_hinge", "gaussian"]
)
def test_the_other_losses(loss: str, dtype: str) -> None:
    risk, _ = make_pair(loss, dtype=dtype, rows=40, ours={"l2": [0.1, 0.3]})
    matrices = {"hessian": risk.hessian(), "gauss_newton": risk.gauss_newton()}
    eps = float(np.finfo(dtype).eps)
    for name, product in products_of(risk).items():
        matrix = matrices[name.removeprefix("kept ")]
        close(product(np.eye(len(matrix), dtype=dtype)), matrix, eps, np.abs(matrix).max())


@pytest.mark.parametrize("problem", LARGER, ids=shape)
def test_the_matrices_are_symmetric(problem: Problem) -> None:
    """⟨u, H v⟩ = ⟨H u, v⟩, in networks whose threads share rows, and in those whose threads share layers."""
    risk = problem.risk()
    u, v = directions(risk, 2)
    for product in products_of(risk).values():
        Hu, Hv = product(np.stack([u, v]))
        assert abs(u @ Hv - Hu @ v) < 1e-12 * (np.linalg.norm(u) * np.linalg.norm(Hv))
        assert np.abs(product(u + 2 * v) - (Hu + 2 * Hv)).max() < 1e-12 * np.abs(Hu).max()


@pytest.mark.parametrize("problem", LARGER[2:], ids=shape)
def test_wide_networks_agree_with_differences(problem: Problem) -> None:
    risk, step = problem.risk(), 1e-5
    (v,) = directions(risk, 1)
    v /= np.linalg.norm(v)
    slope = (risk.gradient(problem.theta + step * v) - risk.gradient(problem.theta - step * v)) / (2 * step)
    product = risk.hessian_product(None, v)
    np.testing.assert_allclose(product, slope, rtol=0, atol=1e-7 * np.abs(product).max())


def test_the_quadratic_model_errs_by_the_cube_of_the_step() -> None:
    risk = Problem(loss="cross_entropy").risk()
    theta, (v,) = risk.net.theta.copy(), directions(risk, 1)
    at = risk.linearize()
    slope, bend = at.gradient @ v, v @ at.hessian_product(v)
    steps = np.array([0.02, 0.01, 0.005])
    errors = [abs(risk.value(theta + t * v) - (at.value + t * slope + 0.5 * t**2 * bend)) for t in steps]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert (np.abs(orders - 3) < 0.2).all()


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("problem", LARGER, ids=shape)
def test_neither_threads_nor_company_nor_kept_sweeps_change_a_bit(problem: Problem, dtype: str) -> None:
    risk = replace(problem, dtype=dtype).risk()
    V = directions(risk, 9)
    images: dict[str, set[bytes]] = {"hessian": set(), "gauss_newton": set()}
    for threads in (1, 2, 4):
        rv.set_num_threads(threads)
        for name, product in products_of(risk).items():
            image = images[name.removeprefix("kept ")]
            image.add(product(V)[-1].tobytes())
            image.add(product(V[-1]).tobytes())
    assert [len(image) for image in images.values()] == [1, 1]


def test_a_linearization_is_value_and_gradient_and_stays_where_it_was() -> None:
    problem = Problem(rows=40, weighted=True, l2=0.2)
    risk = problem.risk(prior=np.ones(problem.theta.size))
    value, gradient = risk.value_and_gradient()
    v = directions(risk, 1)[0]
    before = risk.hessian_product(None, v)
    theta = risk.net.theta.copy()
    for at in (risk.linearize(), risk.linearize(theta)):
        risk.net.theta += 1.0
        theta += 1.0
        assert at.value == value
        np.testing.assert_array_equal(at.gradient, gradient)
        np.testing.assert_array_equal(at.hessian_product(v), before)
        assert not at.gradient.flags.writeable
        assert at.nbytes == risk.workspace_bytes("linearize")
        assert "P=83" in repr(at)
        risk.net.theta -= 1.0


def test_subsets_and_masks() -> None:
    rng = np.random.default_rng(0)
    net = rv.MLP([3, 4, 2], seed=1)
    X, y = rng.normal(size=(30, 3)), rng.normal(size=(30, 2))
    y[3, 1] = y[7, 0] = np.nan
    risk = rv.EmpiricalRisk(net, X, y, missing="mask", l2=[0.2, 0.7], sample_weight=rng.random(30))
    for part in (risk, risk.subset([1, 7, 7, 29])):
        H, G = part.hessian(), part.gauss_newton()
        for name, product in products_of(part).items():
            np.testing.assert_allclose(product(np.eye(len(H))), H if "hessian" in name else G, atol=1e-13)


def test_rows_without_weight_are_not_there() -> None:
    problem = Problem(rows=6)
    X, y, w = problem.X.copy(), problem.y.copy(), np.ones(6)
    X[4], w[4] = 1e300, 0
    v = directions(problem.risk(), 1)[0]
    rest = np.flatnonzero(w)
    whole, without = problem.risk(X=X, sample_weight=w), problem.risk(X=X[rest], y=y[rest])
    for ours, theirs in zip(products_of(whole).values(), products_of(without).values(), strict=True):
        np.testing.assert_allclose(ours(v), theirs(v), rtol=0, atol=1e-14)


def test_a_function_of_ones_own() -> None:
    problem = Problem(loss="squared_error", rows=200)
    own = products_of(problem.risk(loss=rv.losses.Custom(half_square)))
    V = directions(problem.risk())
    for name, product in products_of(problem.risk()).items():
        np.testing.assert_allclose(own[name](V), product(V), rtol=0, atol=1e-13)


def test_a_function_without_hessian_is_named() -> None:
    def absolute(f: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.abs(f - y).sum(axis=1), np.sign(f - y)

    risk = rv.EmpiricalRisk(rv.MLP([1, 1]), np.ones((3, 1)), np.ones(3), loss=rv.losses.Custom(absolute))
    for call in (lambda: risk.hessian_product(None, np.ones(2)), risk.linearize):
        with pytest.raises(ValueError, match=r"[Hh]essian"):
            call()


def test_results_go_where_they_are_wanted() -> None:
    risk = Problem().risk()
    V, other = directions(risk), risk.net.theta + 0.5
    at = risk.linearize(other)
    for out in (np.full_like(V, np.nan), laid_out_at(V, 8)):
        assert risk.hessian_product(other, V, out) is out
        np.testing.assert_array_equal(out, risk.hessian_product(other, V))
        assert at.gauss_newton_product(V, out=out) is out
        np.testing.assert_array_equal(out, risk.gauss_newton_product(other, V))
    assert risk.hessian_product(None, np.empty((0, 83))).shape == (0, 83)


BAD: dict[str, tuple[Any, Any, str]] = {
    "short": (np.ones(82), None, r"v must be of shape \(83,\) or \(k, 83\), got \(82,\)"),
    "three": (np.ones((2, 2, 83)), None, "v must be of shape"),
    "scalar": (np.ones(()), None, "v must be of shape"),
    "list": ([1.0] * 83, None, "v must be"),
    "float32": (np.ones(83, np.float32), None, "v must have dtype float64"),
    "strided": (np.ones((83, 2))[:, 0], None, "v must be C-contiguous"),
    "fortran": (np.ones((83, 3)).T, None, "v must be C-contiguous"),
    "out for one": (np.ones((2, 83)), np.ones(83), "out must be of shape"),
    "out of one": (np.ones(83), np.ones((1, 83)), "out must be"),
    "out float32": (np.ones(83), np.ones(83, np.float32), "out must have dtype float64"),
    "out read-only": (np.ones(83), np.broadcast_to(1.0, (83,)), "out must be"),
}


@pytest.mark.parametrize("kind", BAD)
def test_vectors_that_do_not_fit_are_refused(kind: str) -> None:
    v, out, message = BAD[kind]
    risk = Problem().risk()
    for call in (risk.linearize().hessian_product, lambda v, out: risk.gauss_newton_product(None, v, out)):
        with pytest.raises((ValueError, TypeError), match=message):
            call(v, out)


def test_out_must_lie_apart() -> None:
    problem = Problem()
    buffer = np.zeros((3, 83))
    buffer[0] = problem.theta
    with pytest.raises(ValueError, match="out and theta must not overlap"):
        problem.risk().hessian_product(buffer[0], np.ones(83), out=buffer[0])
    with pytest.raises(ValueError, match="out and v must not overlap"):
        problem.risk().hessian_product(None, buffer[:2], out=buffer[1:])
    with pytest.raises(ValueError, match="out and v must not overlap"):
        problem.risk().linearize().hessian_product(buffer[1], out=buffer[1])
    with pytest.raises(ValueError, match="out and X must not overlap"):
        problem.risk(X=buffer.ravel()[:52].reshape(13, 4)).hessian_product(None, np.ones(83), out=buffer[0])


def test_memory_is_told_and_only_kept_sweeps_grow_with_the_rows() -> None:
    few, many = (Problem(rows=rows).risk() for rows in (20_000, 40_000))
    for method in ("hessian_product", "gauss_newton_product"):
        assert 0 < few.workspace_bytes(method) == many.workspace_bytes(method)
    ratio = many.workspace_bytes("linearize") / few.workspace_bytes("linearize")
    assert 1.8 < ratio < 2.2
    with pytest.raises(ValueError, match="or 'linearize', got 'newton'"):
        few.workspace_bytes("newton")


def test_sweeps_that_do_not_fit_are_refused_with_their_size() -> None:
    risk = Problem().risk()
    risk._count = 10**12  # the rows themselves would not fit
    with pytest.raises(MemoryError, match="keeping the sweeps over N = 1000000000000 rows needs"):
        risk.linearize()


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_ctrl_c_is_heard() -> None:
    risk = Problem(widths=(20, 60, 60, 4), rows=20_000).risk()
    V = directions(risk, 400)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    sent: list[float] = []

    def send() -> None:
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.1, send)
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            risk.hessian_product(None, V)
        assert time.perf_counter() - sent[0] < 0.5
    finally:
        timer.cancel()
        timer.join()
        signal.signal(signal.SIGINT, before)
    assert np.isfinite(risk.hessian_product(None, V[0])).all()
