"""Ctrl-C inside the kernels: answered fast, θ at the last accepted point. And forks after threads ran."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

import ravine as rv
from support.problems import Problem

# The promise is a tenth of a second; a busy machine gets some more.
ANSWERED_WITHIN = 0.5


@contextmanager
def interrupted_after(seconds: float) -> Iterator[list[float]]:
    """A Ctrl-C in the main thread, which must be answered before the block's own work is over."""
    sent: list[float] = []

    def send() -> None:
        sent.append(time.perf_counter())
        signal.raise_signal(signal.SIGINT) if os.name == "nt" else os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(seconds, send)
    timer.start()
    try:
        yield sent
    finally:
        timer.cancel()
        timer.join()


@pytest.fixture(autouse=True)
def _ctrl_c_is_heard() -> Iterator[None]:
    """A shell's background jobs are born deaf to it, and the tests below would wait in vain."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def give_up_after(seconds: float) -> Callable[[object], None]:
    """A callback for runs that only an interrupt ends."""
    deadline = time.monotonic() + seconds

    def check(_: object) -> None:
        assert time.monotonic() < deadline, "no interrupt came"

    return check


def forever(call: Callable[[], object]) -> None:
    """For the case that the machine is faster than the interrupt."""
    check = give_up_after(30)
    while True:
        check(call())


def train_until_interrupted(net: rv.MLP, problem: Problem, *, batch_size: int, lr: float) -> None:
    rv.fit(
        net,
        problem.X,
        problem.y,
        batch_size=batch_size,
        epochs=10**9,
        optimizer=rv.optim.SGD(lr=lr),
        callbacks=[give_up_after(30)],
    )


def long_problem(rows: int = 60_000) -> Problem:
    return Problem(
        widths=(64, 512, 512, 10), activations=("tanh", "tanh", "identity"), rows=rows, dtype="float32"
    )


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("threads", [1, 2])
def test_value_and_gradient_is_interrupted(threads: int) -> None:
    problem = long_problem()
    rv.set_num_threads(threads)
    risk = problem.risk()
    out = np.full(problem.theta.size, 7.0, np.float32)
    with interrupted_after(0.2) as sent, pytest.raises(KeyboardInterrupt):
        forever(lambda: risk.value_and_gradient(problem.theta, out=out))
    assert time.perf_counter() - sent[0] < ANSWERED_WITHIN
    untouched = out == 7.0
    assert untouched.all() or not untouched.any()
    assert np.isfinite(risk.subset(range(10)).value())


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("threads", [1, 2])
def test_fit_is_interrupted_and_theta_is_usable(threads: int) -> None:
    problem = long_problem(20_000)
    rv.set_num_threads(threads)
    net = problem.network()
    with interrupted_after(0.4) as sent, pytest.raises(KeyboardInterrupt):
        train_until_interrupted(net, problem, batch_size=256, lr=0.01)
    assert time.perf_counter() - sent[0] < ANSWERED_WITHIN
    assert np.isfinite(net.theta).all()
    assert net.theta.tobytes() != problem.theta.tobytes()
    rv.fit(net, problem.X[:512], problem.y[:512], batch_size=256, epochs=1)


def test_a_fit_of_tiny_batches_is_interrupted_too() -> None:
    problem = Problem(rows=2000)
    net = problem.network()
    with interrupted_after(0.3) as sent, pytest.raises(KeyboardInterrupt):
        train_until_interrupted(net, problem, batch_size=1, lr=1e-4)
    assert time.perf_counter() - sent[0] < ANSWERED_WITHIN
    assert np.isfinite(net.theta).all()


def test_predict_is_interrupted() -> None:
    problem = long_problem()
    net = problem.network()
    with interrupted_after(0.2) as sent, pytest.raises(KeyboardInterrupt):
        forever(lambda: net.predict(problem.X))
    assert time.perf_counter() - sent[0] < ANSWERED_WITHIN


def test_the_exception_of_a_signal_handler_is_the_one_that_arrives() -> None:
    class AlarmError(Exception):
        pass

    def ring(*_: object) -> None:
        raise AlarmError

    problem = Problem(rows=2000)
    before = signal.signal(signal.SIGINT, ring)
    try:
        with interrupted_after(0.3), pytest.raises(AlarmError):
            train_until_interrupted(problem.network(), problem, batch_size=1, lr=1e-4)
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_python_thread_runs_while_a_kernel_does() -> None:
    """The lock of the interpreter is released: a counter goes on counting."""
    problem = long_problem(20_000)
    risk, ticks, running = problem.risk(), [0], [True]

    def count() -> None:
        while running[0]:
            ticks[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    before = ticks[0]
    started = time.perf_counter()
    risk.value_and_gradient()
    elapsed = time.perf_counter() - started
    during = ticks[0] - before
    running[0] = False
    thread.join()
    assert during > 50 * elapsed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.usefixtures("restore_threads")
def test_a_child_forked_after_parallel_work_falls_back_to_one_thread() -> None:
    rv.set_num_threads(2)
    problem = Problem(widths=(64, 256, 10), activations=("tanh", "identity"), biases=(True, True), rows=3000)
    risk = problem.risk()
    value, gradient = risk.value_and_gradient()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            there, gradient_there = risk.value_and_gradient()
            same = there == value and gradient_there.tobytes() == gradient.tobytes()
            status = 0 if same and rv.get_num_threads() == 1 else 2
        finally:
            os._exit(status)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            assert os.waitstatus_to_exitcode(status) == 0
            return
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    pytest.fail("the child hangs")
