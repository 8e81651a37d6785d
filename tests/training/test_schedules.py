"""Schedules: their formulas' corner points, vectors equal to single values, and what fit makes of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ravine as rv
from ravine import schedules
from support.problems import DTYPES, Problem

SCHEDULES: dict[str, Any] = {
    "constant": schedules.Constant(0.03),
    "linear": schedules.Linear(0.05, 0.001, updates=13),
    "step": schedules.Step(0.05, factor=0.3, every=4),
    "exponential": schedules.Exponential(0.05, factor=0.93),
    "inverse": schedules.Inverse(0.05, decay=0.2, power=0.7),
    "cosine": schedules.Cosine(0.05, end=0.001, updates=17),
    "warmup": schedules.Warmup(schedules.Cosine(0.05, updates=9), updates=6),
    "one_cycle": schedules.OneCycle(0.05, updates=16),
    "callable": lambda k: 0.05 / math.sqrt(k + 1),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SCHEDULES)
def test_fit_with_a_schedule_is_the_loop_that_sets_the_rate_before_each_step(name: str, dtype: str) -> None:
    schedule, problem = SCHEDULES[name], Problem(rows=37, dtype=dtype)
    net, optimizer, updates = problem.network(), rv.optim.Adam(lr=123.0), 0
    risk = rv.EmpiricalRisk(net, problem.X, problem.y)
    for epoch in range(3):
        for rows in rv.minibatches(37, 8, seed=4, epoch=epoch):
            optimizer.lr = schedule(updates)
            optimizer.step(net.theta, risk.subset(rows).gradient())
            updates += 1
    twin, rule = problem.network(), rv.optim.Adam(lr=123.0)
    history = rv.fit(
        twin, problem.X, problem.y, optimizer=rule, epochs=3, batch_size=8, seed=4, schedule=schedule
    )
    assert twin.theta.tobytes() == net.theta.tobytes()
    assert rule.lr == optimizer.lr == history["rate"][-1]
    assert history["rate"].tolist() == [schedule(4), schedule(9), schedule(14)]


@given(
    name=st.sampled_from([name for name in SCHEDULES if name != "callable"]),
    first=st.integers(0, 40),
    count=st.integers(1, 40),
)
def test_a_stretch_of_values_is_the_single_values_to_the_bit(name: str, first: int, count: int) -> None:
    schedule = SCHEDULES[name]
    assert schedule.values(first, count).tolist() == [schedule(k) for k in range(first, first + count)]


def test_corner_points() -> None:
    linear = schedules.Linear(1.0, 0.01, updates=10)
    assert (linear(0), linear(10), linear(1000)) == (1.0, 0.01, 0.01)
    assert linear(5) == pytest.approx((1.0 + 0.01) / 2)
    step = schedules.Step(1.0, factor=0.1, every=3)
    np.testing.assert_allclose(step.values(0, 7), [1, 1, 1, 0.1, 0.1, 0.1, 0.01])
    exponential = schedules.Exponential(2.0, factor=0.9).values(0, 9)
    np.testing.assert_allclose(exponential[1:] / exponential[:-1], 0.9)
    inverse = schedules.Inverse(1.0, decay=2.0).values(0, 9)
    np.testing.assert_allclose(np.diff(1 / inverse), 2.0)
    cosine = schedules.Cosine(1.0, end=0.2, updates=8)
    assert (cosine(0), cosine(8), cosine(50)) == (1.0, 0.2, 0.2)
    np.testing.assert_allclose(cosine.values(0, 9) + cosine.values(0, 9)[::-1], 1.2)
    warmup = schedules.Warmup(schedules.Step(1.0, factor=0.5, every=2), updates=4)
    np.testing.assert_allclose(warmup.values(0, 8), [0.2, 0.4, 0.6, 0.8, 1, 1, 0.5, 0.5])
    cycle = schedules.OneCycle(1.0, updates=10, rise=0.4, start=0.1, end=0.001)
    assert (cycle(0), cycle(4), cycle(10), cycle(99)) == (0.1, 1.0, 0.001, 0.001)
    assert (np.diff(cycle.values(0, 5)) > 0).all()
    assert (np.diff(cycle.values(4, 7)) < 0).all()


def test_curves_obey_the_equations_of_their_kind() -> None:
    """A line has no second difference, a cosine's is in proportion to it; a root undoes a power."""
    straight = schedules.Linear(0.7, 0.1, updates=30).values(0, 31)
    np.testing.assert_allclose(np.diff(straight, 2), 0, atol=1e-15)
    inverse = schedules.Inverse(0.5, decay=0.3, power=0.7).values(0, 30)
    np.testing.assert_allclose(np.diff((inverse / 0.5) ** (-1 / 0.7)), 0.3, rtol=1e-10)
    cycle = schedules.OneCycle(0.9, updates=30, rise=0.4, start=0.2, end=0.05).values(0, 31)
    falling = schedules.Cosine(0.9, end=0.05, updates=18).values(0, 19)
    np.testing.assert_allclose(cycle[12:], falling, rtol=1e-12)
    for curve, steps in ((falling, 18), (cycle[:13], 12)):
        middle = (curve[0] + curve[-1]) / 2
        bend = 2 * (math.cos(math.pi / steps) - 1)
        np.testing.assert_allclose(np.diff(curve, 2), bend * (curve[1:-1] - middle), atol=1e-14)
    floor = schedules.Cosine(0.9, end=0.05, updates=18).values(18, 5)
    assert (floor == 0.05).all()


