"""What must hold whatever the formulas: symmetries of networks, linearity, rows that do not count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ravine import reference
from support.problems import ACTIVATIONS, DTYPES, LOSSES, Problem, problems


def hidden_layer(problem: Problem, theta: np.ndarray) -> tuple[list[reference.Layer], list[reference.Layer]]:
    """Copies of the layers of θ, and the views of a copy."""
    copy = theta.copy()
    return reference.unpack(problem.textbook_network(), theta), reference.unpack(
        problem.textbook_network(), copy
    )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_order_of_hidden_units_does_not_matter(name: str, loss: str) -> None:
    """J is the same at the permuted θ, and the gradient there is the permuted gradient."""
    problem = Problem(widths=(4, 9, 7, 3), activations=(name, name, "identity"), loss=loss)
    p = np.random.default_rng(1).permutation(9)

    def permuted(theta: np.ndarray) -> np.ndarray:
        first, second, third = reference.unpack(problem.textbook_network(), theta)
        assert first.bias is not None
        return reference.pack(
            [
                reference.Layer(first.weight[:, p], first.bias[p]),
                reference.Layer(second.weight[p], second.bias),
                third,
            ]
        )

    risk = problem.risk()
    value, gradient = risk.value_and_gradient()
    there, gradient_there = risk.value_and_gradient(permuted(problem.theta))
    assert abs(there - value) <= 10 * problem.eps * abs(value)
    assert np.abs(gradient_there - permuted(gradient)).max() <= 30 * problem.rounding()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["relu", "leaky_relu"])
def test_relu_units_may_be_rescaled(name: str, dtype: str) -> None:
    """Inputs of a unit times s, outputs divided by s: J is the same, to the bit for powers of two."""
    problem = Problem(widths=(4, 6, 3), activations=(name, "identity"), biases=(True, True), dtype=dtype)
    s = np.array([2.0, 0.5, 8.0, 1.0, 0.25, 4.0], dtype)
    first, second = reference.unpack(problem.textbook_network(), problem.theta)
    assert first.bias is not None
    scaled = reference.pack(
        [
            reference.Layer(first.weight * s, first.bias * s),
            reference.Layer(second.weight / s[:, None], second.bias),
        ]
    )
    risk = problem.risk()
    value, gradient = risk.value_and_gradient()
    there, gradient_there = risk.value_and_gradient(scaled)
    assert there == value
    (G1, g1), (G2, g2) = reference.unpack(problem.textbook_network(), gradient)
    assert g1 is not None
    assert g2 is not None
    want = reference.pack([reference.Layer(G1 / s, g1 / s), reference.Layer(G2 * s[:, None], g2)])
    np.testing.assert_array_equal(gradient_there, want)


@given(problems(), st.data())
def test_the_risk_of_a_union_is_the_weighted_sum_of_the_risks(problem: Problem, data: st.DataObject) -> None:
    """With reduction="sum" and no penalty, J over all rows is J over some plus J over the others."""
    cut = data.draw(st.integers(0, problem.rows))
    parts = [part for part in (slice(0, cut), slice(cut, None)) if len(problem.X[part])]
    changes = {"reduction": "sum", "l2": 0.0}
    value, gradient = problem.risk(**changes).value_and_gradient()
    total, total_gradient = 0.0, np.zeros(gradient.size)
    for part in parts:
        w = None if problem.w is None else problem.w[part]
        risk = problem.risk(X=problem.X[part], y=problem.y[part], sample_weight=w, **changes)
        part_value, part_gradient = risk.value_and_gradient()
        total += part_value
        total_gradient += part_gradient
    assert abs(total - value) <= 20 * problem.eps * (abs(value) + problem.rows)
    bound = 10 * problem.eps * problem.rows * (1 + np.abs(gradient).max()) * sum(problem.widths)
    assert np.abs(total_gradient - gradient).max() <= bound


@given(problems(dtypes=("float64",)), st.data())
def test_equal_batches_average_to_the_whole(problem: Problem, data: st.DataObject) -> None:
    size = data.draw(st.sampled_from([k for k in range(1, problem.rows + 1) if problem.rows % k == 0]))
    order = np.random.default_rng(problem.seed).permutation(problem.rows).reshape(-1, size)
    value, gradient = problem.risk().value_and_gradient()
    parts = [problem.risk().subset(rows).value_and_gradient() for rows in order]
    np.testing.assert_allclose(np.mean([part[0] for part in parts]), value, rtol=1e-12, atol=1e-12)
    mean = np.mean([part[1] for part in parts], axis=0)
    assert np.abs(mean - gradient).max() <= 60 * problem.rounding()


@given(problems(), st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_rows_of_weight_zero_do_not_matter_whatever_they_hold(problem: Problem, anything: float) -> None:
    w = np.ones(problem.rows, problem.dtype) if problem.w is None else problem.w.copy()
    w[::2] = 0
    if w.sum() == 0:
        w = np.append(w, problem.X.dtype.type(1))
    X = np.resize(problem.X, (len(w), problem.widths[0]))
    y = np.resize(problem.y, (len(w), *problem.y.shape[1:]))
    changed_X, changed_y = X.copy(), y.copy()
    changed_X[w == 0] = anything
    if problem.loss == "squared_error":
        changed_y[w == 0] = anything
    first = problem.risk(X=X, y=y, sample_weight=w).value_and_gradient()
    second = problem.risk(X=changed_X, y=changed_y, sample_weight=w).value_and_gradient()
    np.testing.assert_allclose(first[0], second[0], rtol=4 * problem.eps)
    np.testing.assert_allclose(first[1], second[1], rtol=0, atol=60 * problem.rounding())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_rows_of_weight_zero_may_hold_the_largest_numbers(name: str, loss: str, dtype: str) -> None:
    """What overflows in them must not arrive as 0 · inf."""
    problem = Problem(activations=(name, name, "identity"), loss=loss, dtype=dtype)
    w, X = np.ones(13, dtype), problem.X.copy()
    w[[0, 5]] = 0
    want = problem.risk(sample_weight=w).value_and_gradient()
    X[5] = np.finfo(dtype).max
    got = problem.risk(X=X, sample_weight=w).value_and_gradient()
    np.testing.assert_allclose(got[0], want[0], rtol=4 * problem.eps)
    np.testing.assert_allclose(got[1], want[1], rtol=0, atol=60 * problem.rounding())


def test_a_weight_of_two_is_a_row_twice() -> None:
    problem = Problem(rows=10)
    w = np.ones(10)
    w[[3, 7]] = 2
    weighted = problem.risk(sample_weight=w, reduction="sum").value_and_gradient()
    rows = [*range(10), 3, 7]
    repeated = problem.risk(X=problem.X[rows], y=problem.y[rows], reduction="sum").value_and_gradient()
    np.testing.assert_allclose(weighted[0], repeated[0], rtol=1e-14)
    np.testing.assert_allclose(weighted[1], repeated[1], rtol=0, atol=1e-13 * np.abs(repeated[1]).max())


def test_the_scale_of_weights_cancels_in_a_mean() -> None:
    problem = Problem(weighted=True)
    assert problem.w is not None
    first = problem.risk().value_and_gradient()
    second = problem.risk(sample_weight=4 * problem.w).value_and_gradient()
    np.testing.assert_allclose(first[0], second[0], rtol=1e-15)
    np.testing.assert_allclose(first[1], second[1], rtol=1e-14)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_penalty_is_half_l2_times_the_squared_weights(dtype: str) -> None:
    problem = Problem(dtype=dtype, biases=(True, False, True))
    plain, penalised = problem.risk(), problem.risk(l2=0.7)
    layers = reference.unpack(problem.textbook_network(), problem.theta.astype(np.float64))
    squares = sum(float((layer.weight**2).sum()) for layer in layers)
    np.testing.assert_allclose(penalised.value() - plain.value(), 0.35 * squares, rtol=30 * problem.eps)
    difference = penalised.gradient().astype(np.float64) - plain.gradient()
    for (W, _), (dW, db) in zip(
        layers, reference.unpack(problem.textbook_network(), difference), strict=True
    ):
        np.testing.assert_allclose(dW, 0.7 * W, rtol=0, atol=30 * problem.eps)
        assert db is None or (db == 0).all()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_sum_is_mean_times_the_sum_of_weights(loss: str, reduction: str) -> None:
    problem = Problem(loss=loss, weighted=True, reduction=reduction)
    assert problem.w is not None
    mean, total = problem.risk(reduction="mean"), problem.risk(reduction="sum")
    np.testing.assert_allclose(total.value(), mean.value() * problem.w.sum(), rtol=1e-14)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_outputs_of_a_perfect_fit_have_no_gradient(loss: str) -> None:
    """Targets equal to what the network says: the minimum of each loss by its outputs."""
    problem = Problem(loss=loss, labels=False)
    net = problem.network()
    y = {
        "squared_error": lambda: net.predict(problem.X),
        "cross_entropy": lambda: net.predict_proba(problem.X, loss="cross_entropy"),
        "binary_cross_entropy": lambda: net.predict_proba(problem.X, loss="binary_cross_entropy"),
    }[loss]()
    assert np.abs(problem.risk(y=y).gradient()).max() < 1e-15
