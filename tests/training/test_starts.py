"""Several starts: each is the run alone with its seed, at every number of threads; the best is kept."""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine import _core
from ravine.progress import Progress
from support.problems import DTYPES, Problem


def alone(problem: Problem, seed: int, **options: Any) -> tuple[rv.MLP, rv.History]:
    net = problem.network()
    net.initialize(seed)
    rule = rv.optim.Adam(lr=0.05)
    return net, rv.fit(net, problem.X, problem.y, optimizer=rule, seed=seed, **options)


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
def test_each_start_is_the_run_alone_and_the_best_is_kept(dtype: str, validated: bool) -> None:
    problem, held_out = Problem(rows=30, dtype=dtype), Problem(rows=12, dtype=dtype, seed=8)
    options: dict[str, Any] = {"epochs": 6, "batch_size": 8, "shuffle": "independent"}
    judge = held_out if validated else problem
    if validated:
        options["validation_data"] = (held_out.X, held_out.y)
    runs = [alone(problem, seed, **options) for seed in range(7, 12)]
    losses = [rv.EmpiricalRisk(net, judge.X, judge.y).value() for net, _ in runs]
    best = int(np.argmin(losses))
    for threads in (1, 2, 3):
        rv.set_num_threads(threads)
        net, rule = problem.network(), rv.optim.Adam(lr=0.05)
        history = rv.fit(net, problem.X, problem.y, optimizer=rule, seed=7, starts=5, **options)
        assert history.starts is not None
        assert history.starts.seeds == (7, 8, 9, 10, 11)
        assert history.starts.losses.tolist() == losses
        assert history.starts.best == best
        assert net.theta.tobytes() == runs[best][0].theta.tobytes()
        assert history["loss"].tolist() == runs[best][1]["loss"].tolist()
        assert rule.updates == history.updates
        for ours, (_, theirs) in zip(history.starts.histories, runs, strict=True):
            assert ours["gradient_norm"].tolist() == theirs["gradient_norm"].tolist()


def test_the_spread_is_reported() -> None:
    problem = Problem(rows=20)
    history = rv.fit(problem.network(), problem.X, problem.y, epochs=2, starts=3)
    text = str(history.starts)
    assert text.count("EPOCHS") == 3
    assert "(best)" in text
    assert "median" in text
    assert alone(problem, 0, epochs=1)[1].starts is None


def test_seeds_that_are_drawn_can_be_repeated() -> None:
    problem = Problem(rows=20)
    history = rv.fit(
        problem.network(),
        problem.X,
        problem.y,
        optimizer=rv.optim.Adam(lr=0.05),
        epochs=2,
        starts=3,
        seed=np.random.default_rng(5),
    )
    assert history.starts is not None
    assert len(set(history.starts.seeds)) == 3
    again = alone(problem, history.starts.seeds[1], epochs=2)[1]
    assert again["loss"].tolist() == history.starts.histories[1]["loss"].tolist()


def test_a_start_that_diverges_is_not_the_best() -> None:
    problem = Problem(rows=20)
    net = problem.network()
    rule = rv.optim.SGD(lr=2.6)
    history = rv.fit(net, problem.X, problem.y, optimizer=rule, epochs=300, starts=4, batch_size=None)
    assert history.starts is not None
    assert np.isfinite(net.theta).all()
    assert history.starts.losses[history.starts.best] == history.starts.losses.min()


@pytest.mark.usefixtures("restore_threads")
def test_starts_share_the_threads_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many at a time as threads, each on one thread of its own."""
    rv.set_num_threads(2)
    seen: list[tuple[str, int]] = []
    run_epoch = _core.run_epoch

    def watch(*arguments: Any) -> Any:
        seen.append((threading.current_thread().name, _core.get_num_threads()))
        return run_epoch(*arguments)

    monkeypatch.setattr(_core, "run_epoch", watch)
    problem = Problem(rows=20)
    rv.fit(problem.network(), problem.X, problem.y, epochs=3, starts=6)
    assert len({name for name, _ in seen}) <= 2
    assert {threads for _, threads in seen} == {1}
    assert rv.get_num_threads() == 2


@pytest.fixture
def _ctrl_c_is_heard() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("restore_threads", "_ctrl_c_is_heard")
@pytest.mark.skipif(os.name == "nt", reason="a process cannot send itself Ctrl-C there")
@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_ends_all_starts_and_leaves_theta_alone(threads: int) -> None:
    rv.set_num_threads(threads)
    problem = Problem(rows=2000)
    net = problem.network()
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    started = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        rv.fit(net, problem.X, problem.y, batch_size=1, epochs=10**9, starts=3)
    timer.join()
    assert time.perf_counter() - started < 3
    assert net.theta.tobytes() == problem.theta.tobytes()


def test_an_error_in_one_start_ends_all_and_reaches_the_caller() -> None:
    problem = Problem(rows=20)
    net = problem.network()
    with pytest.raises(ZeroDivisionError):
        rv.fit(net, problem.X, problem.y, starts=3, schedule=lambda k: 1 / k)
    assert net.theta.tobytes() == problem.theta.tobytes()


def test_progress_counts_starts() -> None:
    stream = io.StringIO()
    with Progress(2, unit="start", stream=stream) as progress:
        progress(rv.EpochRecord(1, 0.5, 0.0, 0.0))
    assert stream.getvalue() == "start 1/2  loss 0.5\n"
    problem = Problem(rows=20)
    rv.fit(problem.network(), problem.X, problem.y, epochs=1, starts=2, progress=True)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"starts": 0}, "starts"),
        ({"starts": 2.0}, "starts"),
        ({"callbacks": [print]}, "callbacks must be left out with starts=2"),
        ({"step_callbacks": [print]}, "step_callbacks"),
        ({"checkpoint": "run.npz"}, "checkpoint"),
    ],
)
def test_what_several_starts_cannot_have_is_refused(options: dict[str, Any], told: str) -> None:
    problem = Problem(rows=12)
    with pytest.raises((ValueError, TypeError), match=told):
        rv.fit(problem.network(), problem.X, problem.y, **{"starts": 2, **options})
