"""fit: history, validation, callbacks that stop or raise, a loss that is no number, senseless options."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ravine as rv
from support.problems import DTYPES, Problem


class OopsError(Exception):
    """Something that only a user would raise."""


def fit(net: rv.MLP, problem: Problem, **options: Any) -> rv.History:
    defaults: dict[str, Any] = {
        "loss": problem.loss,
        "epochs": 5,
        "batch_size": 4,
        "optimizer": rv.optim.SGD(lr=0.05),
    }
    X, y = options.pop("X", problem.X), options.pop("y", problem.y)
    return rv.fit(net, X, y, **{**defaults, **options})


def test_history_has_a_number_for_every_epoch() -> None:
    problem = Problem(rows=30)
    net = problem.network()
    history = fit(net, problem, epochs=7)
    np.testing.assert_array_equal(history["epoch"], np.arange(1, 8))
    for name in ("loss", "gradient_norm", "seconds"):
        assert history[name].shape == (7,)
        assert (history[name] > 0).all()
    assert (np.diff(history["seconds"]) >= 0).all()
    assert (np.diff(history["loss"]) < 0).any()
    assert history.updates == 7 * 8
    assert isinstance(history.stop_reason, rv.StopReason)
    assert " " in str(history.stop_reason.value)


def test_one_full_batch_records_the_risk_before_the_update_and_the_norm_of_its_gradient() -> None:
    problem = Problem(rows=30)
    value, gradient = problem.risk().value_and_gradient()
    history = fit(problem.network(), problem, epochs=1, batch_size=30)
    np.testing.assert_allclose(history["loss"], [value], rtol=1e-12)
    np.testing.assert_allclose(history["gradient_norm"], [np.linalg.norm(gradient)], rtol=1e-12)


def test_validation_loss_is_the_risk_of_the_validation_data_after_each_epoch() -> None:
    problem, held_out = Problem(rows=30), Problem(rows=11, seed=9)
    net, seen = problem.network(), []

    def remember(record: rv.EpochRecord) -> None:
        seen.append(rv.EmpiricalRisk(net, held_out.X, held_out.y).value())
        assert record.validation_loss == pytest.approx(seen[-1], rel=1e-12)

    history = fit(net, problem, validation_data=(held_out.X, held_out.y), callbacks=[remember])
    np.testing.assert_allclose(history["validation_loss"], seen, rtol=1e-12)
    f = net.predict(held_out.X)
    unexplained = ((f - held_out.y) ** 2).mean(axis=0) / held_out.y.var(axis=0)
    assert history.metric_name == "r2"
    assert history["validation_metric"][-1] == pytest.approx(1 - unexplained.mean(), rel=1e-12)


@pytest.mark.parametrize("n_out", [1, 3])
def test_validation_metric_of_a_classifier_is_its_error_rate(n_out: int) -> None:
    loss = "cross_entropy" if n_out > 1 else "binary_cross_entropy"
    problem = Problem(
        widths=(4, 8, n_out), activations=("tanh", "identity"), biases=(True, True), loss=loss, rows=40
    )
    y = problem.y if n_out > 1 else (problem.y > 0.5).astype(float)
    net = problem.network()
    history = fit(net, problem, y=y, validation_data=(problem.X, y))
    f = net.predict(problem.X)
    wrong = f.argmax(axis=1) != y if n_out > 1 else (f > 0) != (y > 0.5)
    assert history.metric_name == "error"
    assert history["validation_metric"][-1] == pytest.approx(wrong.mean(), abs=1e-15)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("way", ["true", "StopIteration"])
def test_a_callback_may_stop_at_any_epoch(k: int, way: str) -> None:
    problem = Problem(rows=30)

    def stop(record: rv.EpochRecord) -> bool:
        if record.epoch == k and way == "StopIteration":
            raise StopIteration
        return record.epoch == k

    net, twin = problem.network(), problem.network()
    history = fit(net, problem, callbacks=[stop])
    fit(twin, problem, epochs=k)
    assert history["epoch"].tolist() == list(range(1, k + 1))
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert history.stop_reason != fit(twin, problem, epochs=1).stop_reason


@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("error", [OopsError("mine"), KeyboardInterrupt(), SystemExit(3), MemoryError()])
def test_an_exception_of_a_callback_reaches_the_caller_unchanged(k: int, error: BaseException) -> None:
    problem = Problem(rows=30)

    def raise_at_k(record: rv.EpochRecord) -> None:
        if record.epoch == k:
            raise error

    net, twin = problem.network(), problem.network()
    with pytest.raises(type(error)) as caught:
        fit(net, problem, callbacks=[raise_at_k])
    assert caught.value is error
    fit(twin, problem, epochs=k)
    assert net.theta.tobytes() == twin.theta.tobytes()
    fit(net, problem, epochs=1)  # still usable
    assert np.isfinite(net.theta).all()


def test_callbacks_are_called_in_order_and_all_of_them() -> None:
    calls: list[str] = []
    fit(
        Problem().network(),
        Problem(),
        epochs=2,
        callbacks=[lambda r: calls.append(f"a{r.epoch}"), lambda r: calls.append(f"b{r.epoch}")],
    )
    assert calls == ["a1", "b1", "a2", "b2"]


def test_a_callback_may_change_the_rate() -> None:
    problem, optimizer = Problem(rows=20), rv.optim.SGD(lr=0.05)
    net = problem.network()

    def freeze(_: rv.EpochRecord) -> None:
        optimizer.lr = 0.0

    fit(net, problem, optimizer=optimizer, callbacks=[freeze], epochs=3)
    twin = problem.network()
    fit(twin, problem, epochs=1)
    assert net.theta.tobytes() == twin.theta.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
def test_a_diverging_run_stops_and_restores_the_best_point(loss: str, dtype: str) -> None:
    problem = Problem(rows=40, dtype=dtype, activations=("relu", "relu", "identity"), loss=loss)
    net = problem.network()
    history = fit(net, problem, optimizer=rv.optim.SGD(lr=1e300 if dtype == "float64" else 1e37), epochs=100)
    assert len(history["loss"]) < 100
    assert np.isfinite(net.theta).all()
    value = rv.EmpiricalRisk(net, problem.X, problem.y, loss=loss).value()
    start = problem.risk().value()
    assert value <= start * (1 + 1e-5)
    assert "finite" in str(history.stop_reason.value)
    assert "update" in history.message
    assert history.stop_reason != fit(problem.network(), problem, epochs=1).stop_reason


def test_the_reason_names_the_last_update_that_was_made() -> None:
    """The update after it would have had a loss or gradient that is no number, and was not made."""
    problem, optimizer = Problem(rows=12), rv.optim.SGD(lr=3.0)
    linear = rv.MLP([4, 3], seed=1)
    risk, updates = rv.EmpiricalRisk(linear, problem.X, problem.y), 0
    start = linear.theta.copy()
    for epoch in range(10_000):
        for rows in rv.minibatches(12, 5, seed=0, epoch=epoch):
            value, gradient = risk.subset(rows).value_and_gradient()
            if not np.isfinite(value) or not np.isfinite(np.linalg.norm(gradient)):
                break
            optimizer.step(linear.theta, gradient)
            updates += 1
        else:
            continue
        break
    assert updates % 3 > 0  # it happens within an epoch
    linear.theta = start
    history = fit(linear, problem, optimizer=rv.optim.SGD(lr=3.0), epochs=10_000, batch_size=5)
    assert history.stop_reason is rv.StopReason.NOT_FINITE
    assert f"update {updates}, in epoch {updates // 3 + 1}" in history.message


@pytest.mark.parametrize("batch_size", [3, 13])
@pytest.mark.parametrize("lr", [0.7, 2.0, 20.0, 1e3])
def test_the_restored_point_is_no_worse_than_the_start(lr: float, batch_size: int) -> None:
    """A run that takes some epochs to blow up: finite on the way, but far above where it began."""
    problem = Problem(rows=13, seed=4)
    linear = rv.MLP([4, 3], seed=1)
    cubic = Problem(activations=("relu", "relu", "relu"), seed=4).network()
    cubic.theta[...] = np.abs(cubic.theta)
    X, y = np.abs(problem.X), np.abs(problem.y)
    for net in (linear, cubic):
        before = rv.EmpiricalRisk(net, X, y).value()
        optimizer = rv.optim.SGD(lr=lr)
        history = fit(net, problem, X=X, y=y, optimizer=optimizer, epochs=3000, batch_size=batch_size)
        if history.stop_reason is rv.StopReason.NOT_FINITE:
            assert rv.EmpiricalRisk(net, X, y).value() <= before


def test_a_run_cannot_start_at_what_is_no_number() -> None:
    problem = Problem()
    net = problem.network()
    net.theta[3] = np.nan
    before = net.theta.tobytes()
    with pytest.raises(ValueError, match=r"net\.theta must be finite, got nan at net\.theta\[3\]"):
        fit(net, problem)
    assert net.theta.tobytes() == before


def test_one_label_for_every_sample_and_one_row() -> None:
    problem = Problem(rows=1, loss="cross_entropy")
    assert len(fit(problem.network(), problem, epochs=3)["loss"]) == 3


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"epochs": -1}, "epochs"),
        ({"epochs": 2.5}, "epochs"),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": "all"}, "batch_size"),
        ({"loss": "absolute"}, "squared_error"),
        ({"optimizer": "adam"}, "optimizer"),
        ({"optimizer": rv.optim.Adam}, "optimizer"),
        ({"l2": -1.0}, "l2"),
        ({"l2": float("nan")}, "l2"),
        ({"callbacks": [3]}, "callback"),
        ({"callbacks": print}, "callbacks must be a list of functions"),
        ({"schedule": lambda _: "fast"}, "schedule.0. must be a number, got 'fast'"),
        ({"schedule": lambda _: [0.1, 0.2]}, "schedule.0. must be a number"),
        ({"validation_data": (np.zeros((3, 4)),)}, "validation_data"),
        ({"validation_data": (np.zeros((3, 5)), np.zeros((3, 3)))}, "validation"),
        ({"seed": -1}, "seed"),
        ({"batchsize": 3}, "batchsize"),
        ({"sample_weight": np.ones(4)}, "sample_weight"),
    ],
)
def test_what_is_wrong_is_named_before_anything_moves(options: dict[str, Any], told: str) -> None:
    problem = Problem(rows=12)
    net = problem.network()
    with pytest.raises((ValueError, TypeError), match=told):
        fit(net, problem, **options)
    assert net.theta.tobytes() == problem.theta.tobytes()


def test_batches_larger_than_the_data_are_all_of_it() -> None:
    problem = Problem(rows=10)
    one, other = problem.network(), problem.network()
    fit(one, problem, batch_size=10, shuffle=False)
    fit(other, problem, batch_size=10_000, shuffle=False)
    assert one.theta.tobytes() == other.theta.tobytes()
