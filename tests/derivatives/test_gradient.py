"""The gradient against textbook, tape and finite differences, for every activation, loss and dtype."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ravine.reference import tape_network
from support.problems import DTYPES, LOSSES, SMOOTH, Problem, each_loss_and_activation, problems, shape, title

EACH = each_loss_and_activation()


@pytest.mark.parametrize("problem", EACH, ids=title)
def test_agrees_with_the_textbook_to_rounding(problem: Problem) -> None:
    value, gradient = problem.risk().value_and_gradient()
    want, want_gradient = problem.textbook_risk().value_and_gradient(problem.theta.astype(np.float64))
    assert gradient.dtype == problem.dtype
    assert abs(value - want) <= 40 * problem.eps * abs(want)
    assert np.abs(gradient - want_gradient).max() <= 40 * problem.rounding()


@pytest.mark.parametrize("problem", EACH, ids=title)
def test_agrees_with_the_tape_of_four_gates(problem: Problem) -> None:
    value, gradient = problem.risk().value_and_gradient()
    want, want_gradient = tape_network.value_and_gradient(problem.textbook_risk(), problem.theta)
    assert abs(value - want) <= 50 * problem.eps * abs(want)
    assert np.abs(gradient - want_gradient).max() <= 60 * problem.rounding()


LARGE = [
    Problem(rows=3001),
    Problem(widths=(64, 64, 64, 10), rows=1003),
    Problem(widths=(30, 300, 5), activations=("silu", "identity"), biases=(True, False), rows=517),
    Problem(widths=(1, 700, 1), activations=("sin", "identity"), biases=(False, True), rows=2100),
    Problem(widths=(500, 90, 400, 2), rows=300),
    Problem(widths=(100, 600, 500, 7), activations=("gelu", "softplus", "tanh"), rows=300),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("size", LARGE, ids=shape)
def test_many_rows_and_wide_layers_agree_with_the_textbook(size: Problem, loss: str, dtype: str) -> None:
    """Every way in which the work is cut: few chunks and many, narrow networks and wide, odd registers."""
    problem = replace(size, loss=loss, dtype=dtype, weighted=True, l2=0.01)
    theta, textbook = problem.theta.astype(np.float64), problem.textbook_risk()
    risk = problem.risk()
    rows = np.random.default_rng(1).integers(0, problem.rows, problem.rows // 2)
    rounding = problem.rounding()
    for ours, theirs in ((risk, textbook), (risk.subset(rows), textbook.subset(rows.tolist()))):
        value, gradient = ours.value_and_gradient()
        want, want_gradient = theirs.value_and_gradient(theta)
        assert abs(value - want) <= 100 * problem.eps * abs(want)
        assert np.abs(gradient - want_gradient).max() <= 100 * rounding


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", SMOOTH)
def test_the_error_of_central_differences_falls_as_the_square_of_the_step(name: str, loss: str) -> None:
    """(J(θ + hu) − J(θ − hu)) / 2h = ⟨g, u⟩ + c h² + O(h⁴), down to rounding over h."""
    problem = Problem(activations=(name, name, "identity"), loss=loss, weighted=True, l2=0.1, seed=1)
    risk, rng = problem.risk(), np.random.default_rng(29)
    u = rng.normal(size=problem.theta.size)
    u /= np.linalg.norm(u)
    slope = float(risk.gradient() @ u)

    def error(h: float) -> float:
        return (risk.value(problem.theta + h * u) - risk.value(problem.theta - h * u)) / (2 * h) - slope

    coarse, fine, finest = error(4e-2), error(1e-2), error(1e-4)
    rounding = 1e-10
    assert abs(fine - coarse / 16) <= 0.15 * abs(coarse) / 16 + rounding
    assert abs(finest) <= abs(coarse) / 16 / 100 + rounding


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu"])
def test_differences_of_functions_with_kinks_converge_too(name: str) -> None:
    problem = Problem(activations=(name, name, "identity"), seed=2)
    risk, rng = problem.risk(), np.random.default_rng(31)
    for _ in range(5):
        u = rng.normal(size=problem.theta.size)
        h = 1e-7
        difference = (risk.value(problem.theta + h * u) - risk.value(problem.theta - h * u)) / (2 * h)
        np.testing.assert_allclose(risk.gradient() @ u, difference, rtol=1e-5, atol=1e-7)


@settings(max_examples=150)
@given(problems())
def test_any_architecture_agrees_with_the_textbook(problem: Problem) -> None:
    value, gradient = problem.risk().value_and_gradient()
    want, want_gradient = problem.textbook_risk().value_and_gradient(problem.theta.astype(np.float64))
    roundings = 20 * len(problem.widths) + sum(problem.widths)
    assert abs(value - want) <= roundings * problem.eps * (abs(want) + 1)
    assert np.abs(gradient - want_gradient).max() <= roundings * problem.rounding()


@given(problems(), st.data())
def test_any_subset_agrees_with_the_textbook(problem: Problem, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, problem.rows - 1), min_size=1, max_size=20))
    value, gradient = problem.risk().subset(rows).value_and_gradient()
    theta = problem.theta.astype(np.float64)
    want, want_gradient = problem.textbook_risk().subset(rows).value_and_gradient(theta)
    roundings = 20 * len(problem.widths) + sum(problem.widths)
    assert abs(value - want) <= roundings * problem.eps * (abs(want) + 1)
    assert np.abs(gradient - want_gradient).max() <= roundings * problem.rounding()


@settings(max_examples=60)
@given(problems(dtypes=("float32",), activations=tuple(SMOOTH)))
def test_float32_is_float64_to_rounding(problem: Problem) -> None:
    """The same numbers through both kernels; functions with kinks may fall to the other side of theirs."""
    wide = replace(problem, dtype="float64")
    wide.X[...], wide.theta[...] = problem.X, problem.theta
    if wide.y.dtype.kind == "f":
        wide.y[...] = problem.y
    if wide.w is not None and problem.w is not None:
        wide.w[...] = problem.w
    value, gradient = problem.risk().value_and_gradient()
    want, want_gradient = wide.risk().value_and_gradient()
    roundings = 20 * len(problem.widths) + sum(problem.widths)
    assert abs(value - want) <= roundings * problem.eps * (abs(want) + 1)
    assert np.abs(gradient - want_gradient).max() <= roundings * problem.rounding()


@given(problems())
def test_the_three_ways_to_ask_give_the_same_bits(problem: Problem) -> None:
    risk = problem.risk()
    value, gradient = risk.value_and_gradient()
    assert isinstance(value, float)
    assert risk.value() == value
    assert risk.gradient().tobytes() == gradient.tobytes()
    other = problem.theta * problem.theta.dtype.type(1.5)
    risk_there = problem.risk()
    value_there, gradient_there = risk_there.value_and_gradient(other)
    np.testing.assert_array_equal(problem.theta, problem.network().theta)
    assert risk.value(other) == value_there
    out = np.full_like(gradient, np.nan)
    assert risk.gradient(other, out=out) is out
    assert out.tobytes() == gradient_there.tobytes()


@given(problems(dtypes=("float64",), activations=tuple(SMOOTH)))
def test_a_step_against_the_gradient_descends(problem: Problem) -> None:
    risk = problem.risk()
    value, gradient = risk.value_and_gradient()
    norm = float(np.linalg.norm(gradient))
    assume(norm > 1e-6 * abs(value))
    moved = problem.theta - 1e-5 * abs(value) / norm * gradient / max(norm, 1.0)
    assert risk.value(moved) <= value
