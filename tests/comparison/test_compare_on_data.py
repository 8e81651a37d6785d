"""Rules on the same data: each run is the fit that it stands for, and the network is given back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine.comparison import Verdict

RULES = {"descent": rv.optim.SGD(lr=0.1), "Adam": rv.optim.Adam(lr=0.01)}


def problem(**changes: Any) -> rv.TrainingProblem:
    random = np.random.default_rng(0)
    X = random.normal(size=(120, 3))
    y = np.argmax(X, axis=1)
    options = {
        "loss": "cross_entropy",
        "epochs": 6,
        "batch_size": 16,
        "validation_data": (X[:40], y[:40]),
        "seed": 4,
        "options": {"l2": 1e-3},
        **changes,
    }
    return rv.TrainingProblem(rv.MLP([3, 8, 3], seed=1), X, y, **options)


def test_each_run_is_the_fit_of_its_rule() -> None:
    shared = problem()
    before = shared.net.theta.copy()
    comparison = rv.compare(shared, RULES)
    np.testing.assert_array_equal(shared.net.theta, before)
    np.testing.assert_array_equal(comparison.start, before)
    for name, make in {
        "descent": lambda: rv.optim.SGD(lr=0.1),
        "Adam": lambda: rv.optim.Adam(lr=0.01),
    }.items():
        net = rv.MLP([3, 8, 3], seed=1)
        first = rv.EmpiricalRisk(net, shared.X, shared.y, "cross_entropy", l2=1e-3).value()
        history = rv.fit(
            net,
            shared.X,
            shared.y,
            loss="cross_entropy",
            optimizer=make(),
            epochs=6,
            batch_size=16,
            seed=4,
            l2=1e-3,
        )
        run = comparison[name]
        np.testing.assert_array_equal(run.values, [first, *history["loss"]])
        np.testing.assert_array_equal(run.updates, [0, *history["updates"]])
        assert run.path is None
        assert run.history is not None
        assert run.history.metric_name == "error"
    assert comparison.goal == pytest.approx(0.1 * first)


def test_the_goal_counts_in_updates_and_seconds() -> None:
    comparison = rv.compare(problem(epochs=20), RULES, goal=0.3)
    for run in comparison.values():
        at = int(np.flatnonzero(run.values <= 0.3)[0])
        assert (run.updates_to_goal, run.seconds_to_goal) == (run.updates[at], run.seconds[at])
        assert run.verdict is Verdict.REACHED
    assert "% wrong" in str(comparison)


def test_without_validation_there_is_no_such_column() -> None:
    text = str(rv.compare(problem(validation_data=None, epochs=1), RULES))
    assert "validation" not in text
    assert "slow" in text


def test_divergence_is_told_and_the_network_given_back() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(50, 2))
    shared = rv.TrainingProblem(rv.MLP([2, 4, 1], activation="relu", seed=0), X, X[:, 0], epochs=30)
    before = shared.net.theta.copy()
    comparison = rv.compare(shared, {"wild": rv.optim.SGD(lr=1e3), "tame": rv.optim.Adam(lr=0.05)})
    assert comparison["wild"].verdict is Verdict.DIVERGED
    assert comparison["tame"].verdict is Verdict.REACHED
    np.testing.assert_array_equal(shared.net.theta, before)


def test_a_generator_gives_all_rules_the_same_batches() -> None:
    comparison = rv.compare(
        problem(seed=np.random.default_rng(3)), {"a": rv.optim.SGD(lr=0.1), "b": rv.optim.SGD(lr=0.1)}
    )
    np.testing.assert_array_equal(comparison["a"].values, comparison["b"].values)


def test_an_error_in_a_run_reaches_the_caller_with_the_network_given_back() -> None:
    shared = problem(options={"l2": -1.0})
    before = shared.net.theta.copy()
    with pytest.raises(ValueError, match="l2"):
        rv.compare(shared, RULES)
    np.testing.assert_array_equal(shared.net.theta, before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": np.zeros(2)}, "start is of no use on data"),
        ({"updates": 10}, "updates is of no use on data"),
    ],
)
def test_what_belongs_to_surfaces_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rv.compare(problem(), RULES, **change)


def test_bad_problems_are_named() -> None:
    with pytest.raises(TypeError, match=r"net must be a ravine.MLP, got str"):
        rv.TrainingProblem("net", [[1.0]], [1.0])  # type: ignore[arg-type]  # that is the test
    with pytest.raises(ValueError, match="options must not hold 'epochs': it has a place of its own"):
        problem(options={"epochs": 3})
