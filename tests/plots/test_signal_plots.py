"""Pictures of diagnostics show the numbers of their records."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine import plots
from support.problems import Problem


@pytest.fixture(autouse=True)
def _drawn() -> None:
    pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def monitor() -> rv.diagnostics.Monitor:
    problem = Problem(rows=40)
    net, opt = problem.network(), rv.optim.Adam()
    watch = rv.diagnostics.Monitor(rv.EmpiricalRisk(net, problem.X, problem.y), opt)
    rv.fit(net, problem.X, problem.y, optimizer=opt, epochs=4, callbacks=[watch])
    return watch


def lines(axes: Any) -> dict[str, np.ndarray]:
    return {str(line.get_label()): np.asarray(line.get_ydata()) for line in axes.lines}


def is_png(figure: Any) -> bool:
    buffer = io.BytesIO()
    plots.save_figure(figure, buffer)
    return buffer.getvalue().startswith(b"\x89PNG") and len(buffer.getvalue()) > 5_000


def test_layer_signals() -> None:
    problem = Problem(rows=30)
    net = problem.network()
    net.layers[1].weight[...] *= 0.01
    report = rv.diagnostics.signals(rv.EmpiricalRisk(net, problem.X, problem.y))
    figure = report.plot()
    forward, backward, saturation = figure.axes
    np.testing.assert_array_equal(lines(forward)["Z"], report["before_variance"])
    np.testing.assert_array_equal(lines(forward)["A = σ(Z)"], report["variance"])
    np.testing.assert_array_equal(backward.lines[0].get_ydata(), report["delta_square"])
    heights = [bar.get_height() for bar in saturation.containers[0]]
    np.testing.assert_allclose(heights, 100 * report["saturated"])
    assert forward.get_yscale() == "log"
    assert len(forward.patches) == len({finding.layer for finding in report.findings}) > 0
    assert is_png(figure)


def test_saturation_of_units() -> None:
    problem = Problem(widths=(4, 6, 3), activations=("relu", "identity"), biases=(True, True), rows=30)
    net = problem.network()
    bias = net.layers[0].bias
    assert bias is not None
    bias[:2] = -1e3
    report = rv.diagnostics.signals(rv.EmpiricalRisk(net, problem.X, problem.y))
    figure = report.plot("units")
    band = figure.axes[0].collections[0].get_array()
    assert band is not None
    np.testing.assert_allclose(np.ravel(band), 100 * np.sort(report.units[0].saturated))
    assert np.ravel(band)[-2:].tolist() == [100, 100]
    assert is_png(figure)
    with pytest.raises(ValueError, match="what must be 'layers' or 'units'"):
        report.plot("rows")  # type: ignore[arg-type]  # that is the point


def test_signals_without_variance_are_drawn_on_a_linear_axis() -> None:
    net = rv.MLP([2, 3, 1], initializer="zeros")
    report = rv.diagnostics.signals(rv.EmpiricalRisk(net, np.ones((4, 2)), np.zeros(4)))
    assert report.plot().axes[1].get_yscale() == "linear"


def test_gradient_noise() -> None:
    noise = rv.diagnostics.gradient_noise(Problem(rows=400).risk())
    figure = plots.gradient_noise(noise, title="a title")
    (axes,) = figure.axes
    drawn = lines(axes)["drawn with replacement"]
    np.testing.assert_allclose(drawn[[0, -1]], np.sqrt(noise.variance / np.array([1, 400])))
    assert (lines(axes)["norm of the gradient"] == noise.gradient_norm).all()
    assert [text.get_text() for text in axes.texts] == [f"{noise.useful_batch_size} rows"]
    assert is_png(figure)


def test_gradient_noise_of_one_row() -> None:
    assert is_png(rv.diagnostics.gradient_noise(Problem(rows=1).risk()).plot())


def test_singular_values() -> None:
    products = rv.diagnostics.layer_products(Problem().network())
    figure = products.plot()
    np.testing.assert_array_equal(lines(figure.axes[0])["largest"], products.norms)
    assert is_png(figure)


def test_adam_signal() -> None:
    net, opt = rv.MLP([2, 30, 1], seed=0), rv.optim.Adam()
    opt.step(net.theta, np.random.default_rng(0).normal(size=net.parameter_count))
    figure = rv.diagnostics.adam_signal_to_noise(opt, net).plot()
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["noise", "layer 1", "layer 2"]
    assert is_png(figure)


def test_distances() -> None:
    apart = rv.diagnostics.distances(np.random.default_rng(0).normal(size=(3, 20)))
    figure = plots.distances(apart, names="abc")
    axes = figure.axes[0]
    np.testing.assert_array_equal(np.asarray(axes.images[0].get_array()), apart)
    assert [text.get_text() for text in axes.texts] == [f"{value:.3g}" for value in apart.ravel()]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]
    assert is_png(figure)
    assert is_png(plots.distances(np.zeros((1, 1))))
    assert not plots.distances(np.ones((30, 30))).axes[0].texts
    with pytest.raises(ValueError, match="names must name 3 runs, got 2"):
        plots.distances(apart, names=["a", "b"])
    with pytest.raises(ValueError, match=r"matrix must have shape \(S, S\), S at least 1, got \(2, 3\)"):
        plots.distances(np.zeros((2, 3)))


def test_trajectory(monitor: rv.diagnostics.Monitor) -> None:
    figure = monitor.plot()
    np.testing.assert_array_equal(lines(figure.axes[0])["distance from start"], monitor["distance"])
    np.testing.assert_array_equal(lines(figure.axes[1])["‖∇J‖"], monitor["gradient_norm"])
    assert is_png(figure)
    assert len(rv.diagnostics.Monitor(rv.MLP([2, 1])).plot().axes) == 1


def test_signal_history(monitor: rv.diagnostics.Monitor) -> None:
    figure = monitor.plot("signals")
    image = figure.axes[1].collections[0].get_array()
    assert image is not None
    np.testing.assert_allclose(image, 100 * monitor["saturated"].T)
    assert is_png(figure)
