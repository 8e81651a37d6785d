"""Gradient noise against gradients of single samples, and against batches that are really drawn."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

import ravine as rv
from ravine import reference
from ravine.diagnostics.sweep import layer_slices, sweep
from support.problems import DTYPES, Problem, problems


def check(problem: Problem) -> None:
    """Variances, norms and deviations, from the (N, P) gradients that the sweep never forms."""
    theta, textbook = problem.theta.astype(np.float64), problem.textbook_risk()
    g = reference.sample_gradients(textbook, theta)
    noise = rv.diagnostics.gradient_noise(problem.risk(), per_parameter=True)
    full = textbook.gradient(theta)
    squares = (g**2).sum(axis=1).mean()
    assert noise.rows == problem.rows
    assert noise.gradient_norm == pytest.approx(np.linalg.norm(full), rel=500 * problem.eps, abs=1e-5)
    assert noise.variance == pytest.approx(g.var(axis=0).sum(), rel=1e-9, abs=500 * problem.eps * squares)
    for place, variance in zip(layer_slices(problem.network()), noise.layer_variances, strict=True):
        expected = g[:, place].var(axis=0).sum()
        assert variance == pytest.approx(expected, rel=1e-9, abs=500 * problem.eps * squares)
    assert noise.deviation is not None
    # The root of a difference of squares keeps half of the digits.
    atol = 30 * np.sqrt(problem.eps * ((g**2).max() + 1e-6))
    np.testing.assert_allclose(noise.deviation, g.std(axis=0), rtol=0, atol=atol)


@given(problems(largest_width=8))
@settings(max_examples=30)
def test_agrees_with_gradients_of_single_samples(problem: Problem) -> None:
    check(problem)


@pytest.mark.parametrize("dtype", DTYPES)
def test_many_rows_and_wide_layers(dtype: str) -> None:
    check(
        Problem(
            widths=(30, 300, 5), activations=("silu", "identity"), biases=(True, False), rows=60, dtype=dtype
        )
    )
    check(Problem(rows=700, weighted=True, l2=0.2, dtype=dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_second_moments_are_those_of_the_jacobian(dtype: str) -> None:
    """g_i = Jᵢᵀ ∇L(f_i), J the compiled Jacobian, for a wide network: its features are shared by threads."""
    problem = Problem(widths=(20, 500, 300, 2), rows=20, dtype=dtype)
    net, risk = problem.network(), problem.risk()
    residuals = (net.predict(problem.X) - problem.y).astype(np.float64)
    g = np.einsum("nkp,nk->np", net.jacobian(problem.X).astype(np.float64), residuals)
    got = sweep(risk, None, squares=True)
    assert got.squares is not None
    np.testing.assert_allclose(
        got.squares, (g**2).mean(axis=0), rtol=0, atol=100 * problem.eps * (g**2).max()
    )
    np.testing.assert_allclose(got.layer_squares.sum(), (g**2).sum() / 20, rtol=100 * problem.eps)
    np.testing.assert_allclose(got.gradient, risk.gradient(), rtol=0, atol=10 * problem.eps * np.abs(g).max())


def test_the_standard_error_is_that_of_all_batches_there_are() -> None:
    """Every batch of 3 of 7 rows once: no estimate on either side."""
    problem = Problem(rows=7, weighted=True, l2=0.3)
    risk = problem.risk()
    noise = rv.diagnostics.gradient_noise(risk)
    full = risk.gradient()
    apart = [
        np.sum((risk.subset(rows).gradient() - full) ** 2) for rows in itertools.combinations(range(7), 3)
    ]
    assert noise.standard_error(3) == pytest.approx(np.sqrt(np.mean(apart)), rel=1e-10)
    again = [
        np.sum((risk.subset(rows).gradient() - full) ** 2) for rows in itertools.product(range(7), repeat=3)
    ]
    assert noise.standard_error(3, replacement=True) == pytest.approx(np.sqrt(np.mean(again)), rel=1e-10)


def test_the_standard_error_is_that_of_batches_that_are_drawn() -> None:
    """400 batches: the estimate of an error has a relative deviation of about 1/√(2·400) at worst."""
    problem = Problem(rows=500, loss="cross_entropy", dtype="float32")
    risk, rng = problem.risk(), np.random.default_rng(0)
    noise, full = rv.diagnostics.gradient_noise(risk), risk.gradient()
    for n in (10, 250):
        squares = [
            np.sum((risk.subset(rng.choice(500, n, replace=False)).gradient() - full) ** 2)
            for _ in range(400)
        ]
        assert np.sqrt(np.mean(squares)) == pytest.approx(noise.standard_error(n), rel=0.15)


def test_total_variance() -> None:
    """E‖g‖² = ‖E g‖² + tr Σ, layer by layer, and a penalty changes only the mean."""
    problem = Problem(rows=50)
    plain, penalised = sweep(problem.risk(), None), sweep(problem.risk(l2=3.0), None)
    assert plain.gradient.tobytes() == penalised.gradient.tobytes()
    noise = rv.diagnostics.gradient_noise(problem.risk())
    assert plain.layer_squares.sum() == pytest.approx(noise.gradient_norm**2 + noise.variance, rel=1e-12)
    assert rv.diagnostics.gradient_noise(problem.risk(l2=3.0)).variance == noise.variance


def test_a_sum_scales_signal_and_noise_alike() -> None:
    mean = rv.diagnostics.gradient_noise(Problem(rows=20).risk())
    total = rv.diagnostics.gradient_noise(Problem(rows=20).risk(reduction="sum"))
    assert total.gradient_norm == pytest.approx(20 * mean.gradient_norm)
    assert total.variance == pytest.approx(400 * mean.variance)
    assert total.noise_scale == pytest.approx(mean.noise_scale)


def test_useful_batch_size_is_where_noise_equals_signal() -> None:
    noise = rv.diagnostics.gradient_noise(Problem(rows=400).risk())
    n = noise.useful_batch_size
    assert 1 < n < 400
    assert noise.standard_error(n, replacement=True) <= noise.gradient_norm
    assert noise.standard_error(n - 1, replacement=True) > noise.gradient_norm
    assert noise.signal_to_noise(n) >= 1
    assert noise.signal_to_noise(400) == np.inf


def test_no_noise_and_no_signal() -> None:
    net = rv.MLP([1, 1], bias=False, initializer="zeros")
    X = np.ones((4, 1))
    same = rv.diagnostics.gradient_noise(rv.EmpiricalRisk(net, X, np.ones(4)))
    assert (same.variance, same.useful_batch_size, same.signal_to_noise(1)) == (0.0, 1, np.inf)
    opposite = rv.diagnostics.gradient_noise(rv.EmpiricalRisk(net, X, np.array([1.0, -1.0, 1.0, -1.0])))
    assert (opposite.gradient_norm, opposite.variance) == (0.0, 1.0)
    assert (opposite.noise_scale, opposite.useful_batch_size) == (np.inf, 4)
    single = rv.diagnostics.gradient_noise(rv.EmpiricalRisk(net, X[:1], np.ones(1)))
    assert single.standard_error(1) == 0


def test_text_and_sizes() -> None:
    risk = Problem(rows=20).risk()
    assert rv.diagnostics.gradient_noise(risk).batch_sizes == (1, 2, 4, 8, 16, 20)
    assert rv.diagnostics.gradient_noise(risk, 7).batch_sizes == (7,)
    text = str(rv.diagnostics.gradient_noise(risk, [5, 10]))
    assert [line.split()[0] for line in text.splitlines()[3:5]] == ["5", "10"]


@pytest.mark.parametrize("wrong", [0, 21, [5, 0]])
def test_sizes_out_of_range_are_named(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"batch_size must lie in \[1, 20\]"):
        rv.diagnostics.gradient_noise(Problem(rows=20).risk(), wrong)  # type: ignore[arg-type]  # any object


def test_other_bad_arguments_are_named() -> None:
    risk = Problem(rows=20).risk()
    for wrong in (1.5, True, "8"):
        with pytest.raises(TypeError, match="batch_size"):
            rv.diagnostics.gradient_noise(risk, wrong)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(ValueError, match="at least one size"):
        rv.diagnostics.gradient_noise(risk, [])
    with pytest.raises(TypeError, match=r"risk must be a ravine\.EmpiricalRisk"):
        rv.diagnostics.gradient_noise(3)  # type: ignore[arg-type]  # that is the point
    noise = rv.diagnostics.gradient_noise(risk)
    with pytest.raises(ValueError, match="at least 1, got 0"):
        noise.standard_error(0, replacement=True)
    assert noise.standard_error(100, replacement=True) > 0
