"""fit with a minimiser: the course of rv.minimize; validation, stopping, callbacks, checkpoints of fit."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine.minimizers.options import METHODS as ALL_METHODS

RANDOM = np.random.default_rng(1)
X = RANDOM.uniform(-1, 1, (60, 2))
Y = np.sin(3 * X[:, 0]) * X[:, 1] + 0.1 * RANDOM.standard_normal(60)
HELD_OUT = (X[40:], Y[40:])
COLUMNS = ("epoch", "loss", "gradient_norm", "validation_loss", "validation_metric", "updates")
METHODS = [method for method in ALL_METHODS if method not in ("auto", "textbook-newton")]


def network(seed: int = 3) -> rv.MLP:
    return rv.MLP([2, 5, 1], activation="tanh", seed=seed)


def fit(optimizer: Any = "levenberg-marquardt", **options: Any) -> tuple[rv.MLP, rv.History]:
    net = options.pop("net", None) or network()
    return net, rv.fit(net, X[:40], Y[:40], optimizer=optimizer, **{"epochs": 25, **options})


def same(one: tuple[rv.MLP, rv.History], other: tuple[rv.MLP, rv.History]) -> None:
    assert one[0].theta.tobytes() == other[0].theta.tobytes()
    for column in COLUMNS:
        np.testing.assert_array_equal(one[1][column], other[1][column])
    assert one[1].stop_reason is other[1].stop_reason
    assert one[1].message == other[1].message
    assert one[1].best_epoch == other[1].best_epoch


@pytest.mark.parametrize("method", METHODS)
def test_the_course_is_that_of_minimize(method: str) -> None:
    net, history = fit(method)
    twin = network()
    result = rv.minimize(rv.EmpiricalRisk(twin, X[:40], Y[:40]), method=method, maxiter=25)
    assert net.theta.tobytes() == twin.theta.tobytes()
    np.testing.assert_array_equal(history["loss"], result.history.loss)
    np.testing.assert_allclose(history["gradient_norm"], result.history.gradient_norm, rtol=1e-12)
    assert history["epoch"].tolist() == history["updates"].tolist() == list(range(1, 26))
    assert history.stop_reason is rv.StopReason.EPOCHS
    assert np.isnan(history["rate"]).all()
    assert history.gradient_norm_at_stop == pytest.approx(result.gradient_norm, rel=1e-12)


def test_options_have_the_names_of_minimize() -> None:
    rule = rv.Minimizer("levenberg-marquardt", damping=0.5, damping_increase=10, damping_decrease=0.1)
    assert rule.options == {"damping": 0.5, "damping_increase": 10.0, "damping_decrease": 0.1}
    net, _ = fit(rule)
    twin = network()
    rv.minimize(
        rv.EmpiricalRisk(twin, X[:40], Y[:40]), method="levenberg-marquardt", maxiter=25, **rule.options
    )
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert repr(rv.Minimizer("bfgs", iterations=3, c2=0.5)) == "Minimizer('bfgs', iterations=3, c2=0.5)"


def test_an_epoch_may_be_several_iterations() -> None:
    _, each = fit(epochs=20)
    _, history = fit(rv.Minimizer("levenberg-marquardt", iterations=5), epochs=4)
    assert history["updates"].tolist() == [5, 10, 15, 20]
    np.testing.assert_array_equal(history["loss"], each["loss"][4::5])
    _, cut = fit(rv.Minimizer("levenberg-marquardt", iterations=5), epochs=4, max_updates=13)
    assert cut.stop_reason is rv.StopReason.UPDATES
    assert cut["updates"].tolist() == [5, 10, 13]
    assert cut["loss"][-1] == each["loss"][12]


def test_validation_and_patience_and_the_best() -> None:
    patience = rv.EarlyStopping(patience=4)
    net, history = fit(epochs=500, validation_data=HELD_OUT, early_stopping=patience)
    assert history.stop_reason is rv.StopReason.EARLY_STOPPING
    best = history.best_epoch
    assert history["validation_loss"][best - 1] == np.min(history["validation_loss"])
    assert rv.EmpiricalRisk(net, *HELD_OUT).value() == history["validation_loss"][best - 1]
    losses = np.concatenate([[np.inf], history["loss"]])
    moved = losses[1:] != losses[:-1]
    assert moved[best:].sum() == 4  # epochs that took no step are not counted
    assert net.theta.tobytes() == fit(epochs=best)[0].theta.tobytes()


def test_steps_that_were_not_taken_do_not_tire() -> None:
    """A damping far too low makes a row of rejections, longer than the patience."""
    rule = rv.Minimizer("levenberg-marquardt", damping=1e-12, damping_increase=1.2)
    net = network()
    net.theta *= 6
    options = {"epochs": 30, "early_stopping": rv.EarlyStopping(patience=2, monitor="loss")}
    _, history = fit(rule, net=net, **options)
    losses = history["loss"]
    still = losses[1:] == losses[:-1]
    assert (still[1:] & still[:-1]).any()
    assert len(losses) == 30


def test_a_goal_and_a_bound_of_time_end_the_run() -> None:
    _, history = fit(goal=0.02, epochs=500)
    assert history.stop_reason is rv.StopReason.GOAL
    assert history["loss"][-1] <= 0.02 < history["loss"][-2]
    _, history = fit(goal=0.08, epochs=500, validation_data=HELD_OUT)
    assert history["validation_loss"][-1] <= 0.08
    _, history = fit(max_time=1e-9, epochs=500)
    assert history.stop_reason is rv.StopReason.TIME
    assert len(history["loss"]) == 1


def test_the_methods_own_end_is_the_runs() -> None:
    net, history = fit(rv.Minimizer("newton", gtol=1e-6), epochs=500, l2=1e-2)
    assert history.stop_reason is rv.StopReason.GRADIENT_SMALL
    assert history.gradient_norm_at_stop <= 1e-6
    assert history["gradient_norm"][-1] == pytest.approx(history.gradient_norm_at_stop, rel=1e-9)
    assert f"after epoch {len(history['loss'])}" in history.message
    _, again = fit(rv.Minimizer("newton", gtol=1e-6), epochs=500, l2=1e-2, net=net)
    assert again.stop_reason is rv.StopReason.GRADIENT_SMALL
    assert len(again["loss"]) == 0
    _, half = fit(rv.Minimizer("newton", gtol=1e-6, iterations=1000), epochs=500, l2=1e-2)
    assert half.stop_reason is rv.StopReason.GRADIENT_SMALL
    assert half["loss"][-1] == history["loss"][-1]
    assert len(half["loss"]) == 1


def test_a_risk_that_overflows_leaves_the_start() -> None:
    net = rv.MLP([1, 1], seed=0)
    net.theta[...] = [1e200, 0]
    before = net.theta.copy()
    history = rv.fit(net, X[:, :1], Y, optimizer="levenberg-marquardt")
    assert history.stop_reason is rv.StopReason.NOT_FINITE
    assert (net.theta == before).all()


def test_a_separated_classification_has_no_minimum() -> None:
    labels = (X[:, 0] > 0).astype(int)
    net = rv.MLP([2, 4, 2], activation="tanh", seed=0)
    history = rv.fit(net, X, labels, "cross_entropy", optimizer="newton", epochs=500)
    assert history.stop_reason is rv.StopReason.NO_FINITE_MINIMUM
    assert "classified rightly" in history.message


def test_callbacks_see_each_epoch_and_may_stop() -> None:
    seen = []

    def stop_at_six(record: rv.EpochRecord) -> bool:
        seen.append(record)
        return record.epoch == 6

    _, history = fit(callbacks=[stop_at_six], validation_data=HELD_OUT)
    assert history.stop_reason is rv.StopReason.CALLBACK
    assert tuple(seen) == history.records
    assert len(seen) == 6


def test_an_exception_of_a_callback_reaches_the_caller() -> None:
    def breaks(record: rv.EpochRecord) -> None:
        if record.epoch == 4:
            raise OSError("the disk is full")

    net, four = network(), fit(epochs=4)[0]
    with pytest.raises(OSError, match="the disk is full"):
        fit(callbacks=[breaks], net=net)
    assert net.theta.tobytes() == four.theta.tobytes()


@pytest.mark.parametrize("method", [*METHODS, rv.Minimizer("newton-cg", hessian_rows=0.3, hessian_seed=2)])
def test_a_resumed_run_is_the_uninterrupted_one(method: str | rv.Minimizer, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    options: dict[str, Any] = {
        "optimizer": method,
        "epochs": 24,
        "validation_data": HELD_OUT,
        "early_stopping": rv.EarlyStopping(patience=12),
    }
    whole = fit(**options)
    for epochs in (1, 4, 11, 12):
        fit(**{**options, "epochs": epochs}, checkpoint=path, resume=True)
    same(fit(**options, checkpoint=path, resume=True), whole)
    same(fit(**options, checkpoint=path, resume=True), whole)


def test_a_run_ended_within_an_epoch_is_resumed_there(tmp_path: Path) -> None:
    options: dict[str, Any] = {"optimizer": rv.Minimizer("lbfgs", iterations=4), "epochs": 6}
    whole, path = fit(**options), tmp_path / "run.npz"
    for updates in (1, 6, 8, 15):
        fit(**options, checkpoint=path, resume=True, max_updates=updates)
    same(fit(**options, checkpoint=path, resume=True), whole)


@pytest.mark.parametrize("place", [2, 3, 17])
def test_ctrl_c_leaves_a_state_to_go_on_from(place: int, tmp_path: Path) -> None:
    path, net, whole = tmp_path / "run.npz", network(), fit("newton", validation_data=HELD_OUT)

    def interrupt(record: rv.EpochRecord) -> None:
        if record.epoch == place:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        fit("newton", callbacks=[interrupt], checkpoint=path, net=net, validation_data=HELD_OUT)
    reached = int(np.flatnonzero(whole[1]["loss"] == rv.EmpiricalRisk(net, X[:40], Y[:40]).value())[0]) + 1
    assert reached in (place - 1, place, place + 1)
    same(fit("newton", checkpoint=path, resume=True, validation_data=HELD_OUT), whole)


def test_ctrl_c_within_an_iteration_leaves_the_last_point_that_was_seen(tmp_path: Path) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (1500, 2))
    y, seen, path = np.sin(5 * x[:, 0] * x[:, 1]), [], tmp_path / "run.npz"

    def train(seed: int, epochs: int, **options: Any) -> tuple[rv.MLP, rv.History]:
        net = nets[seed]
        return net, rv.fit(net, x, y, optimizer="newton", epochs=epochs, checkpoint=path, **options)

    nets = [rv.MLP([2, 20, 20, 1], activation="tanh", seed=seed) for seed in (0, 1)]
    timer = threading.Timer(0.25, signal.raise_signal, [signal.SIGINT])
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            train(0, 10**6, callbacks=[seen.append])
    finally:
        timer.join()
    assert rv.EmpiricalRisk(nets[0], x, y).value() == seen[-1].loss
    resumed, history = train(1, len(seen), resume=True)
    assert resumed.theta.tobytes() == nets[0].theta.tobytes()
    assert history["loss"].tolist() == [record.loss for record in seen]


def test_a_checkpoint_of_another_method_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    fit("newton", epochs=2, checkpoint=path)
    with pytest.raises(rv.CheckpointError, match=r"its optimizer is Minimizer\('newton'\)"):
        fit("bfgs", checkpoint=path, resume=True)


@pytest.mark.usefixtures("restore_threads")
def test_starts_are_the_runs_alone() -> None:
    runs = []
    for seed in (5, 6, 7):
        net = network()
        net.initialize(seed)
        runs.append(fit("lbfgs", net=net, seed=seed, epochs=8))
    losses = [rv.EmpiricalRisk(net, X[:40], Y[:40]).value() for net, _ in runs]
    for threads in (1, 2):
        rv.set_num_threads(threads)
        net, history = fit("lbfgs", seed=5, starts=3, epochs=8)
        assert history.starts is not None
        assert history.starts.losses.tolist() == losses
        assert net.theta.tobytes() == runs[int(np.argmin(losses))][0].theta.tobytes()


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"optimizer": "levenberg"}, ValueError, "did you mean 'levenberg-marquardt'"),
        ({"batch_size": 16}, ValueError, "batch_size must be left out with levenberg-marquardt"),
        ({"schedule": rv.schedules.Constant(0.1)}, ValueError, "schedule belongs to the updates"),
        ({"momentum_schedule": rv.schedules.Constant(0.1)}, ValueError, "momentum_schedule belongs"),
        ({"clip_norm": 1.0}, ValueError, "clip_norm belongs"),
        ({"clip_value": 1.0}, ValueError, "clip_value belongs"),
        ({"perturbation": rv.Perturbation()}, ValueError, "perturbation belongs"),
        ({"step_callbacks": [print]}, ValueError, "step_callbacks belongs"),
        ({"l1": 0.1}, ValueError, "l1 > 0 has kinks"),
        ({"loss": "hinge"}, ValueError, "kinks"),
        ({"net": rv.MLP([2, 1], dtype="float32")}, TypeError, "work in float64"),
    ],
)
def test_what_a_minimiser_cannot_do_is_refused(options: dict[str, Any], error: type, text: str) -> None:
    call = {"net": rv.MLP([2, 3], seed=0), "loss": "cross_entropy", **options}
    y = np.zeros(60, int) if call["net"].widths[-1] == 3 else Y
    if call["loss"] == "cross_entropy" and call["net"].widths[-1] == 1:
        call["loss"] = "squared_error"
    net, before = call.pop("net"), None
    before = net.theta.copy()
    with pytest.raises(error, match=text):
        rv.fit(net, X, y, **{"optimizer": "levenberg-marquardt", **call})
    assert (net.theta == before).all()


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (("newton", 0), ValueError, "iterations"),
        (("newton", 1.5), TypeError, "iterations"),
        ((3,), TypeError, "method must be a string"),
    ],
)
def test_wrong_minimisers_are_refused(arguments: tuple[Any, ...], error: type, text: str) -> None:
    with pytest.raises(error, match=text):
        rv.Minimizer(*arguments)


@pytest.mark.parametrize("name", ["maxiter", "goal", "max_time", "max_fun"])
def test_how_far_to_go_is_told_to_fit(name: str) -> None:
    with pytest.raises(TypeError, match=f"{name} is told to fit"):
        rv.Minimizer("newton", **{name: 3})


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(TypeError, match="did you mean 'damping'"):
        rv.Minimizer("levenberg-marquardt", dampin=3)
    with pytest.raises(ValueError, match="damping must lie in"):
        fit(rv.Minimizer("levenberg-marquardt", damping=-1))
