"""How a typed program uses the public face: checked by strict mypy, and run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import ravine as rv


def regression_data() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x = np.linspace(-1.0, 1.0, 48).reshape(24, 2)
    return x, np.sin(x.sum(axis=1, keepdims=True))


def test_network_and_its_layers() -> None:
    net: rv.MLP = rv.MLP([2, 4, 1], activation=["tanh"], bias=[True, False], dtype=np.float64, seed=0)
    widths: tuple[int, ...] = net.widths
    assert widths == (2, 4, 1)
    for layer in net.layers:
        weight: NDArray[np.floating] = layer.weight
        bias: NDArray[np.floating] | None = layer.bias
        assert weight.shape == (layer.inputs, layer.outputs)
        assert bias is None or bias.shape == (layer.outputs,)
    net.theta = np.zeros(net.parameter_count)
    buffer = np.ones(net.parameter_count)
    net.bind(buffer)
    count: int = net.parameter_count
    assert net.theta.sum() == count


def test_starting_values_and_scaling(tmp_path: Path) -> None:
    x, y = regression_data()
    start = rv.initializers.HeNormal(gain=1.0, slope=0.1, bias=0.01)
    net = rv.MLP([2, 4, 1], "relu", initializer=[start, "glorot_uniform"])
    factors: NDArray[np.float64] = rv.initializers.scale_to_data(net, x, at="pre_activation", layers=[0])
    assert factors.shape == (2,)
    other = rv.MLP([2, 4, 1], initializer=rv.initializers.FromNetwork(net))
    other.copy_layers(net, layers={0: 0})
    model: rv.ScaledModel = rv.ScaledModel.fit_scaling(net, x, y)
    inputs: rv.Standardizer | None = model.inputs
    assert inputs is not None
    constant: NDArray[np.bool_] = inputs.constant
    assert not constant.any()
    assert inputs == rv.Standardizer(inputs.mean.tolist(), inputs.scale.tolist())
    model.save(tmp_path / "model")
    loaded: rv.MLP | rv.ScaledModel = rv.load(tmp_path / "model")
    assert np.array_equal(loaded.predict(x), model.predict(x))


def test_plain_loop() -> None:
    x, y = regression_data()
    net = rv.MLP([2, 4, 1], seed=0)
    risk = rv.EmpiricalRisk(net, x, y, loss="squared_error", l2=1e-6, sample_weight=np.ones(24))
    optimizer = rv.optim.Adam(lr=1e-2)
    first: float = risk.value()
    for rows in rv.minibatches(24, 8, seed=0, epoch=0):
        loss, gradient = risk.subset(rows).value_and_gradient()
        assert np.isfinite(loss)
        optimizer.step(net.theta, gradient)
    copied: tuple[str, ...] = risk.copied
    assert copied == ()
    assert risk.value(net.theta) < first
    assert risk.gradient(out=np.empty(net.parameter_count)).shape == (net.parameter_count,)


def test_fit_with_a_callback(tmp_path: Path) -> None:
    x, y = regression_data()
    net = rv.MLP([2, 4, 1], seed=0)

    def enough(record: rv.EpochRecord) -> bool:
        return record.epoch >= 3

    history = rv.fit(
        net, x, y, optimizer=rv.optim.SGD(lr=0.1, momentum=0.9), validation_data=(x, y), callbacks=[enough]
    )
    reason: rv.StopReason = history.stop_reason
    loss: NDArray[np.float64] = history["loss"]
    assert isinstance(reason, rv.StopReason)
    assert loss.shape == history["validation_loss"].shape
    path = tmp_path / "net"
    net.save(path)
    assert np.array_equal(rv.load(path).predict(x), net.predict(x))


def test_diagnostics() -> None:
    x, y = regression_data()
    net, optimizer = rv.MLP([2, 4, 1], seed=0), rv.optim.Adam()
    risk = rv.EmpiricalRisk(net, x, y)
    monitor: rv.diagnostics.Monitor = rv.diagnostics.Monitor(risk, optimizer, every=2)
    rv.fit(net, x, y, optimizer=optimizer, epochs=4, callbacks=[monitor])
    distance: NDArray[np.float64] = monitor["distance"]
    assert distance.shape == (3,)
    report: rv.diagnostics.LayerSignals = rv.diagnostics.signals(risk)
    factors: dict[int, float] = report.factors
    assert set(factors) <= {1, 2}
    noise: rv.diagnostics.GradientNoise = rv.diagnostics.gradient_noise(risk, batch_size=[4, 8])
    error: float = noise.standard_error(4, replacement=True)
    assert error > 0
    norms: NDArray[np.float64] = rv.diagnostics.layer_products(net, report).norms
    assert norms.shape == (2,)
    assert rv.diagnostics.adam_signal_to_noise(optimizer, net).medians.shape == (2,)
    assert rv.diagnostics.distances([net.theta, net.theta]).sum() == 0


def test_diagnostics_of_curvature() -> None:
    x, y = regression_data()
    risk = rv.EmpiricalRisk(rv.MLP([2, 4, 1], seed=0), x, y)
    point: rv.diagnostics.CriticalPoint = rv.diagnostics.critical_point(risk, method="lanczos")
    verdict: rv.diagnostics.PointVerdict = point.verdict
    assert verdict is rv.diagnostics.PointVerdict.NOT_CRITICAL
    way_out: rv.diagnostics.NegativeCurvature = rv.diagnostics.negative_curvature(risk)
    direction: NDArray[np.float64] = way_out.direction
    step: rv.linalg.ConjugateGradient = rv.linalg.conjugate_gradient(np.eye(3), direction[:3], radius=1)
    assert step.success
    values: NDArray[np.float64] = rv.linalg.lanczos(lambda v: 2 * v, 3).values
    assert values.shape == (2,)
    rate: float = rv.diagnostics.quadratic_dynamics([1.0, 2.0]).best_rate
    assert rate > 0


def test_error_bars(tmp_path: Path) -> None:
    x, y = regression_data()
    fit: rv.EvidenceFit = rv.fit_evidence(rv.EmpiricalRisk(rv.MLP([2, 2, 1], seed=0), x, y + 0.1 * x[:, :1]))
    posterior: rv.LaplacePosterior = rv.laplace(fit.risk, curvature="gauss-newton", noise_variance=0.1)
    mean, std = posterior.predict(x, noise=True)
    assert mean.shape == std.shape == y.shape
    draws: NDArray[np.float64] = posterior.sample(3, seed=0)
    assert draws.shape == (3, posterior.theta.size)
    posterior.save(tmp_path / "model")
    again: rv.LaplacePosterior = rv.LaplacePosterior.load(tmp_path / "model")
    distance: float = again.newton_decrement
    assert distance >= 0
    report: rv.uncertainty.Calibration = rv.uncertainty.coverage(y, mean, std)
    surface: rv.diagnostics.LossSurface = rv.diagnostics.loss_surface(fit.risk, points=3)
    assert report.error < 1
    assert surface.values.shape == (3, 3)


def test_comparison() -> None:
    surface: rv.surfaces.Surface = rv.surfaces.Ravine(condition=10.0)
    comparison: rv.comparison.Comparison = rv.compare(surface, {"descent": rv.optim.SGD(lr=0.1)})
    run: rv.comparison.Run = comparison["descent"]
    assert run.updates_to_goal is not None
    values: NDArray[np.float64] = run.values
    assert values[-1] <= comparison.goal
    x, y = regression_data()
    problem = rv.TrainingProblem(rv.MLP([2, 4, 1], seed=0), x, y, epochs=2)
    fastest: str | None = rv.compare(problem, [rv.optim.Adam(lr=0.01)], goal=0.0).fastest
    assert fastest is None


def test_models_to_keep(tmp_path: Path) -> None:
    net = rv.MLP([2, 3, 1], seed=0)
    net.save(tmp_path / "net.safetensors")
    again: rv.MLP | rv.ScaledModel = rv.load(tmp_path / "net.safetensors")
    rv.export.to_c(again, tmp_path / "net.c", "net", features=["a", "b"])
    rv.export.to_numpy(again, str(tmp_path / "net.py"), outputs=("y",))
    assert {path.name for path in tmp_path.iterdir()} == {"net.safetensors", "net.c", "net.py"}


def test_what_is_loaded_later_is_there() -> None:
    code = "import sys, ravine; print([m for m in sys.modules if m.startswith('ravine.comparison')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert set(rv.__all__) <= set(dir(rv))
    assert all(hasattr(rv, name) for name in rv.__all__)
    assert not hasattr(rv, "unheard_of")


def test_environment() -> None:
    before: int = rv.get_num_threads()
    rv.set_num_threads(1)
    assert rv.get_num_threads() == 1
    rv.set_num_threads(before)
    assert {"version", "cpu_level", "cpu_supported", "compiler", "threads", "num_threads", "eigen"} <= set(
        rv.build_info()
    )
