"""Scratch memory: stated, kept to, and not proportional to the number of rows."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import ravine as rv
from support.problems import DTYPES, Problem

MEASURE = """
import resource, sys
import numpy as np, ravine as rv
rv.set_num_threads(2)
rows = int(sys.argv[1])
net = rv.MLP([64, 256, 256, 10], seed=0)
X, y = np.ones((rows, 64)), np.zeros((rows, 10))
risk, out = rv.EmpiricalRisk(net, X, y), np.empty(net.parameter_count)
risk.subset(np.arange(2)).value_and_gradient(out=out)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
risk.value_and_gradient(out=out)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) * (1 if sys.platform == "darwin" else 1024), risk.workspace_bytes())
"""


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_workspace_does_not_grow_with_the_rows(dtype: str) -> None:
    few, many = (Problem(rows=rows, dtype=dtype).risk().workspace_bytes() for rows in (20_000, 200_000))
    assert 0 < few == many


@pytest.mark.skipif(sys.platform == "win32", reason="the platform does not tell a process's largest size")
def test_no_more_memory_is_taken_than_stated() -> None:
    """A margin for the interpreter and the stacks of the threads."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, "40000"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    taken, stated = map(int, done.stdout.split())
    assert taken <= stated + 2**22


def test_a_jacobian_that_cannot_fit_is_refused_with_its_size() -> None:
    net = rv.MLP([2, 100, 100, 2])
    rows = np.broadcast_to(np.zeros((1, 2)), (10**9, 2))
    with pytest.raises(MemoryError, match="GB"):
        net.jacobian(rows)