def test_a_length_that_is_left_out_is_that_of_the_run() -> None:
    problem = Problem(rows=20)
    rule = rv.optim.SGD()
    history = rv.fit(
        problem.network(),
        problem.X,
        problem.y,
        optimizer=rule,
        epochs=4,
        batch_size=8,
        schedule=schedules.Linear(0.1, 0.0),
    )
    np.testing.assert_allclose(history["rate"], 0.1 * (1 - np.array([2, 5, 8, 11]) / 12))
    warm = schedules.Warmup(schedules.Linear(0.1, 0.0), updates=5).over(12)
    assert isinstance(warm, schedules.Warmup)
    assert warm(12) == 0.0
    assert warm(11) > 0
    with pytest.raises(ValueError, match="updates must be given"):
        schedules.Cosine(0.1)(0)


def test_on_plateau_lowers_the_rate_when_the_monitored_loss_stands_still() -> None:
    problem, held_out = Problem(rows=20), Problem(rows=9, seed=5)
    plateau = schedules.OnPlateau(0.3, factor=0.5, patience=1, floor=0.02)
    rule = rv.optim.SGD()
    history = rv.fit(
        problem.network(),
        problem.X,
        problem.y,
        optimizer=rule,
        epochs=30,
        batch_size=20,
        validation_data=(held_out.X, held_out.y),
        schedule=plateau,
    )
    state, rates = plateau.begin(), []
    for loss in history["validation_loss"]:
        rates.append(state.rate)
        state = plateau.after_epoch(state, loss)
    assert history["rate"].tolist() == rates
    assert len(set(rates)) > 2
    assert min(rates) >= 0.02


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: schedules.Constant(-1), "rate"),
        (lambda: schedules.Linear(0.1, float("nan")), "end"),
        (lambda: schedules.Linear("fast", 0.1), "start"),
        (lambda: schedules.Linear(0.1, 0.0, updates=0), "updates"),
        (lambda: schedules.Step(0.1, factor=0.1, every=0), "every"),
        (lambda: schedules.OneCycle(0.1, rise=1.0), "rise"),
        (lambda: schedules.OnPlateau(0.1, factor=1.0), "factor"),
        (lambda: schedules.OnPlateau(0.1, patience=-1), "patience"),
        (lambda: schedules.Warmup(schedules.OnPlateau(0.1), updates=3), "OnPlateau"),
        (lambda: schedules.Warmup(0.1, updates=3), "schedule"),
        (lambda: schedules.Constant(0.1)(-1), "update"),
    ],
)
def test_senseless_schedules_are_refused(make: Any, told: str) -> None:
    with pytest.raises((ValueError, TypeError), match=told):
        make()


@pytest.mark.parametrize(
    "schedule", [0.1, "cosine", schedules.Cosine, lambda k: 0.1 - 0.1 * k, lambda _: math.nan]
)
def test_fit_refuses_what_is_no_schedule_before_anything_moves(schedule: Any) -> None:
    problem = Problem(rows=12)
    net = problem.network()
    with pytest.raises((TypeError, ValueError), match="schedule"):
        rv.fit(net, problem.X, problem.y, batch_size=4, epochs=1, schedule=schedule)
    assert net.theta.tobytes() == problem.theta.tobytes()
