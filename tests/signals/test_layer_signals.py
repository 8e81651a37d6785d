"""Signals against the textbook and against identities; every finding reached on purpose, every cure tried."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

import ravine as rv
from ravine import reference
from ravine.diagnostics.sweep import LARGEST_SLOPES, sweep
from support.problems import ACTIVATIONS, DTYPES, Problem, each_loss_and_activation, problems, title

Kind = rv.diagnostics.FindingKind
EACH = [problem for problem in each_loss_and_activation() if problem.loss == "cross_entropy"]


def agree(problem: Problem, saturation: float = 0.05) -> None:
    """Each column of each unit, to the rounding of values that are sums of a few terms of size 1."""
    theta, textbook = problem.theta.astype(np.float64), problem.textbook_risk()
    want = reference.layer_statistics(textbook, theta, saturation)
    got = sweep(problem.risk(), None, saturation).layers
    for ours, theirs in zip(got, want, strict=True):
        for name, expected in theirs._asdict().items():
            values = getattr(ours, name)
            if name == "saturated":  # a value at the very edge may fall on either side
                assert np.abs(values - expected).max() <= 1 / problem.rows + 1e-12
                continue
            size = max(float(np.abs(expected).max()), float(np.abs(ours.before_mean).max()) ** 2, 1e-3)
            np.testing.assert_allclose(values, expected, rtol=0, atol=2e3 * problem.eps * size, err_msg=name)


@pytest.mark.parametrize("problem", EACH, ids=title)
def test_agrees_with_the_textbook(problem: Problem) -> None:
    agree(problem)


@given(problems(activations=("tanh", "relu", "silu"), largest_width=12))
@settings(max_examples=25)
def test_agrees_with_the_textbook_for_any_shape(problem: Problem) -> None:
    agree(problem)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("widths", [(64, 64, 64, 10), (100, 600, 500, 7)])
def test_many_rows_and_wide_layers(widths: tuple[int, ...], dtype: str) -> None:
    agree(
        Problem(widths=widths, activations=("tanh", "gelu", "identity"), rows=403, weighted=True, dtype=dtype)
    )


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_largest_slopes_are_those_of_the_functions(name: str) -> None:
    assert reference.largest_slope(name) == pytest.approx(LARGEST_SLOPES[name], rel=1e-7)


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_of_weight_zero_are_absent(dtype: str) -> None:
    problem = Problem(rows=40, dtype=dtype)
    weight = np.where(np.arange(40) % 3 == 0, 0.0, 2.0).astype(dtype)
    all_rows = sweep(problem.risk(sample_weight=weight), None)
    kept = weight > 0
    part = sweep(problem.risk(X=problem.X[kept], y=problem.y[kept]), None)
    assert all_rows.present == part.present == kept.sum()
    for ours, theirs in zip(all_rows.layers, part.layers, strict=True):
        np.testing.assert_allclose(ours.before_mean, theirs.before_mean, rtol=0, atol=50 * problem.eps)
        np.testing.assert_allclose(ours.variance, theirs.variance, rtol=0, atol=50 * problem.eps)
    np.testing.assert_allclose(all_rows.gradient, part.gradient, rtol=0, atol=100 * problem.eps)


def test_the_variance_of_a_layer_is_that_within_units_and_between_them() -> None:
    problem = Problem(rows=200)
    report = rv.diagnostics.signals(problem.risk())
    Z, before = problem.X, problem.X.var()
    for layer, signal, units in zip(problem.network().layers, report.layers, report.units, strict=True):
        assert layer.bias is not None
        product = Z @ layer.weight
        assert signal.product_variance == pytest.approx(product.var(), rel=1e-12)
        assert signal.variance_ratio == pytest.approx(product.var() / before, rel=1e-12)
        Z, before = product + layer.bias, product.var()
        assert signal.before_variance == pytest.approx(Z.var(), rel=1e-12)
        assert signal.before_variance == pytest.approx(
            units.before_variance.mean() + units.before_mean.var(), rel=1e-12
        )
        Z = np.tanh(Z) if layer.activation == "tanh" else Z


def test_a_vanished_gradient_does_not_vanish_again_when_it_is_squared() -> None:
    problem = Problem(dtype="float32")
    net = problem.network()
    net.layers[-1].weight[...] = 1e-25
    report = rv.diagnostics.signals(rv.EmpiricalRisk(net, problem.X, problem.y))
    assert 1e-54 < report.layers[0].delta_square < 1e-46
    assert [f.layer for f in report.findings if f.kind is Kind.GRADIENT_VANISHING] == [1, 2]


def network(activation: str, initializer: str = "glorot_uniform", depth: int = 6) -> rv.MLP:
    return rv.MLP([20, *[64] * depth, 1], activation=activation, initializer=initializer, seed=1)


def risk_of(net: rv.MLP) -> rv.EmpiricalRisk:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(300, net.widths[0]))
    return rv.EmpiricalRisk(net, X, X[:, 0])


def scale(net: rv.MLP, factors: dict[int, float]) -> None:
    for number, factor in factors.items():
        net.layers[number - 1].weight[...] *= factor


def test_a_healthy_network_has_no_finding() -> None:
    report = rv.diagnostics.signals(risk_of(network("tanh")))
    assert report.findings == ()
    assert str(report).endswith("No layer stands out.")


@pytest.mark.parametrize(("gain", "kind"), [(0.2, Kind.VANISHING), (5.0, Kind.EXPLODING)])
def test_factors_cure_relu_layers_in_one_go(gain: float, kind: Kind) -> None:
    """Without biases a relu layer only hands a factor on, so the ratios behind it stay."""
    net = network("relu")
    scale(net, {2: gain, 5: gain})
    report = rv.diagnostics.signals(risk_of(net))
    named = {finding.layer for finding in report.findings if finding.kind is kind}
    assert {2, 5} <= named
    scale(net, report.factors)
    after = rv.diagnostics.signals(risk_of(net))
    for number in named:
        assert after.layers[number - 1].variance_ratio == pytest.approx(1, rel=1e-9)
    assert after.factors == {}


def test_a_slow_loss_over_many_layers_is_seen_too() -> None:
    net = network("relu", depth=9)
    for layer in net.layers[:-1]:
        layer.weight[...] *= 0.75
    report = rv.diagnostics.signals(risk_of(net))
    named = {finding.layer for finding in report.findings if finding.kind is Kind.VANISHING}
    assert min(report["variance_ratio"][:-1]) > 1 / 4
    assert max(named) == 9
    assert 1 not in named


def test_saturated_layers_are_cured_by_looking_again() -> None:
    net = network("tanh")
    scale(net, dict.fromkeys(range(1, 7), 12.0))
    assert {f.kind for f in rv.diagnostics.signals(risk_of(net)).findings} >= {Kind.EXPLODING, Kind.SATURATED}
    for _ in range(8):
        scale(net, rv.diagnostics.signals(risk_of(net)).factors)
    assert rv.diagnostics.signals(risk_of(net)).findings == ()


def test_saturation_by_biases_has_no_factor() -> None:
    net = network("logistic")
    bias = net.layers[2].bias
    assert bias is not None
    bias[...] = 9.0
    finding = next(f for f in rv.diagnostics.signals(risk_of(net)).findings if f.kind is Kind.SATURATED)
    assert finding.layer == 3
    assert np.isnan(finding.factor)
    assert "bias" in finding.text


def test_dead_units_are_counted() -> None:
    net = network("relu")
    bias = net.layers[1].bias
    assert bias is not None
    bias[:7] = -1e3
    report = rv.diagnostics.signals(risk_of(net))
    assert report.layers[1].dead == 7
    assert (report.units[1].saturated[:7] == 1).all()
    assert (report.units[1].mean[:7] == 0).all()
    assert any(f.kind is Kind.DEAD and f.layer == 2 and "7 units" in f.text for f in report.findings)


def test_biases_do_not_pass_for_weights() -> None:
    net = network("relu", "he_normal")
    bias = net.layers[1].bias
    assert bias is not None
    bias[:10] = -50.0
    report = rv.diagnostics.signals(risk_of(net))
    assert report.layers[1].before_variance > 100
    assert {f.kind for f in report.findings} == {Kind.DEAD}


def test_what_is_not_finite_is_said() -> None:
    net = network("relu")
    net.layers[3].weight[...] = 1e308
    (finding,) = rv.diagnostics.signals(risk_of(net)).findings
    assert (finding.layer, finding.kind) == (1, Kind.NOT_FINITE)


def test_text_and_columns() -> None:
    report = rv.diagnostics.signals(risk_of(network("relu")), saturation=0.1)
    lines = str(report).splitlines()
    assert lines[0].split()[:2] == ["layer", "units"]
    assert lines[2].startswith("1 relu")
    assert report.saturation == 0.1
    assert report["units"].tolist() == [64] * 6 + [1]
    with pytest.raises(KeyError, match="variance_ratio"):
        report["activation"]


def test_bad_arguments_are_named() -> None:
    risk = risk_of(network("tanh"))
    with pytest.raises(TypeError, match=r"risk must be a ravine\.EmpiricalRisk, got MLP"):
        rv.diagnostics.signals(network("tanh"))  # type: ignore[arg-type]  # that is the point
    for wrong in (0.0, 1.0, float("nan")):
        with pytest.raises(ValueError, match="saturation"):
            rv.diagnostics.signals(risk, saturation=wrong)
    with pytest.raises(TypeError, match="saturation must be a number, got True"):
        rv.diagnostics.signals(risk, saturation=True)
    with pytest.raises(ValueError, match="theta"):
        rv.diagnostics.signals(risk, np.zeros(3))
    with pytest.raises((TypeError, ValueError), match="theta"):
        rv.diagnostics.signals(risk, np.zeros(risk.net.parameter_count, np.float32))
