"""The dense Hessian and Gauss-Newton matrix, against the textbook, against differences, and as matrices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

import ravine as rv
from ravine import reference
from support.problems import ACTIVATIONS, DTYPES, LOSSES, SMOOTH, Problem, half_square, problems, shape

LARGER = [
    Problem(widths=(1, 20, 20, 1), rows=1100),
    Problem(widths=(10, 33, 17, 3), rows=40, weighted=True, l2=0.3),
    Problem(widths=(2, 210, 3), activations=("tanh", "identity"), biases=(True, True), rows=9),
    Problem(
        widths=(1, 300, 1), activations=("tanh", "identity"), biases=(True, True), rows=40, weighted=True
    ),
    Problem(widths=(3, 66, 1, 5), activations=("tanh",) * 3, biases=(False, True, True), rows=1030),
    Problem(widths=(3, 4, 205), activations=("sin", "identity"), biases=(True, True), rows=7),
    Problem(
        widths=(3, 5, 60), activations=("tanh", "tanh"), biases=(True, True), loss="cross_entropy", rows=90
    ),
    Problem(
        widths=(7, 6, 5, 6, 7, 4), activations=("tanh",) * 5, biases=(True, False, True, False, True), rows=70
    ),
]


def close(matrix: np.ndarray, textbook: np.ndarray, eps: float) -> None:
    np.testing.assert_allclose(matrix, textbook, rtol=0, atol=200 * eps * (1e-3 + np.abs(textbook).max()))
    assert (matrix == matrix.T).all()


@settings(max_examples=60, deadline=None)
@given(problems(largest_width=9))
def test_both_agree_with_the_textbook(problem: Problem) -> None:
    risk, textbook, theta = problem.risk(), problem.textbook_risk(), problem.theta.astype(np.float64)
    close(risk.hessian(), reference.hessian(textbook, theta), problem.eps)
    close(risk.gauss_newton(), reference.gauss_newton(textbook, theta), problem.eps)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_and_loss(activation: str, loss: str, dtype: str) -> None:
    problem = Problem(
        activations=(activation, activation, "tanh"), loss=loss, dtype=dtype, weighted=True, l2=0.2
    )
    risk, textbook, theta = problem.risk(), problem.textbook_risk(), problem.theta.astype(np.float64)
    close(risk.hessian(), reference.hessian(textbook, theta), problem.eps)
    close(risk.gauss_newton(), reference.gauss_newton(textbook, theta), problem.eps)


@pytest.mark.parametrize("problem", LARGER, ids=shape)
def test_columns_are_the_textbooks_products(problem: Problem) -> None:
    """Several chunks, panels of several rows or a part of one, layers of one input, wide layers of few."""
    risk, rng = problem.risk(), np.random.default_rng(1)
    both = (
        (risk.hessian(), reference.hessian_product),
        (risk.gauss_newton(), reference.gauss_newton_product),
    )
    for v in rng.choice([-1.0, 1.0], size=(3, problem.theta.size)):
        for matrix, multiply in both:
            product = multiply(problem.textbook_risk(), problem.theta, v)
            np.testing.assert_allclose(
                matrix @ v, product, rtol=0, atol=1e-12 * np.abs(matrix).sum(axis=1).max()
            )


@pytest.mark.parametrize("activation", SMOOTH)
def test_differences_of_the_gradient(activation: str) -> None:
    risk = Problem(activations=(activation, activation, "identity"), loss="cross_entropy", l2=0.1).risk()
    H, theta, step = risk.hessian(), risk.net.theta.copy(), 1e-5
    for i, e in enumerate(np.eye(theta.size)):
        slope = (risk.gradient(theta + step * e) - risk.gradient(theta - step * e)) / (2 * step)
        np.testing.assert_allclose(H[i], slope, rtol=0, atol=1e-8)


def test_the_quadratic_model_errs_by_the_cube_of_the_step() -> None:
    risk = Problem(loss="cross_entropy").risk()
    theta, v = risk.net.theta, np.random.default_rng(0).normal(size=risk.net.parameter_count)
    value, gradient = risk.value_and_gradient()
    H = risk.hessian()
    steps = np.array([0.02, 0.01, 0.005])
    errors = [
        abs(risk.value(theta + t * v) - (value + t * gradient @ v + 0.5 * t**2 * v @ H @ v)) for t in steps
    ]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert (np.abs(orders - 3) < 0.2).all()


@pytest.mark.parametrize("loss", ["huber", "pseudo_huber", "poisson", "cosine", "squared_hinge", "gaussian"])
def test_the_other_losses(loss: str) -> None:
    rng = np.random.default_rng(0)
    net, X = rv.MLP([3, 5, 10], activation="tanh", seed=1), rng.normal(size=(40, 3))
    columns = {"gaussian": 5}.get(loss, 10)
    y = rng.integers(0, 10, 40) if loss == "squared_hinge" else rng.uniform(0.1, 3, (40, columns))
    risk = rv.EmpiricalRisk(net, X, y, loss=loss)
    textbook = reference.EmpiricalRisk(
        reference.Network([3, 5, 10], ["tanh", "identity"], [True, True]), X, y, loss
    )
    close(risk.hessian(), reference.hessian(textbook, net.theta), 1e-15)
    close(risk.gauss_newton(), reference.gauss_newton(textbook, net.theta), 1e-15)
    assert np.linalg.eigvalsh(risk.gauss_newton()).min() > -1e-12


def test_subsets_masks_sums_and_penalties() -> None:
    rng = np.random.default_rng(0)
    net = rv.MLP([3, 4, 2], seed=1)
    X, y = rng.normal(size=(30, 3)), rng.normal(size=(30, 2))
    y[3, 1] = y[7, 0] = np.nan
    penalties = {"l1": 0.1, "l2": [0.2, 0.7], "prior": rng.normal(size=net.parameter_count)}
    risk = rv.EmpiricalRisk(net, X, y, missing="mask", reduction="sum", **penalties)
    rows, step = [1, 7, 7, 29], 1e-5
    for part in (risk, risk.subset(rows)):
        H, theta = part.hessian(), net.theta
        slopes = [
            (part.gradient(theta + step * e) - part.gradient(theta - step * e)) / (2 * step)
            for e in np.eye(theta.size)
        ]
        np.testing.assert_allclose(H, slopes, rtol=0, atol=1e-7)


def test_for_a_linear_network_the_two_are_one() -> None:
    linear = Problem(widths=(5, 3), activations=("identity",), biases=(True,), loss="cross_entropy").risk()
    np.testing.assert_array_equal(linear.hessian(), linear.gauss_newton())


def test_without_residuals_the_two_are_one() -> None:
    problem = Problem(loss="squared_error")
    risk = problem.risk(y=problem.network().predict(problem.X))
    np.testing.assert_allclose(risk.hessian(), risk.gauss_newton(), rtol=0, atol=1e-12)


def test_swapping_hidden_units_swaps_rows_and_columns() -> None:
    problem = Problem(widths=(3, 5, 2), activations=("tanh", "identity"), biases=(True, True))
    risk, order = problem.risk(), np.random.default_rng(2).permutation(5)
    index = np.arange(problem.theta.size)
    first, second = index[:20].reshape(4, 5)[:, order], index[20:].reshape(6, 2)[[*order, 5]]
    moved = np.concatenate([first.ravel(), second.ravel()])
    H = risk.hessian()
    np.testing.assert_allclose(
        risk.hessian(problem.theta[moved]), H[np.ix_(moved, moved)], rtol=0, atol=1e-13
    )


def test_rescaling_relu_units_leaves_a_flat_direction() -> None:
    """J is constant along (w, v) -> (s w, v / s), so tᵀ H t = -gᵀ t′, t = d/ds of that path."""
    problem = Problem(widths=(3, 4, 1), activations=("relu", "identity"), biases=(False, False), rows=50)
    risk, theta = problem.risk(), problem.theta
    W, v = theta[:12].reshape(3, 4), theta[12:]
    for unit in range(4):
        t, second = np.zeros(16), np.zeros(16)
        t[:12].reshape(3, 4)[:, unit], t[12 + unit] = W[:, unit], -v[unit]
        second[12 + unit] = 2 * v[unit]
        g, H = risk.gradient(), risk.hessian()
        assert abs(g @ t) < 1e-14
        assert abs(t @ H @ t + g @ second) < 1e-13


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("problem", LARGER, ids=shape)
def test_one_to_four_threads_give_the_same_bits(problem: Problem, dtype: str) -> None:
    risk = replace(problem, dtype=dtype).risk()
    images = set()
    for threads in (1, 2, 3, 4):
        rv.set_num_threads(threads)
        images.add((risk.hessian().tobytes(), risk.gauss_newton().tobytes()))
    assert len(images) == 1


# Of at most 20,000 parameters each: wide, deep, with many inputs, with many outputs.
@pytest.mark.parametrize(
    "widths",
    [
        [1, 20, 20, 1],
        [64, 64, 64, 10],
        [1, 6000, 1],
        [6000, 3, 3],
        [130, 130, 10],
        [300, 30, 300],
        [1, 1, 9000],
        [18, 1000],
        [1, 2500, 5],
        [5] + [30] * 20 + [1],
        [1] + [4] * 900 + [1],
    ],
    ids=lambda widths: "-".join(map(str, widths[:4])),
)
@pytest.mark.parametrize("method", ["hessian", "gauss_newton"])
def test_the_workspace_stays_within_64_megabytes(widths: list[int], method: str) -> None:
    risk = rv.EmpiricalRisk(rv.MLP(widths, seed=0), np.ones((1000, widths[0])), np.ones((1000, widths[-1])))
    assert 0 < risk.workspace_bytes(method) <= 64 * 2**20


def test_results_go_where_they_are_wanted() -> None:
    risk = Problem().risk()
    P = risk.net.parameter_count
    out = np.full((P, P), np.nan)
    assert risk.hessian(out=out) is out
    np.testing.assert_array_equal(out, risk.hessian())
    other = risk.net.theta + 0.5
    np.testing.assert_array_equal(risk.gauss_newton(other, out), rv.EmpiricalRisk.gauss_newton(risk, other))


@pytest.mark.parametrize(
    ("out", "message"),
    [
        (np.empty((3, 3)), "out must be of shape"),
        (np.empty((83, 83), np.float32), "out must have dtype float64"),
        (np.empty((83, 83)).T[::-1], "out must be C-contiguous"),
        (np.broadcast_to(0.0, (83, 83)), "out must be"),
    ],
)
def test_buffers_that_do_not_fit_are_refused(out: np.ndarray, message: str) -> None:
    risk = Problem().risk()
    assert risk.net.parameter_count == 83
    with pytest.raises((ValueError, TypeError), match=message):
        risk.hessian(out=out)


def test_out_must_not_hold_theta_or_data() -> None:
    problem, P = Problem(), 83
    buffer = np.zeros((P, P))
    buffer[0] = problem.theta
    with pytest.raises(ValueError, match="out and theta must not overlap"):
        problem.risk().hessian(buffer[0], out=buffer)
    with pytest.raises(ValueError, match="out and X must not overlap"):
        problem.risk(X=buffer[:13, :4]).gauss_newton(out=buffer)


def test_a_matrix_that_does_not_fit_is_refused_with_its_size() -> None:
    net = rv.MLP([1000, 1000, 1000])
    risk = rv.EmpiricalRisk(net, np.ones((2, 1000)), np.ones((2, 1000)))
    with pytest.raises(MemoryError, match=r"P = 2002000 needs 3\.21e\+04 GB"):
        risk.hessian()


def test_a_function_without_hessian_is_named() -> None:
    def absolute(f: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.abs(f - y).sum(axis=1), np.sign(f - y)

    risk = rv.EmpiricalRisk(rv.MLP([1, 1]), np.ones((3, 1)), np.ones(3), loss=rv.losses.Custom(absolute))
    with pytest.raises(ValueError, match=r"[Hh]essian"):
        risk.hessian()


def test_a_function_with_hessian_is_used() -> None:
    problem = Problem(loss="squared_error", rows=200)
    own = problem.risk(loss=rv.losses.Custom(half_square))
    np.testing.assert_allclose(own.hessian(), problem.risk().hessian(), rtol=0, atol=1e-14)


@pytest.mark.parametrize("rows", [7, 21])  # one chunk of few samples, and several
def test_a_function_with_very_many_outputs_stays_within_64_megabytes(rows: int) -> None:
    outputs, rng = 600, np.random.default_rng(rows)
    net = rv.MLP([1, 1, outputs], seed=0)
    X, y = rng.standard_normal((rows, 1)), rng.standard_normal((rows, outputs))
    own = rv.EmpiricalRisk(net, X, y, loss=rv.losses.Custom(half_square))
    assert own.workspace_bytes("hessian") <= 64 * 2**20
    expected = rv.EmpiricalRisk(net, X, y, loss="squared_error").hessian()
    np.testing.assert_allclose(own.hessian(), expected, rtol=0, atol=1e-14 * np.abs(expected).max())
