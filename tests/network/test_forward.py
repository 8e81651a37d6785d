"""Predictions, the Jacobian of the outputs and probabilities, against the textbook."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

import ravine as rv
from ravine import reference
from support.memory import BORROWED, CONVERTED
from support.problems import ACTIVATIONS, DTYPES, Problem, problems


def condition(problem: Problem) -> float:
    """How many roundings meet in one output."""
    return 10.0 * sum(problem.widths)


@given(problems())
def test_predict_is_the_textbook_forward_sweep(problem: Problem) -> None:
    theta, X = problem.theta.astype(np.float64), problem.X.astype(np.float64)
    want = reference.predict(problem.textbook_network(), theta, X)
    got = problem.network().predict(problem.X)
    assert got.dtype == problem.dtype
    assert got.shape == want.shape
    bound = condition(problem) * problem.eps
    np.testing.assert_allclose(got, want, rtol=bound, atol=bound * max(1.0, np.abs(want).max()))


@pytest.mark.parametrize("rows", [1, 2, 31, 32, 33, 257, 1000])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_row_does_not_see_its_neighbours(rows: int, dtype: str) -> None:
    problem = Problem(
        widths=(7, 30, 4), activations=("gelu", "identity"), biases=(True, True), dtype=dtype, rows=rows
    )
    net = problem.network()
    whole = net.predict(problem.X)
    for i in {0, rows // 2, rows - 1}:
        np.testing.assert_allclose(
            net.predict(problem.X[i : i + 1])[0],
            whole[i],
            rtol=0,
            atol=40 * problem.eps * np.abs(whole).max(),
        )


@given(problems(largest_width=8))
def test_jacobian_is_the_textbook_one(problem: Problem) -> None:
    theta, X = problem.theta.astype(np.float64), problem.X.astype(np.float64)
    want = reference.jacobian(problem.textbook_network(), theta, X)
    got = problem.network().jacobian(problem.X)
    assert got.shape == want.shape
    assert got.dtype == problem.dtype
    bound = condition(problem) * problem.eps * max(1.0, np.abs(want).max())
    np.testing.assert_allclose(got, want, rtol=0, atol=bound)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_gradient_of_the_squared_error_is_the_jacobian_times_the_residuals(name: str) -> None:
    problem = Problem(activations=(name, name, name), reduction="sum")
    net = problem.network()
    residuals = net.predict(problem.X) - problem.y
    want = np.einsum("nk,nkp->p", residuals, net.jacobian(problem.X))
    np.testing.assert_allclose(problem.risk().gradient(), want, rtol=0, atol=1e-13 * np.abs(want).max())


def test_out_receives_the_result_and_is_returned() -> None:
    problem = Problem()
    net = problem.network()
    out, J = np.full((13, 3), np.nan), np.full((13, 3, net.parameter_count), np.nan)
    assert net.predict(problem.X, out=out) is out
    assert net.jacobian(problem.X, out=J) is J
    np.testing.assert_array_equal(out, net.predict(problem.X))
    np.testing.assert_array_equal(J, net.jacobian(problem.X))


@pytest.mark.parametrize("layout", [*BORROWED, *CONVERTED])
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_layout_of_inputs_changes_no_bit(layout: str, dtype: str) -> None:
    problem = Problem(dtype=dtype)
    net = problem.network()
    X = {**BORROWED, **CONVERTED}[layout](problem.X)
    np.testing.assert_array_equal(net.predict(X), net.predict(problem.X))
    np.testing.assert_array_equal(net.jacobian(X), net.jacobian(problem.X))


def test_probabilities_are_softmax_of_several_outputs_and_logistic_of_one() -> None:
    several = Problem().network()
    f = several.predict(Problem().X)
    p = several.predict_proba(Problem().X)
    np.testing.assert_allclose(p, np.exp(f) / np.exp(f).sum(axis=1, keepdims=True), rtol=1e-14)
    one = Problem(widths=(4, 3, 1), activations=("tanh", "identity"), biases=(True, True))
    z = one.network().predict(one.X)
    np.testing.assert_allclose(one.network().predict_proba(one.X), 1 / (1 + np.exp(-z)), rtol=1e-14)


def test_probabilities_follow_the_loss_where_it_is_named() -> None:
    problem = Problem()
    net = problem.network()
    f = net.predict(problem.X)
    each = net.predict_proba(problem.X, loss="binary_cross_entropy")
    np.testing.assert_allclose(each, 1 / (1 + np.exp(-f)), rtol=1e-14)
    together = net.predict_proba(problem.X, loss="cross_entropy")
    np.testing.assert_array_equal(together, net.predict_proba(problem.X))
    with pytest.raises(ValueError, match="squared_error"):
        net.predict_proba(problem.X, loss="squared_error")


def test_probabilities_of_huge_outputs_are_probabilities() -> None:
    net = rv.MLP([1, 3], bias=False)
    net.theta = np.array([1e5, -1e5, 0.0])
    np.testing.assert_array_equal(net.predict_proba(np.array([[1.0], [-1.0]])), [[1, 0, 0], [0, 1, 0]])
