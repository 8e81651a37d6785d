"""How processes end and multiply: exit in the middle of a run, forks that exit the ordinary way."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

START = """
import os, sys, threading, time, warnings
import numpy as np
import ravine as rv
warnings.simplefilter("ignore", DeprecationWarning)  # Python's own, about forks of processes with threads
rng = np.random.default_rng(0)
X, y = rng.normal(size=(3000, 64)), rng.normal(size=(3000, 10))
net = rv.MLP([64, 256, 10], seed=0)
rv.set_num_threads(2)
risk = rv.EmpiricalRisk(net, X, y)
value = risk.value_and_gradient()[0]
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START + program], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("batch_size", [1, 32, 3000])
def test_exit_in_the_middle_of_a_run_of_another_thread(batch_size: int) -> None:
    done = run(f"""
def train():
    rv.fit(net, X, y, epochs=10**9, batch_size={batch_size}, optimizer=rv.optim.SGD(lr=1e-6))
threading.Thread(target=train, daemon=True).start()
time.sleep(0.3)
""")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_exit_after_parallel_work() -> None:
    done = run("print(value == risk.value())")
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
@pytest.mark.parametrize("during_a_run", [False, True])
def test_forked_children_compute_and_exit_the_ordinary_way(during_a_run: bool) -> None:
    done = run(f"""
if {during_a_run}:
    def work():
        while True:
            risk.value_and_gradient()
    threading.Thread(target=work, daemon=True).start()
    time.sleep(0.1)
children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        same = risk.value_and_gradient()[0] == value
        grandchild = os.fork()
        if grandchild == 0:
            sys.exit(0 if risk.value() == value else 3)
        status = os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1])
        sys.exit(status if same else 2)
    children.append(child)
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
assert codes == [0, 0, 0], codes
assert risk.value_and_gradient()[0] == value
""")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_threads_of_python_may_come_and_go() -> None:
    """Each call may come from a thread that no kernel has seen before, also while others work."""
    done = run("""
values = []
def work():
    values.append(risk.value_and_gradient()[0])
for _ in range(20):
    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print(len(values), set(values) == {value})
""")
    assert (done.returncode, done.stdout, done.stderr) == (0, "60 True\n", "")
