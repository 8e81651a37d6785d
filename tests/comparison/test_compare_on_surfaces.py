"""Rules from one start over a surface: the runs are the plain loops, and the verdicts are earned."""

from __future__ import annotations

import re

import numpy as np
import pytest

import ravine as rv
from ravine.comparison import Verdict, all_rules
from ravine.surfaces import SURFACES, Plateau, Ravine, Rosenbrock, Saddle


@pytest.mark.parametrize("name", sorted(set(SURFACES) - {"saddle"}))
def test_every_default_rule_arrives(name: str) -> None:
    comparison = rv.compare(SURFACES[name]())
    assert {run.verdict for run in comparison.values()} == {Verdict.REACHED}
    assert comparison.fastest in comparison


@pytest.mark.parametrize("name", sorted(set(SURFACES) - {"ravine"}))
def test_all_rules_lower_the_value(name: str) -> None:
    surface = SURFACES[name]()
    comparison = rv.compare(surface, all_rules(surface))
    assert all(run.verdict is not Verdict.DIVERGED for run in comparison.values())
    assert all(run.lowest < run.values[0] for run in comparison.values())


def test_two_point_nesterov_takes_its_gradient_ahead() -> None:
    surface = Rosenbrock()
    rule = {"lr": 1e-3, "momentum": 0.9, "nesterov": "lookahead"}
    run = rv.compare(surface, [rv.optim.SGD(**rule)], updates=20)["SGD"]
    theta, optimizer = surface.start, rv.optim.SGD(**rule)
    for _ in range(20):
        optimizer.step(theta, surface.gradient(optimizer.look_ahead(theta)))
    np.testing.assert_array_equal(run.path[-1], theta)


def test_on_the_saddle_plain_descent_stays_and_momentum_leaves() -> None:
    comparison = rv.compare(Saddle())
    assert comparison["SGD"].verdict is Verdict.SADDLE
    assert all(run.verdict is Verdict.REACHED for name, run in comparison.items() if name != "SGD")


def test_a_run_is_the_plain_loop() -> None:
    surface = Rosenbrock()
    run = rv.compare(surface, {"Adam": rv.optim.Adam(lr=0.1)}, updates=30)["Adam"]
    theta, optimizer = surface.start, rv.optim.Adam(lr=0.1)
    for k in range(31):
        np.testing.assert_array_equal(run.path[k], theta)
        assert run.values[k] == surface.value(theta)
        optimizer.step(theta, surface.gradient(theta))
    assert run.path.shape == (31, 2)
    np.testing.assert_array_equal(run.updates, np.arange(31))
    assert run.seconds[0] == 0
    assert (np.diff(run.seconds) >= 0).all()
    assert run.rule == repr(rv.optim.Adam(lr=0.1))


def test_updates_to_goal_is_the_first_value_below_it() -> None:
    surface = Ravine(condition=10)
    free = rv.compare(surface, {"a": rv.optim.SGD(lr=0.1)}, goal=-1.0, updates=200)["a"]
    bound = rv.compare(surface, {"a": rv.optim.SGD(lr=0.1)}, goal=0.5)["a"]
    first = int(np.flatnonzero(free.values <= 0.5)[0])
    assert bound.updates_to_goal == first == bound.updates[-1]
    assert bound.seconds_to_goal == bound.seconds[-1]
    assert (free.updates_to_goal, free.seconds_to_goal, free.verdict) == (None, None, Verdict.SLOW)


@pytest.mark.parametrize(
    ("surface", "rate", "verdict"),
    [
        (Ravine(condition=100), 0.0201, Verdict.SLOW),  # oscillates outward, but is not far yet
        (Ravine(condition=100), 0.1, Verdict.DIVERGED),
        (Rosenbrock(), 10.0, Verdict.DIVERGED),  # overflows within a few updates
        (Rosenbrock(), 1e-5, Verdict.SLOW),
        (Plateau(), 1e-3, Verdict.SLOW),  # negative curvature, but no critical point nearby
        (Saddle(offset=0.0), 0.1, Verdict.SADDLE),
        (Saddle(offset=0.0), 2.5, Verdict.DIVERGED),
    ],
)
def test_verdicts(surface: rv.surfaces.Surface, rate: float, verdict: Verdict) -> None:
    run = rv.compare(surface, [rv.optim.SGD(lr=rate)], updates=100)["SGD"]
    assert run.verdict is verdict
    assert run.updates_to_goal is None


