"""Two threading runtimes in one process: torch and scikit-learn in both import orders, where installed."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

WORK = """
import numpy as np
{imports}
rng = np.random.default_rng(0)
X, y = rng.normal(size=(2000, 40)), rng.normal(size=(2000, 1))
net = rv.MLP([40, 200, 1], seed=0)
rv.set_num_threads(2)
def ours():
    return rv.EmpiricalRisk(net, X, y).value()
def theirs():
    {peer}
first = ours()
theirs()
assert ours() == first
theirs()
assert ours() == first
print("done")
"""
PEERS = {
    "torch": "(torch.ones(500, 500) @ torch.ones(500, 500)).sum()",
    "sklearn.cluster": "sklearn.cluster.KMeans(3, n_init=1).fit(X)",
}


@pytest.mark.parametrize("ravine_first", [True, False])
@pytest.mark.parametrize("peer", PEERS)
def test_both_orders_compute_and_end(peer: str, ravine_first: bool) -> None:
    if importlib.util.find_spec(peer.split(".", maxsplit=1)[0]) is None:
        pytest.skip(f"{peer} is not installed")
    lines = ["import ravine as rv", f"import {peer}"]
    program = WORK.format(imports="\n".join(lines if ravine_first else lines[::-1]), peer=PEERS[peer])
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "done"


def test_import_starts_no_thread_and_leaves_the_floating_point_mode() -> None:
    program = """
import threading, sys
import numpy as np
def native_threads():
    try:
        with open("/proc/self/status") as status:
            return [line for line in status if line.startswith("Threads:")]
    except OSError:
        return threading.active_count()
before = native_threads(), float(np.float64(5e-324) / 1 * 1), float(np.float64(2.2250738585072014e-308) / 2)
import ravine
after = native_threads(), float(np.float64(5e-324) / 1 * 1), float(np.float64(2.2250738585072014e-308) / 2)
assert before == after, (before, after)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
