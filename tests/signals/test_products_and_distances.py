"""Singular values of layer products, distances between runs, Adam's ratio."""

from __future__ import annotations

import math

import numpy as np
import pytest

import ravine as rv
from support.problems import Problem


def test_products_of_orthogonal_layers_keep_every_length() -> None:
    rng = np.random.default_rng(0)
    net = rv.MLP([6, 6, 6, 6], activation="tanh")
    for layer in net.layers:
        layer.weight[...] = 0.5 * np.linalg.qr(rng.normal(size=(6, 6)))[0]
    products = rv.diagnostics.layer_products(net)
    for number, values in enumerate(products.singular_values, start=1):
        np.testing.assert_allclose(values, 0.5**number, rtol=1e-12)
    np.testing.assert_allclose(products.conditions, 1, rtol=1e-12)
    assert products.growth == pytest.approx(0.5)
    assert "1 to 3" in str(products)


def test_with_slopes_of_a_linear_network_it_is_the_jacobian() -> None:
    """∂f/∂x by differences; leaky_relu units that are all on the same side are linear."""
    problem = Problem(widths=(4, 7, 5, 3), activations=("leaky_relu", "leaky_relu", "identity"), rows=9)
    net = problem.network()
    for layer in net.layers[:2]:
        assert layer.bias is not None
        layer.bias[...] = np.where(np.arange(layer.outputs) % 2, -90.0, 90.0)
    report = rv.diagnostics.signals(rv.EmpiricalRisk(net, problem.X, problem.y))
    products = rv.diagnostics.layer_products(net, report)
    assert products.slopes
    x = problem.X[:1]
    J = np.stack([(net.predict(x + e) - net.predict(x - e))[0] / 2 for e in np.eye(4)])
    np.testing.assert_allclose(products.singular_values[-1], np.linalg.svd(J)[1], rtol=1e-9)
    assert [values.size for values in products.singular_values] == [4, 4, 3]


def test_bad_products_are_named() -> None:
    net = rv.MLP([2, 3, 1])
    other = rv.diagnostics.signals(Problem().risk())
    with pytest.raises(ValueError, match=r"signals must be of a network with layers \(3, 1\)"):
        rv.diagnostics.layer_products(net, other)
    with pytest.raises(TypeError, match="signals must be a LayerSignals"):
        rv.diagnostics.layer_products(net, 3)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(TypeError, match=r"net must be a ravine\.MLP"):
        rv.diagnostics.layer_products(3)  # type: ignore[arg-type]  # that is the point
    net.layers[1].weight[0] = np.nan
    with pytest.raises(ValueError, match="weights of layer 2 must be finite"):
        rv.diagnostics.layer_products(net)
    net.layers[0].weight[...] = net.layers[1].weight[...] = 1e200
    with pytest.raises(ValueError, match="layers 1 to 2 overflows"):
        rv.diagnostics.layer_products(net)


def test_distances_are_a_metric() -> None:
    rng = np.random.default_rng(3)
    thetas = rng.normal(size=(5, 11)).astype(np.float32)
    D = rv.diagnostics.distances(thetas)
    assert (D == D.T).all()
    assert (np.diag(D) == 0).all()
    for i, j, k in np.ndindex(5, 5, 5):
        assert D[i, k] <= D[i, j] + D[j, k] + 1e-12
    np.testing.assert_allclose(D[0, 1], np.linalg.norm(thetas[0].astype(float) - thetas[1]), rtol=1e-14)


def test_permuted_units_are_far_apart_and_the_same_network() -> None:
    net = rv.MLP([4, 6, 2], seed=3)
    twin = rv.MLP([4, 6, 2], seed=3)
    order = np.array([5, 0, 1, 2, 3, 4])
    twin.layers[0].weight[...] = net.layers[0].weight[:, order]
    twin.layers[1].weight[...] = net.layers[1].weight[order]
    X = np.random.default_rng(0).normal(size=(8, 4))
    np.testing.assert_allclose(twin.predict(X), net.predict(X), atol=1e-14)
    assert rv.diagnostics.distances([net.theta, twin.theta])[0, 1] > 1