def test_optimisers_and_start_stay_as_they_were() -> None:
    rule = rv.optim.SGD(lr=0.1, momentum=0.5)
    rule.lr = 0.02
    rule.momentum = 0.7
    start = np.array([1.0, 1.0])
    first = rv.compare(Ravine(), {"a": rule, "b": lambda: rv.optim.SGD(lr=0.02, momentum=0.7)}, start=start)
    assert rule.updates == 0
    np.testing.assert_array_equal(start, [1.0, 1.0])
    np.testing.assert_array_equal(first["a"].path, first["b"].path)
    with pytest.raises(ValueError, match="read-only"):
        first["a"].path[0] = 0


def test_a_list_of_rules_is_named_by_their_classes() -> None:
    rules = [rv.optim.SGD(lr=0.01), rv.optim.Adam(lr=0.1), rv.optim.SGD(lr=0.02)]
    names = list(rv.compare(Ravine(), rules, updates=2))
    assert names[1] == "Adam"
    assert names[0].startswith("SGD(lr=0.01")
    assert names[2].startswith("SGD(lr=0.02")


def test_the_table_says_what_the_runs_are() -> None:
    comparison = rv.compare(Saddle(), updates=100)
    text = re.sub(r"\d\.?\d*e-\d+|0\.\d+(?= +-)", "#", str(comparison))
    header, _, sgd, *rest = text.splitlines()
    assert header.split("  ")[0] == "rule"
    assert sgd.split()[0] == "SGD"
    assert sgd.endswith("stays at saddle")
    assert all(line.endswith("reached") for line in rest)
    assert len(rest) == len(comparison) - 1


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"problem": "ravine"}, TypeError, "problem must be a surface of ravine.surfaces or a Training"),
        ({"optimizers": {}}, ValueError, "optimizers must hold at least one rule, got none"),
        ({"optimizers": {"a": 3}}, TypeError, r"optimizers\['a'\] must be a rule of ravine.optim or a func"),
        ({"optimizers": {"a": lambda: 3}}, TypeError, r"optimizers\['a'\]\(\) must give a rule .*, got int"),
        ({"optimizers": "SGD"}, TypeError, "optimizers must be a mapping or a list of rules, got str"),
        ({"optimizers": rv.optim.SGD()}, TypeError, "optimizers must be a mapping or a list of rules"),
        ({"start": [1.0]}, ValueError, r"start has the shape \(1,\): expected \(2,\)"),
        ({"start": [np.nan, 0.0]}, ValueError, "start must have a finite value, got nan"),
        ({"start": [0.0, 1e200]}, ValueError, "start must have a finite value, got inf"),
        ({"goal": "low"}, TypeError, "goal must be a number, got 'low'"),
        ({"optimizers": ["SGD"]}, TypeError, r"optimizers\[0\] must be a rule of ravine.optim, got 'SGD'"),
        ({"goal": np.nan}, ValueError, "goal must be a number, got nan"),
        ({"updates": 0}, ValueError, "updates must be at least 1, got 0"),
        ({"updates": 1.5}, TypeError, "updates must be an integer, got 1.5"),
    ],
)
def test_bad_arguments_are_named(change: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        rv.compare(**{"problem": Ravine(), **change})


def test_an_unknown_run_is_told_with_those_there_are() -> None:
    with pytest.raises(KeyError, match="no rule 'Eve'; there are SGD"):
        rv.compare(Ravine(), updates=1)["Eve"]
