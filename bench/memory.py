"""How much memory value and gradient need beyond their arguments and results, and a Hessian with its result.

Every figure comes from a fresh process, ``python -m bench.memory WORK NETWORK ROWS THREADS``. The peak of
resident memory is the one that Linux keeps (``VmHWM``), which a process may reset.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.machine import environment

ROWS = (1_000, 10_000, 100_000)
NETWORKS = ("64-64-64-10", "784-1024-1024-10")
HESSIAN_ROWS = 1_000
HESSIAN_NETWORKS = ("1-20-20-1", "10-32-32-1", "64-32-10", "64-64-64-10")

SLACK = 512 * 1024
"""Bytes that are not the workspace: the stacks of threads, pages of the allocator."""

HESSIAN_SLACK = 64 * 2**20
"""Bytes beside the matrix itself."""

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Memory:
    """The growth of the peak during one call, beside what ravine states: its workspace, or the matrix."""

    network: str
    rows: int
    growth: int
    stated: int
    slack: int = SLACK

    @property
    def meets(self) -> bool:
        """Whether the growth stays within the statement."""
        return self.growth <= self.stated + self.slack


def available() -> bool:
    """Whether this system tells the peak."""
    return Path("/proc/self/clear_refs").exists()


def measure_memory(threads: int) -> list[Memory]:
    """Value and gradient: each network with each number of rows, float64."""
    return [_in_fresh_process("gradient", name, rows, threads) for name in NETWORKS for rows in ROWS]


def measure_hessian_memory(threads: int) -> list[Memory]:
    """A Hessian of each network, float64, its 8 P² bytes included."""
    figures = [_in_fresh_process("hessian", name, HESSIAN_ROWS, threads) for name in HESSIAN_NETWORKS]
    return [replace(figure, slack=HESSIAN_SLACK) for figure in figures]


def _in_fresh_process(work: str, network: str, rows: int, threads: int) -> Memory:
    command = [sys.executable, "-m", "bench.memory", work, network, str(rows), str(threads)]
    variables = os.environ | environment("ravine", threads)
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=variables)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[1:])}: exit status {done.returncode}\n{done.stderr}")
    growth, stated = json.loads(done.stdout)
    return Memory(network, rows, growth, stated)


def _growth_and_statement(work: str, network: str, rows: int, threads: int) -> tuple[int, int]:
    """Bytes by which one call raises this process's peak, and the bytes that ravine states."""
    import ravine as rv

    rv.set_num_threads(threads)
    _, warm_up = _prepare(work, "2-2-2", 8)
    warm_up()  # brings in the pages of the code, which are no workspace
    stated, run = _prepare(work, network, rows)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from what is resident now
    before = _resident("VmRSS")
    run()
    return _resident("VmHWM") - before, stated


def _prepare(work: str, network_name: str, rows: int) -> tuple[int, Callable[[], object]]:
    import ravine as rv

    widths = [int(width) for width in network_name.split("-")]
    rng = np.random.default_rng(0)
    X, regression = rng.standard_normal((rows, widths[0])), widths[-1] == 1
    y = rng.standard_normal(rows) if regression else rng.integers(0, widths[-1], rows)
    network = rv.MLP(widths, activation="tanh", dtype="float64", seed=0)
    loss = "squared_error" if regression else "cross_entropy"
    risk = rv.EmpiricalRisk(network, X, y, loss=loss, copy=False)
    if work == "hessian":
        return 8 * network.parameter_count**2, risk.hessian
    out = np.ones(network.parameter_count)  # written, so that its pages are there
    return risk.workspace_bytes(), lambda: risk.value_and_gradient(out=out)


def _resident(name: str) -> int:
    """A line of the process's status, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * 1024
    raise KeyError(name)


if __name__ == "__main__":
    print(json.dumps(_growth_and_statement(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
