"""Newton-CG with products on some of the rows: value, gradient and every verdict are still of all."""

from __future__ import annotations

import numpy as np
import pytest

import ravine as rv

RANDOM = np.random.default_rng(3)
X = RANDOM.uniform(-1, 1, (200, 2))
Y = np.sin(3 * X[:, 0]) * X[:, 1]


def risk_of(**options):
    return rv.EmpiricalRisk(rv.MLP([2, 6, 1], activation="tanh", seed=1), X, Y, l2=1e-3, **options)


def walk(**options):
    risk = risk_of()
    return rv.minimize(risk, method="newton-cg", certificate=False, **{"maxiter": 30, **options})


def same(one, other):
    return one.x.tobytes() == other.x.tobytes() and np.array_equal(one.history.loss, other.history.loss)


@pytest.mark.parametrize("rows", [1.0, 200, 0.9999])
def test_all_rows_are_as_if_there_were_no_sample(rows):
    assert same(walk(hessian_rows=rows, hessian_seed=5), walk())


def test_a_share_is_a_number_of_rows():
    assert same(walk(hessian_rows=0.25), walk(hessian_rows=50))
    assert not same(walk(hessian_rows=0.25), walk())


def test_the_rows_are_those_of_the_seed():
    assert same(walk(hessian_rows=0.25, hessian_seed=4), walk(hessian_rows=0.25, hessian_seed=4))
    assert not same(walk(hessian_rows=0.25, hessian_seed=4), walk(hessian_rows=0.25, hessian_seed=5))


def test_threads_change_no_bit():
    before = rv.get_num_threads()
    try:
        rv.set_num_threads(1)
        one = walk(hessian_rows=0.5)
        rv.set_num_threads(4)
        assert same(walk(hessian_rows=0.5), one)
    finally:
        rv.set_num_threads(before)


@pytest.mark.parametrize("rows", [0.5, 0.2])
def test_the_end_is_judged_on_all_rows(rows):
    risk = risk_of()
    start = risk.value()
    result = rv.minimize(risk, method="newton-cg", hessian_rows=rows, gtol=1e-6, maxiter=20000)
    assert result.reason is rv.StopReason.GRADIENT_SMALL
    assert np.linalg.norm(risk.gradient()) == pytest.approx(result.gradient_norm)
    assert result.gradient_norm <= 1e-6
    assert result.fun == risk.value() < start
    assert result.second_order == "no negative curvature"
    assert np.linalg.eigvalsh(risk.hessian())[0] > -1e-10


def test_no_run_ends_at_a_saddle():
    net = rv.MLP([2, 3, 1], bias=False, activation="tanh", initializer="zeros")
    risk = rv.EmpiricalRisk(net, X, X[:, 0])
    assert np.linalg.norm(risk.gradient()) == 0
    result = rv.minimize(risk, method="newton-cg", hessian_rows=0.2, gtol=1e-6, maxiter=5000)
    assert result.history.left_saddle[0]
    assert result.success
    assert result.fun < 0.1 * result.history.loss[0]


def test_a_product_sees_the_rows_of_the_sample_alone():
    seen = []

    def square(f, y):
        seen.append(len(f))
        return ((f - y) ** 2).sum(axis=1) / 2, f - y, np.ones((len(f), 1, 1))

    def rows_a_product(share):
        risk = risk_of(loss=rv.losses.Custom(square))
        seen.clear()
        result = rv.minimize(
            risk, method="newton-cg", hessian_rows=share, maxiter=5, gtol=0, certificate=False
        )
        return sum(seen) - 200 * (result.nfev + 1)  # the last is the rounding error's

    full, tenth = rows_a_product(1), rows_a_product(0.1)
    assert 0 < tenth < 0.3 * full


def test_held_parameters_and_subsets():
    risk = risk_of()
    before = risk.net.theta.copy()
    rv.minimize(risk, method="newton-cg", hessian_rows=0.5, free=[0, 1, 2], maxiter=5)
    assert np.array_equal(np.flatnonzero(risk.net.theta != before), [0, 1, 2])
    half = risk_of().subset(range(100))
    assert half.value() > rv.minimize(half, method="newton-cg", hessian_rows=20, maxiter=10).fun
    with pytest.raises(ValueError, match="a number of the 100 rows"):
        rv.minimize(half, method="newton-cg", hessian_rows=150)


@pytest.mark.parametrize("rows", [1.5, 201])
def test_rows_that_are_not_there(rows):
    with pytest.raises(ValueError, match="hessian_rows must be a share up to 1 or a number of the 200 rows"):
        walk(hessian_rows=rows)


def test_bad_shares_and_seeds():
    for rows in (0, -0.5):
        with pytest.raises(ValueError, match="hessian_rows must lie in"):
            walk(hessian_rows=rows)
    with pytest.raises(ValueError, match="hessian_seed must be an integer"):
        walk(hessian_seed=0.5)
    with pytest.raises(TypeError, match="lbfgs has no option 'hessian_rows'"):
        rv.minimize(risk_of(), method="lbfgs", hessian_rows=0.5)


def test_a_function_has_no_rows():
    with pytest.raises(TypeError, match=r"hessian_rows.*a function has no rows"):
        rv.minimize(lambda x: x @ x, [1.0], method="newton-cg", hessian_rows=0.5)
