"""Every reason for which a run may end, reached on purpose; early stopping; what step callbacks see."""

from __future__ import annotations

import pickle
import time
from typing import Any

import numpy as np
import pytest

import ravine as rv
from support.problems import DTYPES, Problem

StopReason = rv.StopReason


def fit(net: rv.MLP, problem: Problem, **options: Any) -> rv.History:
    defaults: dict[str, Any] = {"epochs": 6, "batch_size": 4, "optimizer": rv.optim.SGD(lr=0.05)}
    return rv.fit(net, problem.X, problem.y, loss=problem.loss, **{**defaults, **options})


def test_every_reason_is_a_sentence() -> None:
    for reason in StopReason:
        assert str(reason)[0].isupper()
        assert str(reason).endswith(".")
        assert " " in str(reason)


@pytest.mark.parametrize("limit", [1, 4, 5, 8, 9, 23])
def test_max_updates_ends_the_run_after_so_many(limit: int) -> None:
    problem = Problem(rows=15)  # 4 batches an epoch
    net, twin = problem.network(), problem.network()
    history = fit(net, problem, max_updates=limit)
    assert history.stop_reason is StopReason.UPDATES
    assert history.updates == limit
    assert history["epoch"].tolist() == list(range(1, -(-limit // 4) + 1))
    seen: list[float] = []

    def count(record: rv.StepRecord) -> bool:
        seen.append(record.loss)
        return record.update == limit

    stopped = fit(twin, problem, step_callbacks=[count])
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert stopped.stop_reason is StopReason.CALLBACK
    last = seen[limit - 1 - (limit - 1) % 4 :]
    rows = [4, 4, 4, 3][: len(last)]
    assert history["loss"][-1] == pytest.approx(np.average(last, weights=rows), rel=1e-14)


def test_more_updates_than_epochs_have_end_with_the_epochs() -> None:
    assert fit(Problem().network(), Problem(), max_updates=10**6).stop_reason is StopReason.EPOCHS


def test_max_time_ends_the_run_and_within_an_epoch() -> None:
    problem = Problem(rows=4000)
    net = problem.network()
    started = time.perf_counter()
    history = fit(net, problem, batch_size=1, epochs=10**9, max_time=0.2)
    assert 0.2 < time.perf_counter() - started < 5
    assert history.stop_reason is StopReason.TIME
    assert "after update" in history.message or "after epoch" in history.message
    assert np.isfinite(net.theta).all()
    short = fit(problem.network(), problem, batch_size=1, max_time=1e-9)
    assert short.stop_reason is StopReason.TIME
    assert len(short["loss"]) == 0
    assert str(short) == short.message


def test_a_goal_that_is_reached_ends_the_run() -> None:
    problem = Problem(rows=20)
    losses = fit(problem.network(), problem, epochs=8)["loss"]
    goal = float(losses[4])
    history = fit(problem.network(), problem, epochs=8, goal=goal)
    assert history.stop_reason is StopReason.GOAL
    assert (history["loss"] == losses[: len(history["loss"])]).all()
    assert history["loss"][-1] <= goal
    assert (history["loss"][:-1] > goal).all()


@pytest.mark.parametrize("monitor", ["validation_loss", "validation_metric", "loss"])
@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
@pytest.mark.parametrize("restore", [True, False])
def test_early_stopping_waits_with_patience_and_restores_the_best(
    loss: Any, monitor: Any, restore: bool
) -> None:
    problem, held_out = Problem(rows=12, loss=loss), Problem(rows=10, loss=loss, seed=3)
    net, thetas = problem.network(), [problem.theta]
    patience = rv.EarlyStopping(patience=4, monitor=monitor, restore_best=restore)
    history = fit(
        net,
        problem,
        epochs=3000,
        optimizer=rv.optim.Adam(lr=1.0),
        validation_data=(held_out.X, held_out.y),
        callbacks=[lambda _: thetas.append(net.theta.copy())],
        early_stopping=patience,
    )
    values = history[monitor] * (-1 if (loss, monitor) == ("squared_error", "validation_metric") else 1)
    best = int(np.argmin(values))
    assert history.stop_reason is StopReason.EARLY_STOPPING
    assert len(values) == best + 1 + 4
    # The training loss of an epoch belongs to the parameters with which it began.
    assert history.best_epoch == (best if monitor == "loss" else best + 1)
    expected = thetas[history.best_epoch] if restore else thetas[-1]
    assert net.theta.tobytes() == expected.tobytes()
    assert f"best was epoch {history.best_epoch}" in history.message


def test_a_change_below_the_least_one_is_no_improvement() -> None:
    problem = Problem(rows=16)
    stopping = rv.EarlyStopping(patience=3, min_delta=1e3, monitor="loss")
    assert len(fit(problem.network(), problem, epochs=50, early_stopping=stopping)["loss"]) == 4


def test_the_best_is_restored_whatever_ended_the_run() -> None:
    problem, held_out = Problem(rows=12), Problem(rows=10, seed=3)
    for options in ({"epochs": 40}, {"max_updates": 101}, {"callbacks": [lambda r: r.epoch == 30]}):
        net = problem.network()
        history = fit(
            net,
            problem,
            **{"epochs": 60, **options},
            optimizer=rv.optim.Adam(lr=0.1),
            validation_data=(held_out.X, held_out.y),
            early_stopping=rv.EarlyStopping(patience=1000),
        )
        reached = rv.EmpiricalRisk(net, held_out.X, held_out.y).value()
        losses = history["validation_loss"]
        assert reached == losses.min() == losses[history.best_epoch - 1]


def test_the_gradient_at_the_stop_is_that_of_the_whole_risk() -> None:
    problem = Problem(rows=18)
    net = problem.network()
    history = fit(net, problem)
    norm = np.linalg.norm(rv.EmpiricalRisk(net, problem.X, problem.y).gradient())
    copy = pickle.loads(pickle.dumps(history))
    net.theta[...] = 0  # what the run has left counts, not what became of it
    assert history.gradient_norm_at_stop == pytest.approx(norm, rel=1e-12)
    assert copy.gradient_norm_at_stop == history.gradient_norm_at_stop
    assert copy["loss"].tolist() == history["loss"].tolist()


@pytest.mark.parametrize("dtype", DTYPES)
def test_separable_classes_have_no_finite_minimum_and_the_run_says_so(dtype: str) -> None:
    x = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    y = np.array([0, 0, 1, 1])
    for loss, outputs in (("cross_entropy", 2), ("binary_cross_entropy", 1)):
        net = rv.MLP([1, outputs], bias=False, dtype=dtype)
        # Steps that do not shrink with the gradient get to the rounding of one.
        options: dict[str, Any] = {"loss": loss, "epochs": 300, "optimizer": rv.optim.Lion(lr=0.5)}
        history = rv.fit(net, x, y, **options)
        assert history.stop_reason is StopReason.NO_FINITE_MINIMUM
        assert "classified rightly" in history.message
        assert history["loss"][-1] <= np.finfo(dtype).eps < history["loss"][-2]
        options["epochs"] = 50
        net.initialize(0)
        assert rv.fit(net, x, y, **{**options, "l2": 1e-6}).stop_reason is StopReason.EPOCHS
        # Not separable: it goes on.
        assert rv.fit(net, x, y[[0, 2, 1, 3]], **options).stop_reason is StopReason.EPOCHS


def test_a_variance_that_runs_to_its_floor_ends_the_run() -> None:
    x = np.linspace(-1, 1, 20)[:, None]
    loss = rv.losses.Gaussian(minimum_variance=1e-2)
    net = rv.MLP([1, 2], seed=0)
    history = rv.fit(net, x, 2 * x[:, 0], loss=loss, epochs=5000, optimizer=rv.optim.Adam(lr=0.05))
    assert history.stop_reason is StopReason.NO_FINITE_MINIMUM
    assert "floor" in history.message
    noisy = 2 * x[:, 0] + np.random.default_rng(0).normal(size=20)
    again = rv.fit(net, x, noisy, loss=loss, epochs=300, optimizer=rv.optim.Adam(lr=0.05))
    assert again.stop_reason is StopReason.EPOCHS


@pytest.mark.parametrize("dtype", DTYPES)
def test_counts_that_are_all_zero_end_the_run_once_their_rate_is_nothing(dtype: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2))
    y = np.stack([rng.poisson(2.0, 40), np.zeros(40)], axis=1)
    net = rv.MLP([2, 2], dtype=dtype, seed=0)
    options: dict[str, Any] = {"loss": "poisson", "optimizer": rv.optim.Lion(lr=0.05), "batch_size": None}
    history = rv.fit(net, x, y, epochs=2000, **options)
    assert history.stop_reason is StopReason.NO_FINITE_MINIMUM
    assert "column 1 of y is 0 in every row" in history.message
    assert np.exp(net.predict(x)[:, 1]).mean() <= np.finfo(dtype).eps * max(1, abs(history["loss"][-1]))
    y[3, 1] = 1  # a single count is enough for a minimum
    assert rv.fit(net, x, y, epochs=200, **options).stop_reason is StopReason.EPOCHS
    weight = np.ones(40)
    weight[3] = 0  # unless it weighs nothing
    again = rv.fit(net, x, y, epochs=2000, sample_weight=weight, **options)
    assert again.stop_reason is StopReason.NO_FINITE_MINIMUM


def test_step_callbacks_see_each_update_and_change_no_bit() -> None:
    problem, records = Problem(rows=18), []
    net, twin = problem.network(), problem.network()
    schedule = rv.schedules.Exponential(0.1, factor=0.9)
    history = fit(net, problem, step_callbacks=[records.append], schedule=schedule)
    again = fit(twin, problem, schedule=schedule)
    assert net.theta.tobytes() == twin.theta.tobytes()
    assert history["loss"].tolist() == again["loss"].tolist()
    assert history["gradient_norm"].tolist() == again["gradient_norm"].tolist()
    assert [record.update for record in records] == list(range(1, 31))
    assert [record.epoch for record in records] == [e for e in range(1, 7) for _ in range(5)]
    assert [record.rate for record in records] == [schedule(k) for k in range(30)]
    first = problem.risk().subset(next(iter(rv.minibatches(18, 4))))
    assert records[0].loss == first.value()
    assert records[0].gradient_norm == pytest.approx(np.linalg.norm(first.gradient()), rel=1e-12)


def test_an_exception_of_a_step_callback_reaches_the_caller_and_theta_is_that_updates() -> None:
    problem, error = Problem(rows=18), RuntimeError("mine")

    def fail(record: rv.StepRecord) -> None:
        if record.update == 7:
            raise error

    net, twin = problem.network(), problem.network()
    with pytest.raises(RuntimeError) as caught:
        fit(net, problem, step_callbacks=[fail])
    assert caught.value is error
    fit(twin, problem, max_updates=7)
    assert net.theta.tobytes() == twin.theta.tobytes()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"early_stopping": rv.EarlyStopping()}, "there is no validation_data"),
        ({"early_stopping": rv.EarlyStopping(monitor="validation_metric")}, "validation_metric"),
        ({"early_stopping": 5}, "early_stopping"),
        ({"max_time": 0}, "max_time"),
        ({"max_time": -1.0}, "max_time"),
        ({"max_time": float("nan")}, "max_time"),
        ({"max_updates": 0}, "max_updates"),
        ({"max_updates": 1.5}, "max_updates"),
        ({"goal": float("inf")}, "goal"),
        ({"goal": "low"}, "goal"),
        ({"step_callbacks": [1]}, "step_callbacks"),
        ({"shuffle": "twice"}, "shuffle"),
        ({"shuffle": None}, "shuffle"),
        ({"shuffle": 1}, "shuffle"),
        ({"batch_size": True}, "batch_size"),
    ],
)
def test_what_is_wrong_is_named_before_anything_moves(options: dict[str, Any], told: str) -> None:
    problem = Problem(rows=12)
    net = problem.network()
    with pytest.raises((ValueError, TypeError), match=told):
        fit(net, problem, **options)
    assert net.theta.tobytes() == problem.theta.tobytes()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"patience": 0}, "patience"),
        ({"patience": 2.0}, "patience"),
        ({"min_delta": -1e-3}, "min_delta"),
        ({"monitor": "accuracy"}, "validation_loss, validation_metric, loss"),
        ({"restore_best": 1}, "restore_best"),
    ],
)
def test_senseless_early_stopping_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises((ValueError, TypeError), match=told):
        rv.EarlyStopping(**options)
