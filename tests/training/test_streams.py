"""fit_stream: an update a batch, equal to the plain loop; ends, records and bad batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import ravine as rv
from support.problems import Problem

BATCHES = [Problem(rows=rows, seed=seed, weighted=True) for seed, rows in enumerate((5, 9, 1, 6, 12, 4, 8))]


def stream(weighted: bool = False) -> Iterator[tuple[Any, ...]]:
    for part in BATCHES:
        yield (part.X, part.y, part.w) if weighted else (part.X, part.y)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_stream_is_the_plain_loop_over_its_batches(weighted: bool) -> None:
    net, twin = BATCHES[0].network(), BATCHES[0].network()
    rule = rv.optim.Adam()
    schedule = rv.schedules.Linear(0.1, 0.01, updates=6)
    losses = []
    for k, (X, y, *weight) in enumerate(stream(weighted)):
        risk = rv.EmpiricalRisk(net, X, y, sample_weight=weight[0] if weight else None, l2=0.1)
        loss, gradient = risk.value_and_gradient()
        rule.lr = schedule(k)
        rule.step(net.theta, gradient)
        losses.append(loss)
    history = rv.fit_stream(
        twin, stream(weighted), optimizer=rv.optim.Adam(), schedule=schedule, l2=0.1, record_every=3
    )
    assert twin.theta.tobytes() == net.theta.tobytes()
    assert history.stop_reason is rv.StopReason.STREAM
    assert history["updates"].tolist() == [3, 6, 7]
    rows = [part.rows for part in BATCHES]
    expected = [np.average(losses[i : i + 3], weights=rows[i : i + 3]) for i in (0, 3, 6)]
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-13)
    assert history.gradient_norm_at_stop > 0


def test_a_stream_takes_every_option_of_the_risk() -> None:
    net, twin = BATCHES[0].network(), BATCHES[0].network()
    prior = np.linspace(-1, 1, net.parameter_count)
    options: dict[str, Any] = {"l1": [0.1, 0.0, 0.2], "l2": 0.3, "prior": prior, "reduction": "sum"}
    options |= {"missing": "mask", "class_weight": np.array([1.0, 2.0, 0.5])}
    random, rule = np.random.default_rng(0), rv.optim.SGD(lr=0.01)
    batches = []
    for part in BATCHES:
        y = random.dirichlet(np.ones(3), size=part.rows)
        y[0] = np.nan
        batches.append((part.X, y))
    batches.pop(2)  # its only row would be missing
    for X, y in batches:
        risk = rv.EmpiricalRisk(net, X, y, "cross_entropy", **options)
        rule.step(net.theta, risk.gradient())
    rv.fit_stream(twin, batches, "cross_entropy", rv.optim.SGD(lr=0.01), **options)
    assert twin.theta.tobytes() == net.theta.tobytes()


def test_max_updates_takes_no_batch_too_many() -> None:
    batches = stream()
    history = rv.fit_stream(BATCHES[0].network(), batches, max_updates=4, record_every=2)
    assert history.stop_reason is rv.StopReason.UPDATES
    assert history.updates == 4
    assert np.array_equal(next(batches)[0], BATCHES[4].X)


def test_validation_early_stopping_and_callbacks_count_records() -> None:
    held_out, seen = Problem(rows=10, seed=50), []
    net = BATCHES[0].network()

    def forever() -> Iterator[tuple[Any, ...]]:
        while True:
            yield from stream()

    history = rv.fit_stream(
        net,
        forever(),
        optimizer=rv.optim.Adam(lr=0.3),
        record_every=7,
        validation_data=(held_out.X, held_out.y),
        early_stopping=rv.EarlyStopping(patience=3),
        step_callbacks=[seen.append],
    )
    assert history.stop_reason is rv.StopReason.EARLY_STOPPING
    losses = history["validation_loss"]
    assert rv.EmpiricalRisk(net, held_out.X, held_out.y).value() == losses.min()
    assert len(seen) == history.updates == 7 * len(losses)


def test_a_stream_that_diverges_is_stopped_at_a_finite_point() -> None:
    net = BATCHES[0].network()
    history = rv.fit_stream(net, [(BATCHES[0].X, BATCHES[0].y)] * 2000, optimizer=rv.optim.SGD(lr=1e200))
    assert history.stop_reason is rv.StopReason.NOT_FINITE
    assert np.isfinite(net.theta).all()


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (np.zeros((3, 4)), r"batch 3 must be \(X, y\)"),
        ((np.zeros((3, 5)), np.zeros((3, 3))), r"batch 3: X must have shape"),
        ((np.full((3, 4), np.nan), np.zeros((3, 3))), "batch 3: X must be finite"),
        ((np.zeros((0, 4)), np.zeros((0, 3))), "batch 3: X must have at least one row"),
    ],
)
def test_a_bad_batch_is_named_and_the_updates_before_it_stay(bad: Any, told: str) -> None:
    good = [(part.X, part.y) for part in BATCHES[:2]]
    net, twin = BATCHES[0].network(), BATCHES[0].network()
    with pytest.raises((TypeError, ValueError), match=told):
        rv.fit_stream(net, [*good, bad])
    rv.fit_stream(twin, good)
    assert net.theta.tobytes() == twin.theta.tobytes()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"batches": 7}, "batches"),
        ({"record_every": 0}, "record_every"),
        ({"max_updates": 0}, "max_updates"),
        ({"progress": True}, "max_updates"),
        ({"early_stopping": rv.EarlyStopping()}, "validation_data"),
        ({"optimizer": "adam"}, "optimizer"),
        ({"class_weight": "balanced"}, "class_weight must be a dict or an array .* 'balanced'"),
        ({"reduction": "max"}, "batch 1: reduction must be 'mean' or 'sum', got 'max'"),
        ({"callbacks": print}, "callbacks must be a list of functions"),
        ({"step_callbacks": 3}, "step_callbacks must be a list of functions, got 3"),
    ],
)
def test_senseless_options_are_refused(options: dict[str, Any], told: str) -> None:
    net = BATCHES[0].network()
    batches = options.pop("batches", stream())
    with pytest.raises((TypeError, ValueError), match=told):
        rv.fit_stream(net, batches, **options)
    assert net.theta.tobytes() == BATCHES[0].theta.tobytes()


def test_an_empty_stream_ends_at_once() -> None:
    history = rv.fit_stream(BATCHES[0].network(), [])
    assert history.stop_reason is rv.StopReason.STREAM
    assert history.updates == 0
