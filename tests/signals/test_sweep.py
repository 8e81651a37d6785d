"""The sweep under the reports: the same bits everywhere, bounded memory, answered interrupts."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

import ravine as rv
from ravine.diagnostics.sweep import sweep
from support.memory import BORROWED, laid_out_at
from support.problems import DTYPES, Problem, shape

SIZES = [
    Problem(rows=1),
    Problem(widths=(64, 64, 64, 10), rows=1003, weighted=True),
    Problem(widths=(30, 600, 500, 5), activations=("relu", "gelu", "identity"), rows=300),
]


def image(risk: rv.EmpiricalRisk, theta: np.ndarray | None = None) -> bytes:
    found = sweep(risk, theta, squares=True)
    assert found.squares is not None
    columns = [getattr(units, name) for units in found.layers for name in units.__dataclass_fields__]
    parts = [found.input_mean, found.input_variance, found.layer_squares, found.gradient, found.squares]
    return b"".join(array.tobytes() for array in (*parts, *columns))


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", SIZES, ids=shape)
def test_one_to_four_threads(size: Problem, dtype: str) -> None:
    risk = replace(size, dtype=dtype).risk()
    images = set()
    for threads in (1, 2, 4):
        rv.set_num_threads(threads)
        images.add(image(risk))
    assert len(images) == 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_layouts_and_addresses(dtype: str) -> None:
    problem = Problem(rows=37, dtype=dtype, weighted=True)
    want = image(problem.risk())
    for lay in BORROWED.values():
        assert image(problem.risk(X=lay(problem.X), y=lay(problem.y))) == want
    for offset in (8, 24, 40):
        theta = laid_out_at(problem.theta, offset)
        assert image(problem.risk(X=laid_out_at(problem.X, offset)), theta) == want


def test_a_subset_is_the_risk_of_its_rows() -> None:
    problem = Problem(rows=30)
    rows = np.array([3, 29, 3, 7])
    part = problem.risk(X=problem.X[rows], y=problem.y[rows])
    assert image(problem.risk().subset(rows)) == image(part)


MEASURE = """
import resource, sys
import numpy as np, ravine as rv
rv.set_num_threads(2)
net = rv.MLP([64, 256, 256, 10], seed=0)
X, y = np.ones((10_000, 64)), np.zeros((10_000, 10))
risk = rv.EmpiricalRisk(net, X, y)
rv.diagnostics.gradient_noise(risk.subset(np.arange(2)), per_parameter=True)
risk.subset(np.arange(10_000)).gradient()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rv.diagnostics.gradient_noise(risk, per_parameter=True)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) * (1 if sys.platform == "darwin" else 1024), risk._core.signal_bytes(10_000, True))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the platform does not tell a process's largest size")
def test_no_more_memory_is_taken_than_stated() -> None:
    """A margin for the interpreter, and for the few vectors of P numbers that the report is made from."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    taken, stated = map(int, done.stdout.split())
    assert taken <= stated + 2**23


@pytest.mark.parametrize("dtype", DTYPES)
def test_memory_does_not_grow_with_the_rows(dtype: str) -> None:
    core = Problem(dtype=dtype).risk()._core
    assert 0 < core.signal_bytes(20_000, False) == core.signal_bytes(20_000_000, False)
    assert core.signal_bytes(20_000, False) < core.signal_bytes(20_000, True)


def many_sweeps(risk: rv.EmpiricalRisk) -> None:
    """For the case that the machine is faster than the interrupt."""
    for _ in range(200):
        sweep(risk, None)


def test_the_sweep_is_interrupted() -> None:
    widths, before = (64, 512, 512, 10), signal.signal(signal.SIGINT, signal.default_int_handler)
    risk = Problem(widths=widths, rows=40_000, dtype="float32").risk()
    sent: list[float] = []

    def interrupt() -> None:
        sent.append(time.perf_counter())
        signal.raise_signal(signal.SIGINT)

    timer = threading.Timer(0.1, interrupt)
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            many_sweeps(risk)
        assert time.perf_counter() - sent[0] < 0.5
    finally:
        timer.cancel()
        timer.join()
        signal.signal(signal.SIGINT, before)
    assert np.isfinite(sweep(risk.subset(range(10)), None).layer_squares).all()