def test_bad_thetas_are_named() -> None:
    with pytest.raises(ValueError, match="at least one"):
        rv.diagnostics.distances([])
    with pytest.raises(ValueError, match=r"thetas\[1\] must have shape \(3,\), got \(2,\)"):
        rv.diagnostics.distances([np.zeros(3), np.zeros(2)])
    with pytest.raises(ValueError, match=r"thetas\[0\] must have shape \(P,\)"):
        rv.diagnostics.distances([np.zeros((2, 2))])
    with pytest.raises(TypeError, match=r"thetas\[0\] must hold real numbers"):
        rv.diagnostics.distances([np.array(["a"])])


@pytest.mark.parametrize("rule", [rv.optim.Adam, rv.optim.AdamW, rv.optim.NAdam, rv.optim.RAdam])
def test_a_steady_gradient_is_all_signal(rule: type[rv.optim.Optimizer]) -> None:
    opt, theta = rule(), np.zeros(3)
    for _ in range(50):
        opt.step(theta, np.array([2.0, -1e-3, 0.0]))
    signal = rv.diagnostics.adam_signal_to_noise(opt)
    np.testing.assert_allclose(signal.ratio, [1, -1, 0], atol=1e-12)


def test_a_momentum_that_varies_is_corrected_exactly() -> None:
    opt, theta = rv.optim.Adam(betas=(0.5, 0.999)), np.zeros(2)
    for momentum in (0.5, 0.9, 0.0, 0.99):
        opt.momentum = momentum
        opt.step(theta, np.array([1.0, -3.0]))
    np.testing.assert_allclose(rv.diagnostics.adam_signal_to_noise(opt).ratio, [1, -1], atol=1e-12)


def test_noise_has_the_level_that_is_told() -> None:
    """Independent gradients from the first update on: the root mean square over 20,000 parameters."""
    rng = np.random.default_rng(1)
    for updates in (3, 400):
        opt, theta = rv.optim.Adam(betas=(0.8, 0.999)), np.zeros(20_000)
        for _ in range(updates):
            opt.step(theta, np.where(rng.random(20_000) < 0.5, -1.0, 1.0))
        signal = rv.diagnostics.adam_signal_to_noise(opt)
        assert math.sqrt(float(np.mean(signal.ratio**2))) == pytest.approx(signal.noise_level, rel=0.03)


def test_the_ratio_is_the_step_without_eps() -> None:
    opt, theta = rv.optim.Adam(lr=1.0, eps=0.0), np.zeros(40)
    rng = np.random.default_rng(4)
    for _ in range(5):
        before = theta.copy()
        opt.step(theta, rng.normal(size=40))
    np.testing.assert_allclose(rv.diagnostics.adam_signal_to_noise(opt).ratio, before - theta, rtol=1e-9)


def test_layers_are_told_apart() -> None:
    net, opt = rv.MLP([2, 3, 1], seed=0), rv.optim.Adam()
    gradient = np.concatenate([np.ones(9), np.zeros(4)])
    opt.step(net.theta, gradient)
    signal = rv.diagnostics.adam_signal_to_noise(opt, net)
    np.testing.assert_allclose(signal.medians, [1, 0], atol=1e-12)
    assert [name for name, _ in signal.parts] == ["layer 1", "layer 2"]
    assert str(signal).splitlines()[2].split()[:3] == ["layer", "1", "9"]


def test_other_rules_and_fresh_ones_are_refused() -> None:
    for rule, name in ((rv.optim.SGD(), "SGD"), (rv.optim.Adamax(), "Adamax"), (rv.optim.Lion(), "Lion")):
        with pytest.raises(TypeError, match=f"one of Adam, AdamW, NAdam, RAdam, got {name}"):
            rv.diagnostics.adam_signal_to_noise(rule)
    with pytest.raises(TypeError, match="got int"):
        rv.diagnostics.adam_signal_to_noise(3)
    opt = rv.optim.Adam()
    with pytest.raises(ValueError, match="none"):
        rv.diagnostics.adam_signal_to_noise(opt)
    opt.step(np.zeros(3), np.ones(3))
    with pytest.raises(ValueError, match="net must have 3 parameters"):
        rv.diagnostics.adam_signal_to_noise(opt, rv.MLP([2, 3, 1]))
    with pytest.raises(TypeError, match=r"net must be a ravine\.MLP"):
        rv.diagnostics.adam_signal_to_noise(opt, 3)  # type: ignore[arg-type]  # that is the point
