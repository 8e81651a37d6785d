"""The monitor: one callback, the reports of single calls, and no influence on the run."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import ravine as rv
from support.problems import Problem


def train(problem: Problem, every: int) -> tuple[rv.MLP, rv.diagnostics.Monitor, list[np.ndarray]]:
    """Six epochs, and where θ was before them and after each."""
    net, opt = problem.network(), rv.optim.Adam(lr=0.02)
    monitor = rv.diagnostics.Monitor(rv.EmpiricalRisk(net, problem.X, problem.y), opt, every=every)
    points = [net.theta.copy()]
    rv.fit(
        net,
        problem.X,
        problem.y,
        optimizer=opt,
        epochs=6,
        batch_size=8,
        callbacks=[monitor, lambda _: points.append(net.theta.copy())],
    )
    return net, monitor, points


def test_records_are_the_reports_of_single_calls() -> None:
    problem = Problem(rows=30)
    net, monitor, points = train(problem, every=2)
    assert monitor["epoch"].tolist() == [0, 2, 4, 6]
    assert monitor["updates"].tolist() == [0, 8, 16, 24]
    risk = rv.EmpiricalRisk(net, problem.X, problem.y)
    for record, theta in zip(monitor.records, points[::2], strict=True):
        report, noise = rv.diagnostics.signals(risk, theta), rv.diagnostics.gradient_noise(risk, theta=theta)
        assert record.signals is not None
        assert record.noise is not None
        assert record.signals.layers == report.layers
        assert (record.noise.variance, record.noise.gradient_norm) == (noise.variance, noise.gradient_norm)
    steps = [float(np.linalg.norm(b - a)) for a, b in pairwise(points)]
    np.testing.assert_allclose(monitor["path_length"], np.cumsum([0, *steps])[::2], rtol=1e-12)
    np.testing.assert_allclose(monitor["distance"], [np.linalg.norm(p - points[0]) for p in points[::2]])


def test_columns() -> None:
    _, monitor, _ = train(Problem(rows=30), every=1)
    for name in (
        "before_variance",
        "activation_variance",
        "saturated",
        "delta_square",
        "dead",
        "variance_ratio",
    ):
        assert monitor[name].shape == (7, 3)
    for name in ("gradient_norm", "variance", "noise_scale", "useful_batch_size"):
        assert monitor[name].shape == (7,)
    last = monitor.records[-1].signals
    assert last is not None
    np.testing.assert_array_equal(monitor["activation_variance"][-1], last["variance"])
    medians = monitor["adam_medians"]
    assert np.isnan(medians[0]).all()
    assert np.isfinite(medians[1:]).all()
    with pytest.raises(KeyError, match="no column 'loss'"):
        monitor["loss"]
    assert str(monitor).splitlines()[0].split() == [
        "epoch",
        "updates",
        "distance",
        "path_length",
        "gradient_norm",
        "useful_batch_size",
    ]


def test_products_of_layers_are_recorded_if_asked_for() -> None:
    problem = Problem(rows=30)
    net = problem.network()
    risk = rv.EmpiricalRisk(net, problem.X, problem.y)
    monitor = rv.diagnostics.Monitor(risk, products=True)
    rv.fit(net, problem.X, problem.y, epochs=2, callbacks=[monitor])
    expected = rv.diagnostics.layer_products(net, rv.diagnostics.signals(risk))
    last = monitor.records[-1].products
    assert last is not None
    assert last.slopes
    for got, want in zip(last.singular_values, expected.singular_values, strict=True):
        np.testing.assert_array_equal(got, want)
    assert monitor["product_norms"].shape == (3, 3)
    np.testing.assert_array_equal(monitor["product_norms"][-1], expected.norms)
    net.theta[...] *= 1e150  # the product of three layers is beyond float64
    alone = rv.diagnostics.Monitor(net, products=True)
    assert alone.records[0].products is None
    assert np.isinf(alone["product_norms"]).all()
    with pytest.raises(KeyError, match="without products=True"):
        rv.diagnostics.Monitor(net)["product_norms"]
    with pytest.raises(TypeError, match="products must be True or False, got 1"):
        rv.diagnostics.Monitor(net, products=1)  # type: ignore[arg-type]  # that is the point


def test_the_path_from_update_to_update_is_that_of_the_plain_loop() -> None:
    problem = Problem(rows=30)
    net, plain = problem.network(), problem.network()
    monitor = rv.diagnostics.Monitor(net)
    rv.fit(
        net,
        problem.X,
        problem.y,
        optimizer=rv.optim.SGD(lr=0.2),
        epochs=2,
        batch_size=8,
        callbacks=[monitor],
        step_callbacks=[monitor],
    )
    risk, length = rv.EmpiricalRisk(plain, problem.X, problem.y), 0.0
    for epoch in range(2):
        for rows in rv.minibatches(30, 8, epoch=epoch):
            gradient = risk.subset(rows).gradient()
            length += 0.2 * float(np.linalg.norm(gradient))
            plain.theta -= 0.2 * gradient
    assert monitor["epoch"].tolist() == [0, 1, 2]
    assert monitor["path_length"][-1] == pytest.approx(length, rel=1e-10)
    assert monitor["path_length"][-1] > monitor["distance"][-1]


def test_watching_changes_nothing() -> None:
    problem = Problem(rows=30)
    net, _, _ = train(problem, every=1)
    alone = problem.network()
    rv.fit(alone, problem.X, problem.y, optimizer=rv.optim.Adam(lr=0.02), epochs=6, batch_size=8)
    assert net.theta.tobytes() == alone.theta.tobytes()


def test_a_network_alone() -> None:
    problem = Problem(rows=30)
    net = problem.network()
    monitor = rv.diagnostics.Monitor(net)
    rv.fit(net, problem.X, problem.y, epochs=12, callbacks=[monitor])
    assert monitor["distance"][-1] > 0
    assert len(str(monitor).splitlines()) == 2 + 8
    for name in ("saturated", "gradient_norm"):
        with pytest.raises(KeyError, match="needs a risk"):
            monitor[name]
    with pytest.raises(KeyError, match="without an optimizer"):
        monitor["adam_medians"]


def test_bad_arguments_are_named() -> None:
    net = rv.MLP([2, 1])
    with pytest.raises(TypeError, match="target must be an EmpiricalRisk or an MLP, got int"):
        rv.diagnostics.Monitor(3)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(TypeError, match="Adam, AdamW, NAdam, RAdam, got SGD"):
        rv.diagnostics.Monitor(net, rv.optim.SGD())
    with pytest.raises(ValueError, match="every must be at least 1, got 0"):
        rv.diagnostics.Monitor(net, every=0)
    with pytest.raises(TypeError, match=r"every must be an integer, got 1\.5"):
        rv.diagnostics.Monitor(net, every=1.5)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(ValueError, match="what must be"):
        rv.diagnostics.Monitor(net).plot("loss")  # type: ignore[arg-type]  # that is the point
